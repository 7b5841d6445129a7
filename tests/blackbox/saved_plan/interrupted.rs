//! A job that is run again goes on from where it was: what the plan wanted and Vault holds is done.

use serde_json::{Value, json};

use super::{PLAN, change_project, planned, planned_changes, save};
use crate::support::{Fault, Mappings, Shared, Tool, Vault, Wire, stderr, stdout};

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

/// The article on a server, and files that create, update and delete something of many kinds.
fn many_changes() -> (Vault, Mappings, Tool) {
    let (vault, mappings, tool) = planned();
    let policy = "\n  gone: {rules: [{path: secret/x, capabilities: [read]}]}\n";
    mappings.replace(
        "vault.yaml",
        "\npolicies:\n",
        &format!("\npolicies:{policy}"),
    );
    tool.apply().assert().success();
    mappings.replace("vault.yaml", policy, "\n");
    mappings.append("vault.yaml", "\nremoved: [{policy: gone}, {auth: old}]\n");
    vault.root.write("sys/auth/old", &json!({"type": "jwt"}));
    mappings.replace("vault.yaml", "aws/sts/gitlab-tools", "aws/sts/more-tools");
    mappings.replace("vault.yaml", "AWS Assumed roles", "Assumed roles");
    mappings.replace(
        "vault.yaml",
        "\nsecrets:\n",
        &format!(
            "\n  second: {{type: jwt, config: {{jwks_url: '{}'}}}}\nsecrets:\n",
            Shared::jwks_url()
        ),
    );
    change_project(&mappings);
    vault.root.write(
        "aws/roles/stray",
        &json!({"credential_type": "assumed_role", "role_arns": "arn:aws:iam::123456789012:role/stray"}),
    );
    save(&tool);
    (vault, mappings, tool)
}

#[test]
fn an_apply_that_failed_anywhere_goes_on_with_the_same_plan() {
    for refused in [
        "sys/auth/second",
        "sys/mounts/aws/tune",
        "auth/second/config",
        "sys/policies/acl/gitlab-projects-aws-assumed-role",
        "aws/roles/365-prod",
        "aws/roles/stray",
        "sys/auth/old",
        "sys/policies/acl/gone",
    ] {
        let (vault, _mappings, tool) = many_changes();
        let wire = Wire::to(vault.address());
        wire.on("POST|DELETE", refused)
            .then(Fault::status(400, "no"));
        let through = tool.with_env("VAULT_ADDR", wire.address());
        let failed = through.run(["apply", PLAN]).assert().code(1);
        assert!(
            stdout(&failed).contains("failed "),
            "{refused}: {}",
            stderr(&failed)
        );
        let tool = through.with_env("VAULT_ADDR", vault.address());
        let again = stdout(&tool.run(["apply", PLAN]).assert().success());
        assert!(again.contains("; already done: "), "{refused}: {again}");
        tool.plan().assert().code(0);
    }
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
