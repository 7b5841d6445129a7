//! What is written is what the files of the checkout say: a plan that says something else is refused.

use std::fs;

use serde_json::{Value, json};

use super::{PLAN, planned, planned_changes, save};
use crate::support::{Mappings, stderr, stdout};

const PROJECT: &str = "projects/somenamespace/someproject.yaml";

/// A change of the files after the plan was made.
type Edit = fn(&Mappings);

#[test]
fn a_plan_that_the_files_no_longer_ask_for_is_refused_and_nothing_is_written() {
    let edits: [(&str, Edit); 5] = [
        ("another value", |mappings| {
            mappings.replace(PROJECT, "role/another-role", "role/a-third-role");
        }),
        ("a mapping that was reverted", |mappings| {
            let reverted = "  prod: arn:aws:iam::123456789013:role/gitlab-service-role\n";
            mappings.replace(PROJECT, reverted, "");
        }),
        ("a mapping that is new", |mappings| {
            let new = "  stage: arn:aws:iam::123456789012:role/stage\n";
            mappings.append(PROJECT, new);
        }),
        ("other guardrails", |mappings| {
            mappings.append("vault.yaml", "guardrails: {max_delete_percent: 100}\n");
        }),
        ("another comment", |mappings| {
            mappings.append("vault.yaml", "# reviewed\n");
        }),
    ];
    let (vault, mappings, tool) = planned_changes();
    let (before, platform, project) = (
        tool.plan_json(),
        mappings.read("vault.yaml"),
        mappings.read(PROJECT),
    );
    let mut report = Vec::new();
    for (what, edit) in edits {
        edit(&mappings);
        let refused = tool.run(["apply", PLAN]).assert().code(1);
        assert_eq!(stdout(&refused), "", "{what}");
        report.push(format!("{what}: {}", stderr(&refused)));
        mappings.write("vault.yaml", &platform);
        mappings.write(PROJECT, &project);
    }
    insta::assert_snapshot!(report.concat(), @"
    another value: error[stale-plan]: the plan is not what the files ask for, so nothing was written; plan again
    differs: the plan was made from other files
             aws/roles/365-dev: the files ask for another value
    For more about this error, run `vault-provisioner --explain stale-plan`.
    a mapping that was reverted: error[stale-plan]: the plan is not what the files ask for, so nothing was written; plan again
    differs: the plan was made from other files
             aws/roles/365-prod: the files do not have it
    For more about this error, run `vault-provisioner --explain stale-plan`.
    a mapping that is new: error[stale-plan]: the plan is not what the files ask for, so nothing was written; plan again
    differs: the plan was made from other files
             aws/roles/365-stage: the plan leaves it out
    For more about this error, run `vault-provisioner --explain stale-plan`.
    other guardrails: error[stale-plan]: the plan is not what the files ask for, so nothing was written; plan again
    differs: the plan was made from other files
             guardrails: vault.yaml has other ones
    For more about this error, run `vault-provisioner --explain stale-plan`.
    another comment: error[stale-plan]: the plan is not what the files ask for, so nothing was written; plan again
    differs: the plan was made from other files
    For more about this error, run `vault-provisioner --explain stale-plan`.
    ");
    assert_eq!(tool.plan_json(), before, "nothing was written");
    assert_eq!(vault.root.read("aws/roles/365-prod"), None::<Value>);
    tool.run(["apply", PLAN]).assert().success();
}

#[test]
fn a_plan_without_good_files_is_refused() {
    let (vault, mappings, tool) = planned();
    mappings.append(PROJECT, "enviroments: {}\n");
    let refused = stderr(&tool.run(["apply", PLAN]).assert().code(1));
    assert!(
        refused.contains("error: 1 error in the files; nothing was done\n"),
        "{refused}"
    );
    fs::remove_file(tool.home().join("mappings")).unwrap();
    let refused = stderr(&tool.run(["apply", PLAN]).assert().code(1));
    assert!(refused.contains("no such directory"), "{refused}");
    assert!(vault.root.read("sys/auth").unwrap()["gitlab/"].is_null());
}

#[test]
fn what_the_files_have_gained_elsewhere_in_vault_is_left_to_another_plan() {
    let (vault, mappings, tool) = planned_changes();
    vault.root.write(
        "aws/roles/stray",
        &json!({"credential_type": "assumed_role", "role_arns": "arn:aws:iam::123456789012:role/stray"}),
    );
    tool.run(["apply", PLAN]).assert().success();
    assert!(vault.root.read("aws/roles/stray").is_some());
    assert_eq!(tool.plan_json()["summary"]["delete"], 1);
    drop(mappings);
}

#[test]
fn a_plan_without_changes_says_nothing_untrue_of_a_vault_that_has_changed_since() {
    let (vault, _mappings, tool) = planned_changes();
    tool.run(["apply", PLAN]).assert().success();
    save(&tool);
    let shown = stdout(&tool.run(["show", PLAN]).assert().success());
    let verdict = "No changes. Vault matched the files when the plan was made.\n";
    assert!(shown.starts_with(verdict), "{shown}");
    let same = stdout(&tool.run(["apply", PLAN]).assert().success());
    let verdict = "No changes. Vault matches the files.\n";
    assert!(same.starts_with(verdict), "{same}");

    vault.root.write(
        "aws/roles/stray",
        &json!({"credential_type": "assumed_role", "role_arns": "arn:aws:iam::123456789012:role/stray"}),
    );
    vault.root.delete("aws/roles/365-dev");
    let moved = stdout(&tool.run(["apply", PLAN]).assert().success());
    let verdict = "The plan has no changes. Vault no longer matches the files.\n\
                   Changed in Vault since the plan was made, not in the plan and left alone: \
                   aws/roles/365-dev, aws/roles/stray. Plan again to see what differs from the files.\n";
    assert!(moved.starts_with(verdict), "{moved}");
    assert!(vault.root.read("aws/roles/stray").is_some());
}

#[test]
fn the_key_that_is_written_is_the_one_that_was_reviewed() {
    let (vault, mappings, tool) = planned();
    tool.run(["apply", PLAN]).assert().success();
    let keys = "    config: {access_key_env: ROOT_KEY_ID, secret_key_env: ROOT_KEY}\n";
    let mount = "    max_lease_ttl: 3600\n";
    mappings.replace("vault.yaml", mount, &format!("{mount}{keys}"));
    save(&tool);
    let without = stderr(&tool.run(["apply", PLAN]).assert().code(1));
    assert!(without.contains("ROOT_KEY_ID is not set"), "{without}");
    let tool = tool
        .with_env("ROOT_KEY_ID", "AKIAEXAMPLEEXAMPLE")
        .with_env("ROOT_KEY", "wJalrXUtnFEMI/EXAMPLEKEY");
    let unseen = stderr(&tool.run(["apply", PLAN]).assert().code(1));
    assert!(
        unseen.contains("have to see the same access key"),
        "{unseen}"
    );
    save(&tool);
    tool.run(["apply", PLAN]).assert().success();
    let root = vault.root.read("aws/config/root").unwrap();
    assert_eq!(root["access_key"], "AKIAEXAMPLEEXAMPLE");
    let again = stdout(&tool.run(["apply", PLAN]).assert().success());
    assert!(again.ends_with("already done: 1.\n"), "{again}");
}
