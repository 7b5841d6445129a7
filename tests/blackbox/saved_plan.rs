//! A plan that is made in one job, read by a person, and carried out in another job.

mod interrupted;
mod other_files;
mod plan_file;
mod tampered;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, stderr, stdout};

const PLAN: &str = "plan.json";

/// The article's files, and a plan for an empty server in the tool's folder.
fn planned() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    save(&tool);
    (vault, mappings, tool)
}

/// Another IAM role for the project's one environment, and a second environment.
fn change_project(mappings: &Mappings) {
    mappings.replace(
        "projects/somenamespace/someproject.yaml",
        "role/gitlab-service-role",
        "role/another-role",
    );
    mappings.append(
        "projects/somenamespace/someproject.yaml",
        "  prod: arn:aws:iam::123456789013:role/gitlab-service-role\n",
    );
}

/// The article on the server, a change of two roles and a policy in the files, and the plan of it.
fn planned_changes() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    mappings.replace("vault.yaml", "aws/sts/gitlab-tools", "aws/sts/more-tools");
    change_project(&mappings);
    save(&tool);
    (vault, mappings, tool)
}

fn save(tool: &Tool) {
    tool.run(["plan", "--out", PLAN]).assert().success();
}

/// A report from its first change on.
fn diff(report: &str) -> &str {
    let from = report.find("+ auth mount").expect("a change");
    &report[from..]
}

fn saved(tool: &Tool) -> String {
    fs::read_to_string(tool.home().join(PLAN)).unwrap()
}

