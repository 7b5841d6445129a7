//! A bounded policy for `apply` gives out no other policies than those of the files.

use serde_json::{Value, json};

use super::{applied, log_in, spoil_all_but_config};
use crate::support::{Mappings, Tool, Vault, stderr};

/// The shipped files with a bounded policy, applied by an administrator, and the pipeline's tool.
fn bounded() -> (Mappings, Vault, Tool) {
    let mappings = Mappings::shipped();
    let bounded = "{generated: {for: apply, bounded: true}}";
    mappings.replace("vault.yaml", "{generated: apply}", bounded);
    let (vault, tool) = applied(&mappings);
    (mappings, vault, tool)
}

#[test]
fn a_bounded_token_cannot_become_root() {
    let (_mappings, vault, _) = bounded();
    let token = log_in(&vault, "vault-provisioner");
    let everything = json!({"policy": "path \"*\" { capabilities = [\"create\", \"update\", \"read\", \"sudo\"] }"});
    let role = |name: &str| {
        vault
            .root
            .read(&format!("auth/gitlab/role/{name}"))
            .expect("a role")
    };
    let with = |name: &str, key: &str, value: Value| {
        let mut role = role(name);
        role.as_object_mut()
            .expect("fields")
            .retain(|field, _| field != "policies");
        role[key] = value;
        role
    };
    let mut config = vault.root.read("auth/gitlab/config").expect("a config");
    config["jwks_url"] = "https://attacker.example.com/keys".into();
    let attempts = [
        ("sys/policies/acl/aws-x", everything.clone()),
        ("sys/policies/acl/aws-dev", everything.clone()),
        ("sys/policies/acl/AWS-DEV", everything.clone()),
        ("sys/policies/acl/aws", everything.clone()),
        ("sys/policies/acl/vault-provisioner", everything.clone()),
        ("sys/policies/acl/vault-provisioner-plan", everything),
        (
            "auth/gitlab/role/x",
            with("aws", "token_policies", json!(["aws-x"])),
        ),
        (
            "auth/gitlab/role/x",
            with("aws", "token_policies", json!(["aws"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "token_policies", json!(["aws-prod"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "token_policies", json!(["aws", "vault-provisioner"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "token_policies", json!("vault-provisioner")),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "policies", json!(["vault-provisioner"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "Token_Policies", json!(["vault-provisioner"])),
        ),
        (
            "auth/gitlab/role/vault-provisioner",
            role("vault-provisioner"),
        ),
        (
            "auth/gitlab/role/VAULT-PROVISIONER",
            with("vault-provisioner", "bound_claims", json!({})),
        ),
        ("auth/gitlab/config", config),
    ];
    for (path, body) in &attempts {
        let answer = token.request("POST", path, body);
        assert_eq!(answer.status, 403, "{path} {body}: {answer:?}");
    }
}

#[test]
fn all_of_apply_works_under_a_bounded_policy_and_what_it_may_not_write_waits() {
    let (mappings, vault, tool) = bounded();
    spoil_all_but_config(&vault);
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    let project = "projects/somenamespace/newproject.yaml";
    let files = |environment: &str| {
        let role = "arn:aws:iam::123456789012:role/new";
        format!(
            "project: somenamespace/newproject\nid: 500\nenvironments: {{{environment}: '{role}'}}\n"
        )
    };
    mappings.write(project, files("dev"));
    tool.apply().assert().success();
    mappings.write(project, files("stage"));
    let message = stderr(&tool.apply().assert().code(1));
    assert!(message.contains("so nothing was written"), "{message}");
    Tool::new(&vault, &mappings).apply().assert().success();
    tool.plan().assert().code(0);
}
