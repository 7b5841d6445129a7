//! `usage`: who used which mapping, by the audit log that a server wrote.

use std::fs;
use std::io::Write;
use std::time::SystemTime;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, id_token, stderr, stdout};

/// The audit log of a server that has the shipped files, with what jobs did there.
struct Audited {
    log: Vec<u8>,
}

impl Audited {
    fn new() -> Self {
        let (vault, mappings) = (Vault::start(), Mappings::shipped());
        Tool::new(&vault, &mappings).apply().assert().success();
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit.log");
        let device = json!({"type": "file", "options": {"file_path": log}});
        vault.root.write("sys/audit/file", &device);
        let role = json!({"role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
            "token_policies": ["aws"], "claim_mappings": {"project_id": "project_id"}, "bound_claims": {"project_id": "365"}});
        vault.root.write("auth/gitlab/role/by-hand", &role);
        let ask = |role: &str, claims: Value, path: &str, body: &Value| {
            let client = vault
                .log_in("gitlab", Some(role), &id_token(&claims))
                .unwrap();
            drop(client.request("POST", path, body));
        };
        ask(
            "aws-dev",
            json!({"environment": "dev"}),
            "aws/sts/365-dev",
            &json!({"ttl": "15m"}),
        );
        ask(
            "aws-dev",
            json!({"environment": "dev"}),
            "aws/sts/365-dev",
            &json!({"ttl": "15m"}),
        );
        ask(
            "aws-dev",
            json!({"environment": "dev"}),
            "aws/sts/365-prod",
            &json!({}),
        );
        ask(
            "aws-dev",
            json!({"environment": "dev", "project_id": "999"}),
            "aws/sts/999-dev",
            &json!({}),
        );
        ask(
            "aws-dev",
            json!({"environment": "dev"}),
            "aws/sts/365-dev",
            &json!({"ttl": "1m"}),
        );
        ask(
            "by-hand",
            json!({"environment": "dev"}),
            "aws/sts/gitlab-tools",
            &json!({}),
        );
        let refused = vault.log_in(
            "gitlab",
            Some("aws-prod"),
            &id_token(&json!({"environment": "dev"})),
        );
        assert!(refused.is_err());
        Self {
            log: fs::read(log).unwrap(),
        }
    }
}

/// What the tool says of a log.
fn usage(log: &[u8], arguments: &[&str]) -> String {
    let arguments = [&["usage", "-"], arguments].concat();
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let run = tool.run(arguments).write_stdin(log).assert().success();
    stdout(&run)
}

/// The text of an answer, with `TIME` for each time.
fn without_times(text: &str) -> String {
    let time = regex_automata::meta::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let mut shown = String::new();
    let mut end = 0;
    for found in time.find_iter(text) {
        shown += &text[end..found.start()];
        shown += "TIME";
        end = found.end();
    }
    shown + &text[end..]
}

#[test]
fn a_servers_audit_log_says_what_was_used_refused_and_logged_in_to() {
    let log = Audited::new().log;
    let text = String::from_utf8(log.clone()).unwrap();
    insta::assert_snapshot!(without_times(&usage(&log, &["--unused-for", "90d"])));

    let json: Value = serde_json::from_str(&usage(&log, &["--format", "json"])).unwrap();
    let sessions = |path: &str| {
        let rows = json["mappings"].as_array().unwrap();
        let row = rows.iter().find(|row| row["path"] == path).unwrap();
        row["sessions"].as_u64().unwrap()
    };
    assert_eq!(sessions("aws/roles/365-dev"), 2);
    assert_eq!(sessions("aws/roles/365-prod"), 0);
    assert_eq!(sessions("aws/roles/gitlab-tools"), 1);

    let csv = usage(&log, &["--format", "csv"]);
    assert!(
        csv.starts_with("path,project,project_id,environment,sessions,"),
        "{csv}"
    );
    assert!(
        csv.contains("\naws/roles/365-prod,somenamespace/someproject,365,prod,0,,"),
        "{csv}"
    );

    let mappings = Mappings::shipped();
    let explain = |format: &str| {
        let tool = Tool::offline(&mappings);
        let question = ["explain", "--matrix", "--usage", "-", "--format", format];
        let run = tool.run(question).write_stdin(log.as_slice()).assert();
        stdout(&run.success())
    };
    let csv = explain("csv");
    let of = |path: &str| csv.lines().find(|line| line.contains(path)).unwrap();
    assert!(of("aws/sts/365-dev").contains(",2,"), "{csv}");
    assert!(of("aws/sts/365-prod").ends_with(",0,"), "{csv}");
    assert!(explain("text").contains("; not used in the log]"));
    assert!(explain("html").contains("<dt>Audit log</dt><dd>"));

    // The same log, of long ago.
    let today = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let old = text.replace(&today[..11], "2020-01-01T");
    assert_ne!(old, text);
    let unused = usage(old.as_bytes(), &["--unused-for", "90d"]);
    for line in [
        "mappings/projects/somenamespace/someproject.yaml:4: environments.dev",
        "mappings/projects/somenamespace/website.yaml:5: environments.prod",
        "mappings/projects/somenamespace/someproject.yaml:6: default",
    ] {
        assert!(unused.contains(line), "{line}: {unused}");
    }
    assert!(!unused.contains("does not reach back"), "{unused}");

    let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
    compressed.write_all(&log).unwrap();
    let compressed = compressed.finish().unwrap();
    assert_eq!(usage(&compressed, &[]), usage(&log, &[]));

    // Neither a token nor a JWT stands in an audit log, and no hash of one is repeated.
    assert!(text.contains("hmac-sha256:"));
    assert!(!usage(&log, &["--format", "json"]).contains("hmac-sha256:"));
}

