//! A bounded policy for `apply` gives out no other policies than those of the files.

use serde_json::{Value, json};

use super::{applied, log_in, spoil_all_but_config};
use crate::support::{Mappings, Tool, gets, id_token, stderr, stdout};

#[test]
fn a_bounded_token_cannot_become_root() {
    let (vault, _) = applied(&Mappings::shipped());
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
fn all_of_apply_works_under_a_bounded_policy() {
    let mappings = Mappings::shipped();
    let (vault, tool) = applied(&mappings);
    spoil_all_but_config(&vault);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

/// The file of a project that has no mapping yet, with one environment.
fn first_use(environment: &str) -> String {
    let role = "arn:aws:iam::123456789012:role/new";
    format!(
        "project: somenamespace/newproject\nid: 500\nenvironments: {{'{environment}': '{role}'}}\n"
    )
}

const NEW_PROJECT: &str = "projects/somenamespace/newproject.yaml";

#[test]
fn the_first_use_of_a_declared_environment_waits_for_nobody() {
    let mappings = Mappings::shipped();
    let (vault, tool) = applied(&mappings);
    for (environment, name, role) in [
        ("staging", "staging", "500-staging"),
        ("review/x", "review", "500-review"),
    ] {
        mappings.write(NEW_PROJECT, first_use(environment));
        let run = tool.run(["plan", "--auth-role", "vault-provisioner-plan"]);
        let planned = stdout(&{ run }.assert().success());
        assert!(!planned.contains("needs-administrator"), "{planned}");
        tool.apply().assert().success();
        let job = id_token(&json!({"project_id": "500", "environment": environment}));
        let token = vault.log_in("gitlab", Some(&format!("aws-{name}")), &job);
        let token = token.unwrap_or_else(|answer| panic!("{environment}: {answer:?}"));
        assert!(gets(&token, role), "{environment}");
    }
}

#[test]
fn the_lines_that_an_administrator_is_to_add_can_be_pasted() {
    let mappings = Mappings::shipped();
    let (_vault, tool) = applied(&mappings);
    let role = |account, name| format!("arn:aws:iam::12345678901{account}:role/{name}");
    mappings.write(
        NEW_PROJECT,
        format!(
            "project: somenamespace/newproject\nid: 500\nenvironments: {{\"1.5\": '{}', \"no\": '{}', production: '{}'}}\n",
            role(2, "a"), role(2, "b"), role(2, "c")
        ),
    );
    mappings.write(
        "projects/somenamespace/group.yaml",
        format!(
            "group: somenamespace\nid: 72\nsubgroups: [73]\nenvironments: {{dev: '{}'}}\n",
            role(2, "d")
        ),
    );
    let run = tool.run(["plan", "--auth-role", "vault-provisioner-plan"]);
    let planned = stdout(&{ run }.assert().success());
    let (_, waits) = planned
        .split_once("warning[needs-administrator]")
        .expect(&planned);
    let waits = waits.lines().next().unwrap();
    let (_, lines) = waits.split_once("let an administrator add ").unwrap();
    let (lines, rest) = lines.split_once(" to `mappings.environments`").unwrap();
    assert_eq!(
        lines,
        "`\"1.5\": {}`, `\"no\": {}`, `production: {protected: true}`"
    );
    assert!(
        rest.contains("each group has roles and policies of its own (here 72, 73)"),
        "{waits}"
    );
    let entries: String = lines
        .split("`, `")
        .map(|line| format!("    {}\n", line.trim_matches('`')))
        .collect();
    mappings.replace(
        "vault.yaml",
        "  environments:\n",
        &format!("  environments:\n{entries}"),
    );
    let run = tool.run(["validate"]);
    assert!(stdout(&{ run }.assert().success()).contains("The files are valid."));
}

#[test]
fn a_new_environment_waits_for_an_administrator_and_the_plan_says_so() {
    let mappings = Mappings::shipped();
    let (vault, tool) = applied(&mappings);
    mappings.write(NEW_PROJECT, first_use("canary"));
    let run = tool.run(["plan", "--auth-role", "vault-provisioner-plan"]);
    let planned = stdout(&{ run }.assert().success());
    let waits: Vec<&str> = planned
        .lines()
        .filter(|line| line.starts_with("warning[needs-administrator]"))
        .collect();
    insta::assert_snapshot!(waits.join("\n"), @"warning[needs-administrator]: sys/policies/acl/vault-provisioner: a token with this policy may not write auth/gitlab/role/aws-canary, sys/policies/acl/aws-canary, sys/policies/acl/vault-provisioner, so an administrator has to apply this plan; `canary` is neither declared nor used before: map an environment that vault.yaml declares, or let an administrator add `canary: {}` to `mappings.environments` there and apply once");
    let message = stderr(&tool.apply().assert().code(1));
    assert!(message.contains("so nothing was written"), "{message}");
    assert!(vault.root.read("aws/roles/500-canary").is_none());

    Tool::new(&vault, &mappings).apply().assert().success();
    tool.plan().assert().code(0);
    // From now on the pipeline's policy has it.
    vault.root.delete("auth/gitlab/role/aws-canary");
    tool.apply().assert().success();
}
