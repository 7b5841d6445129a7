//! A job that is run again goes on from where it was: what the plan wanted and Vault holds is done.

use serde_json::{Value, json};

use super::{PLAN, planned, planned_changes};
use crate::support::{Fault, Wire, stderr, stdout};

#[test]
fn a_plan_that_was_applied_is_done_when_it_is_applied_again() {
    for (vault, _mappings, tool) in [planned(), planned_changes()] {
        tool.run(["apply", PLAN]).assert().success();
        let changes = super::saved(&tool).matches("\"action\"").count();
        let again = tool.run(["apply", PLAN, "--events", "events"]).assert();
        let again = stdout(&again.success());
        let events = std::fs::read_to_string(tool.home().join("events")).unwrap();
        assert_eq!(
            events.matches(r#""status":"already_done""#).count(),
            changes
        );
        let applied =
            format!("Applied: 0 created, 0 updated, 0 deleted; already done: {changes}.\n");
        assert_eq!(again, applied);
        tool.plan().assert().code(0);
        drop(vault);
    }
}

#[test]
fn an_apply_that_failed_goes_on_with_the_same_plan() {
    let (vault, _mappings, tool) = planned_changes();
    let wire = Wire::to(vault.address());
    wire.on("POST", "aws/roles/365-prod")
        .then(Fault::status(400, "no"));
    let through = tool.with_env("VAULT_ADDR", wire.address());
    let failed = through.run(["apply", PLAN]).assert().code(1);
    assert!(stdout(&failed).contains("failed "), "{}", stderr(&failed));
    let tool = through.with_env("VAULT_ADDR", vault.address());
    let again = stdout(&tool.run(["apply", PLAN]).assert().success());
    assert!(again.contains("; already done: "), "{again}");
    tool.plan().assert().code(0);
}

#[test]
fn what_is_neither_as_the_plan_found_it_nor_as_it_wants_it_has_moved() {
    let (vault, _mappings, tool) = planned_changes();
    tool.run(["apply", PLAN]).assert().success();
    let else_where = json!({"role_arns": "arn:aws:iam::123456789012:role/else"});
    vault.root.write("aws/roles/365-dev", &else_where);
    let before = vault.root.read("aws/roles/365-dev");
    let refused = tool.run(["apply", PLAN]).assert().code(1);
    insta::assert_snapshot!(stderr(&refused), @"
    error[stale-plan]: Vault has changed since the plan was made; plan again
    moved: aws/roles/365-dev
    For more about this error, run `vault-provisioner --explain stale-plan`.
    ");
    assert_eq!(vault.root.read("aws/roles/365-dev"), before);
    assert_ne!(before, None::<Value>);
}