#[test]
fn named_roles_and_groups_are_counted_one_by_one() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    mappings.replace(
        "projects/somenamespace/website.yaml",
        "prod: arn:aws:iam::123456789013:role/website",
        "prod: {roles: {deploy: 'arn:aws:iam::123456789013:role/website', read: 'arn:aws:iam::123456789013:role/website-read'}}",
    );
    mappings.write(
        "projects/payments/group.yaml",
        "group: payments\nid: 72\nsubgroups: [73]\nenvironments: {dev: 'arn:aws:iam::123456789012:role/payments'}\n",
    );
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let log = tool.home().join("audit.log");
    let device = json!({"type": "file", "options": {"file_path": log}});
    vault.root.write("sys/audit/file", &device);
    for (role, claims, path) in [
        (
            "aws-prod",
            json!({"environment": "prod", "project_id": "412"}),
            "aws/sts/412-prod-deploy",
        ),
        (
            "aws-group-73-dev",
            json!({"environment": "dev", "namespace_id": "73"}),
            "aws/sts/group-73-dev",
        ),
    ] {
        let job = vault
            .log_in("gitlab", Some(role), &id_token(&claims))
            .unwrap();
        assert_eq!(job.request("POST", path, &json!({})).status, 200, "{path}");
    }
    let text = stdout(&tool.run(["usage", "audit.log"]).assert().success());
    for (role, uses, who) in [
        (
            "412-prod-deploy",
            "1 session, last ",
            "(project 412 (somenamespace/website), prod, role deploy)",
        ),
        (
            "412-prod-read",
            "not in this log",
            "(project 412 (somenamespace/website), prod, role read)",
        ),
        (
            "group-72-dev",
            "not in this log",
            "(group 72 (payments), dev)",
        ),
        (
            "group-73-dev",
            "1 session, last ",
            "(group 73 (payments), dev)",
        ),
    ] {
        let row = |line: &&str| line.trim_start().starts_with(&format!("aws/roles/{role} "));
        let line = text.lines().find(row).expect(role);
        assert!(line.contains(uses) && line.ends_with(who), "{line}");
    }
    let csv = stdout(
        &tool
            .run(["usage", "audit.log", "--format", "csv"])
            .assert()
            .success(),
    );
    assert!(
        csv.lines()
            .next()
            .is_some_and(|line| line.ends_with(",key,role,group,group_id")),
        "{csv}"
    );
    assert!(
        csv.contains(",deploy,,\n") && csv.contains(",payments,73\n"),
        "{csv}"
    );
}

#[test]
fn a_file_that_is_not_an_audit_log_is_reported() {
    let told = usage(b"\x1b[2Jhello\n", &["--unused-for", "90d"]);
    assert!(
        told.starts_with(
            "Log: 1 line, and no entry with a time; not an entry of an audit log: 1 line."
        ),
        "{told}"
    );
    assert!(told.contains("does not reach back"), "{told}");
    let mappings = Mappings::shipped();
    let missing = Tool::offline(&mappings)
        .run(["usage", "no-such.log"])
        .assert()
        .code(1);
    assert!(stderr(&missing).contains("error[cannot-read]: can't read no-such.log"));
}
