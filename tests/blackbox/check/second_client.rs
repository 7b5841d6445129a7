//! Reads from the stand-in for GitLab with python-gitlab, a client of GitLab's API that others wrote.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{GitLabDirectory, Shared};

#[test]
fn python_gitlab_reads_from_the_stand_in_what_was_put_there() {
    let gitlab = GitLabDirectory::of(json!({"projects": [
        {"path": "payments/api", "former": ["payments/old"], "environments": {"dev": "development", "prod": "production"}, "protected": ["prod"]},
        {"path": "many", "count": 130, "archived": true},
        {"path": "free"},
    ], "groups": [{"path": "payments", "tiers": ["production"]}]}));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gitlab/second_client.py");
    let output = Command::new(Path::new(Shared::aws_cli()).with_file_name("python"))
        .arg(script)
        .env("URL", Shared::gitlab("url"))
        .env("TOKEN", gitlab.token("read_api"))
        .env("ROOT", gitlab.root())
        .env("GROUP", gitlab.group(0).to_string())
        .env("FREE", gitlab.project(2).to_string())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        read,
        json!({
            "project": gitlab.project(0),
            "path": format!("{}/payments/api", gitlab.root()),
            "moved": gitlab.project(0),
            "environments": [["dev", "development"], ["prod", "production"]],
            "protected": ["prod"],
            "group": format!("{}/payments", gitlab.root()),
            "tiers": ["production"],
            "listed": 132,
            "archived": 130,
            "free": 404,
            "missing": 404,
            "write": 403,
        })
    );
}