#[test]
fn what_was_reviewed_is_what_is_applied() {
    let (_vault, _mappings, tool) = planned();
    let run = |command: &[&str], format| {
        let mut run = tool.run(command.iter().chain(&["--format", format]));
        stdout(&run.assert().success())
    };
    for format in ["text", "markdown"] {
        let (planned, shown) = (run(&["plan"], format), run(&["show", PLAN], format));
        assert_eq!(diff(&shown), diff(&planned), "{format}");
        assert!(planned.contains("Access, by this change:"), "{planned}");
        assert!(
            shown.contains("Access is not part of a saved plan: "),
            "{shown}"
        );
    }
    let json = |command| serde_json::from_str::<Value>(&run(command, "json")).unwrap();
    let (mut planned, shown) = (json(&["plan"]), json(&["show", PLAN]));
    for found in ["access", "not_looked_at", "unmodelled"] {
        assert_ne!(planned[found].take(), Value::Null, "{found}");
    }
    assert_eq!(shown, planned, "what was not computed is null");
    let planned = run(&["plan"], "text");
    let apply = stdout(&tool.run(["apply", PLAN]).assert().success());
    let done = apply
        .strip_prefix(&planned)
        .expect("the review comes first");
    insta::assert_snapshot!(done, @r"
    created auth mount sys/auth/gitlab
    created secrets mount sys/mounts/aws
    created JWT config auth/gitlab/config
    created policy sys/policies/acl/gitlab-projects-aws-assumed-role
    created policy sys/policies/acl/vault-provisioner
    created JWT role auth/gitlab/role/aws
    created JWT role auth/gitlab/role/vault-provisioner
    created AWS role aws/roles/365-dev  (somenamespace/someproject, dev)
    Applied: 8 created, 0 updated, 0 deleted.
    ");
    tool.plan().assert().code(0);
}

#[test]
fn the_report_is_the_three_numbers_that_gitlab_reads() {
    let (_vault, _mappings, tool) = planned_changes();
    tool.run(["plan", "--report", "report.json"])
        .assert()
        .success();
    let report = fs::read_to_string(tool.home().join("report.json")).unwrap();
    assert_eq!(report, "{\"create\":1,\"update\":2,\"delete\":0}\n");
}

#[test]
fn a_dash_is_standard_output_and_standard_input() {
    let (_vault, _mappings, tool) = planned();
    let plan = tool.run(["plan", "--out", "-"]).assert().success();
    let plan = plan.get_output().stdout.clone();
    assert_eq!(plan, saved(&tool).into_bytes(), "the plan and nothing else");

    let from_file = stdout(&tool.run(["show", PLAN]).assert().success());
    let show = tool.run(["show", "-"]).write_stdin(plan.clone()).assert();
    assert_eq!(stdout(&show.success()), from_file);

    let report = tool.run(["plan", "--report", "-"]).assert().success();
    assert_eq!(
        stdout(&report),
        "{\"create\":8,\"update\":0,\"delete\":0}\n"
    );
    let both = tool.run(["plan", "--report", "-", "--out", "-"]).assert();
    insta::assert_snapshot!(stderr(&both.code(1)), @"
    error[one-stdout]: only one result can go to standard output; give the other one a file
    For more about this error, run `vault-provisioner --explain one-stdout`.
    ");

    tool.run(["apply", "-"])
        .write_stdin(plan)
        .assert()
        .success();
    tool.plan().assert().code(0);
}

#[test]
fn a_plan_is_for_its_owner_only_and_replaces_another_one_whole() {
    let (_vault, _mappings, tool) = planned();
    let path = tool.home().join(PLAN);
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::write(&path, "x".repeat(1_000_000)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    save(&tool);
    assert_eq!(mode(), 0o600);
    tool.run(["show", PLAN]).assert().success();
}

#[test]
fn a_plan_holds_no_secret() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    mappings.replace(
        "vault.yaml",
        "    max_lease_ttl: 3600\n",
        "    max_lease_ttl: 3600\n    config: {access_key_env: ROOT_KEY_ID, secret_key_env: ROOT_KEY}\n",
    );
    let secrets = ["AKIAEXAMPLEEXAMPLE", "wJalrXUtnFEMI/EXAMPLEKEY"];
    let tool = Tool::new(&vault, &mappings)
        .with_env("ROOT_KEY_ID", secrets[0])
        .with_env("ROOT_KEY", secrets[1]);
    save(&tool);
    let plan = saved(&tool);
    for secret in secrets.into_iter().chain([vault.root_token()]) {
        assert!(!plan.contains(secret), "{plan}");
    }
    tool.run(["apply", PLAN]).assert().success();
    let root = vault.root.read("aws/config/root").unwrap();
    assert_eq!(root["access_key"], secrets[0]);
}

#[test]
fn what_is_not_a_plan_as_it_was_saved_is_refused() {
    let (vault, _mappings, tool) = planned();
    let plan = saved(&tool);
    let cut = &plan[..plan.len() / 2];
    let edited = plan.replace("123456789012", "999999999999");
    let other_version = plan.replace("\"version\":6", "\"version\":5");
    let mut report = Vec::new();
    for (what, text) in [
        ("cut short", cut.as_bytes()),
        ("edited", edited.as_bytes()),
        ("of another version", other_version.as_bytes()),
        ("empty", b""),
        ("a report", b"{\"create\":8,\"update\":0,\"delete\":0}\n"),
        ("a list", b"[1]"),
        ("YAML", b"version: 1\n"),
        ("of bytes", b"\x00\xff\x1b[31m"),
    ] {
        fs::write(tool.home().join(PLAN), text).unwrap();
        for command in ["show", "apply"] {
            let refused = tool.run([command, PLAN]).assert().code(1);
            assert_eq!(stdout(&refused), "", "{what}");
            report.push(format!("{what}: {}", stderr(&refused)));
        }
    }
    for (what, name) in [("missing", "nothing.json"), ("a folder", "mappings")] {
        let refused = tool.run(["apply", name]).assert().code(1);
        report.push(format!("{what}: {}", stderr(&refused)));
    }
    report.dedup();
    insta::assert_snapshot!(report.concat(), @"
    cut short: error[damaged-plan]: plan.json is damaged or was edited; make the plan again
    For more about this error, run `vault-provisioner --explain damaged-plan`.
    edited: error[damaged-plan]: plan.json is damaged or was edited; make the plan again
    For more about this error, run `vault-provisioner --explain damaged-plan`.
    of another version: error[plan-version]: plan.json has the plan format 5, and this is 6; make the plan again with this version
    For more about this error, run `vault-provisioner --explain plan-version`.
    empty: error[not-a-plan]: plan.json is not a plan of vault-provisioner; make one with `vault-provisioner plan --out FILE`
    For more about this error, run `vault-provisioner --explain not-a-plan`.
    a report: error[not-a-plan]: plan.json is not a plan of vault-provisioner; make one with `vault-provisioner plan --out FILE`
    For more about this error, run `vault-provisioner --explain not-a-plan`.
    a list: error[not-a-plan]: plan.json is not a plan of vault-provisioner; make one with `vault-provisioner plan --out FILE`
    For more about this error, run `vault-provisioner --explain not-a-plan`.
    YAML: error[not-a-plan]: plan.json is not a plan of vault-provisioner; make one with `vault-provisioner plan --out FILE`
    For more about this error, run `vault-provisioner --explain not-a-plan`.
    of bytes: error[not-a-plan]: plan.json is not a plan of vault-provisioner; make one with `vault-provisioner plan --out FILE`
    For more about this error, run `vault-provisioner --explain not-a-plan`.
    missing: error[cannot-read]: can't read the plan nothing.json: No such file or directory (os error 2)
    For more about this error, run `vault-provisioner --explain cannot-read`.
    a folder: error[cannot-read]: can't read the plan mappings: it is not a regular file; write the plan to a file, or give it on standard input as `-`
    For more about this error, run `vault-provisioner --explain cannot-read`.
    ");
    assert!(vault.root.read("sys/auth").unwrap()["gitlab/"].is_null());
}

/// Something that happens on the server between a plan and its apply.
type Move = fn(&Vault);

#[test]
fn a_plan_that_has_gone_stale_is_refused_with_what_has_moved() {
    let role = "aws/roles/365-dev";
    let moves: [(&str, Move); 6] = [
        ("a role that it updates was changed", |vault| {
            let arn = json!({"role_arns": "arn:aws:iam::123456789012:role/else"});
            vault.root.write("aws/roles/365-dev", &arn);
        }),
        ("a role that it updates was deleted", |vault| {
            vault.root.delete("aws/roles/365-dev");
        }),
        ("a role that it creates is there", |vault| {
            let role = json!({
                "credential_type": "assumed_role",
                "role_arns": "arn:aws:iam::123456789013:role/else",
            });
            vault.root.write("aws/roles/365-prod", &role);
        }),
        ("the method of an accessor was mounted anew", |vault| {
            let table = vault.root.read("sys/auth").unwrap();
            let description = table["gitlab/"]["description"].clone();
            vault.root.delete("sys/auth/gitlab");
            let body = json!({"type": "jwt", "description": description});
            vault.root.write("sys/auth/gitlab", &body);
        }),
        ("the engine was unmounted", |vault| {
            vault.root.delete("sys/mounts/aws");
        }),
        ("another engine is in its place", |vault| {
            vault.root.delete("sys/mounts/aws");
            vault.root.write("sys/mounts/aws", &json!({"type": "kv"}));
        }),
    ];
    let mut report = Vec::new();
    for (what, move_it) in moves {
        let (vault, _mappings, tool) = planned_changes();
        move_it(&vault);
        let before = vault.root.read(role);
        let refused = tool.run(["apply", PLAN]).assert().code(1);
        report.push(format!("{what}: {}", stderr(&refused)));
        assert_eq!(vault.root.read(role), before, "{what}: nothing is written");
    }
    insta::assert_snapshot!(report.concat(), @"
    a role that it updates was changed: error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: aws/roles/365-dev
    For more about this error, run `vault-provisioner --explain stale-plan`.
    a role that it updates was deleted: error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: aws/roles/365-dev
    For more about this error, run `vault-provisioner --explain stale-plan`.
    a role that it creates is there: error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: aws/roles/365-prod
    For more about this error, run `vault-provisioner --explain stale-plan`.
    the method of an accessor was mounted anew: error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: sys/auth/gitlab (its accessor)
    For more about this error, run `vault-provisioner --explain stale-plan`.
    the engine was unmounted: error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: sys/mounts/aws
           aws/roles/365-dev
    For more about this error, run `vault-provisioner --explain stale-plan`.
    another engine is in its place: error[mount-type]: sys/mounts/aws is mounted with `type: kv`, and the files have `aws` there; Vault sets that once, when it mounts: write in the files what is there, choose another path, or disable that mount by hand
    For more about this error, run `vault-provisioner --explain mount-type`.
    ");
}

#[test]
fn what_a_plan_does_not_touch_may_move() {
    let (vault, _mappings, tool) = planned_changes();
    let role = json!({"token_ttl": "5m", "role_type": "jwt"});
    vault.root.write("auth/gitlab/role/aws", &role);
    tool.run(["apply", PLAN]).assert().success();
    let role = vault.root.read("auth/gitlab/role/aws").unwrap();
    assert_eq!(role["token_ttl"], 300, "it is not in the plan");
}

#[test]
fn a_plan_is_for_the_server_that_it_was_made_for() {
    let (_vault, _mappings, tool) = planned();
    let other = Vault::start();
    let tool = tool
        .with_env("VAULT_ADDR", other.address())
        .with_env("VAULT_TOKEN", other.root_token());
    let refused = tool.run(["apply", PLAN]).assert().code(1);
    insta::with_settings!({filters => vec![("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID")]}, {
        insta::assert_snapshot!(stderr(&refused), @"
        error[other-server]: the plan was made for another Vault or namespace (cluster ID), and this is cluster ID; plan again
        For more about this error, run `vault-provisioner --explain other-server`.
        ");
    });
    assert!(other.root.read("sys/auth").unwrap()["gitlab/"].is_null());
}

#[test]
fn only_yes_is_taken_and_what_moved_meanwhile_is_seen() {
    let (vault, _mappings, tool) = planned_changes();
    for answer in ["", "y\n", "no\n"] {
        let refused = tool.run(["apply"]).write_stdin(answer).assert().code(1);
        let refused = stderr(&refused);
        assert!(
            refused.contains("not approved, so nothing was changed"),
            "{refused}"
        );
    }

    let mut apply = tool.start(["apply"]);
    let mut prompt = apply.stderr.take().unwrap();
    wait_for(&mut prompt, "Only `yes` is accepted:");
    vault.root.delete("aws/roles/365-dev");
    apply.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    let said = std::io::read_to_string(prompt).unwrap();
    assert_eq!(apply.wait().unwrap().code(), Some(1));
    insta::assert_snapshot!(said.trim_start(), @"
    error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: aws/roles/365-dev
    For more about this error, run `vault-provisioner --explain stale-plan`.
    ");
    assert_eq!(vault.root.read("aws/roles/365-dev"), None);
    assert_eq!(vault.root.read("aws/roles/365-prod"), None::<Value>);
}

/// Reads until a text has come.
fn wait_for(stream: &mut impl std::io::Read, text: &str) {
    let mut read = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&read).ends_with(text) {
        stream.read_exact(&mut byte).unwrap();
        read.push(byte[0]);
    }
}
