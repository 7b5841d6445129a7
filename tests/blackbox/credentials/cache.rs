//! `credentials --cache`: a job's session is kept for the job's next calls, and for nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{dev_job, provisioned};
use crate::support::{Tool, Vault, Wire, id_token, stderr, stdout};

const CALLS: usize = 20;

/// Logins at this server, one after another.
fn logins(wire: &Wire) -> usize {
    wire.count("POST|PUT", "auth/gitlab/login")
}

/// A job of the project's environment dev, with a folder of the runner.
fn job(wire: &Wire, vault: &Vault, folder: &Path) -> Tool {
    dev_job(vault)
        .with_env("VAULT_ADDR", wire.address())
        .with_env("CI_PROJECT_ID", "365")
        .with_env("CI_ENVIRONMENT_NAME", "dev")
        .with_env("CI_JOB_ID", "1213")
        .with_env("RUNNER_TEMP_PROJECT_DIR", folder.to_str().unwrap())
}

fn session(tool: &Tool, arguments: &[&str]) -> Value {
    let run = tool.run([&["credentials"], arguments].concat()).assert();
    let run = run.success();
    assert_eq!(stderr(&run), "");
    serde_json::from_str(&stdout(&run)).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn all_calls_of_a_job_share_one_login() {
    let vault = provisioned();
    let wire = Wire::to(vault.address());
    let folder = tempfile::tempdir().unwrap();
    let job = job(&wire, &vault, &folder.path().join("project.tmp"));
    for _ in 0..CALLS {
        session(&job, &[]);
    }
    assert_eq!(logins(&wire), CALLS, "without the flag");
    let first = session(&job, &["--cache"]);
    for _ in 1..CALLS {
        assert_eq!(session(&job, &["--cache"]), first);
    }
    assert_eq!(logins(&wire), CALLS + 1, "with the flag");
}

#[test]
fn calls_at_the_same_time_share_one_login() {
    let vault = provisioned();
    let wire = Wire::to(vault.address());
    let folder = tempfile::tempdir().unwrap();
    let job = job(&wire, &vault, folder.path());
    let calls: Vec<_> = (0..CALLS)
        .map(|_| job.start(["credentials", "--cache"]))
        .collect();
    let printed = calls.into_iter().map(|call| {
        let output = call.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    });
    let mut printed: Vec<Vec<u8>> = printed.collect();
    printed.dedup();
    assert_eq!((printed.len(), logins(&wire)), (1, 1));
}

#[test]
fn a_session_is_never_for_another_job_or_another_question() {
    let vault = provisioned();
    let wire = Wire::to(vault.address());
    let folder = tempfile::tempdir().unwrap();
    let own = || job(&wire, &vault, folder.path());
    let kept = session(&own(), &["--cache"]);
    let another_jwt = id_token(&json!({"environment": "dev", "jti": "another"}));
    let others = [
        (own().with_env("CI_JOB_ID", "1214"), &["--cache"][..]),
        // Another job that takes over the first one's number has no JWT of it.
        (own().with_env("VAULT_ID_TOKEN", &another_jwt), &["--cache"]),
        (own().with_env("CI_ENVIRONMENT_NAME", ""), &["--cache"]),
        (
            own().with_env("VAULT_AWS_ROLE", "gitlab-tools"),
            &["--cache"],
        ),
        (own(), &["--cache", "--ttl", "15m"]),
    ];
    for (tool, arguments) in others {
        let before = logins(&wire);
        assert_ne!(session(&tool, arguments), kept, "{arguments:?}");
        assert!(logins(&wire) > before, "{arguments:?}");
    }
}

#[test]
fn the_file_is_its_owners_alone_and_has_no_key_in_plain_text() {
    let vault = provisioned();
    let wire = Wire::to(vault.address());
    let folder = tempfile::tempdir().unwrap();
    let job = job(&wire, &vault, folder.path());
    let kept = session(&job, &["--cache"]);
    let secrets = ["AccessKeyId", "SecretAccessKey", "SessionToken"];
    let secrets = secrets.map(|name| kept[name].as_str().unwrap());
    for file in files(folder.path()) {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        let is_empty = text.is_empty();
        assert!(is_empty || mode == 0o600, "{}: {mode:o}", file.display());
        assert!(!secrets.iter().any(|secret| text.contains(secret)));
    }
    let run = job.run(["credentials", "--cache", "-v"]).assert().success();
    let told = stderr(&run);
    assert!(
        !secrets.iter().any(|secret| told.contains(secret)),
        "{told}"
    );
}

#[test]
fn where_no_session_can_be_kept_there_are_credentials_and_a_note() {
    let vault = provisioned();
    let wire = Wire::to(vault.address());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let job = || job(&wire, &vault, &file);
    for (tool, why) in [
        (job().without_env("CI_JOB_ID"), "CI_JOB_ID is not set"),
        (
            job().without_env("RUNNER_TEMP_PROJECT_DIR"),
            "CI_PROJECT_DIR is not set",
        ),
        (job(), "can't write to"),
    ] {
        let run = tool.run(["credentials", "--cache"]).assert().success();
        assert!(stderr(&run).contains(why), "{}", stderr(&run));
        let printed: Value = serde_json::from_str(&stdout(&run)).unwrap();
        assert_eq!(printed["Version"], 1);
    }
    let beside = job().without_env("RUNNER_TEMP_PROJECT_DIR").with_env(
        "CI_PROJECT_DIR",
        folder.path().join("project").to_str().unwrap(),
    );
    session(&beside, &["--cache"]);
    assert_eq!(files(&folder.path().join("project.tmp")).len(), 2);
}
