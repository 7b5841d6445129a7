//! Names in capitals: which of them servers treat as the same, and what the program says of it.

use serde_json::{Value, json};

use crate::support::{Client, Mappings, Shared, Tool, Vault, id_token, stdout};

/// Two AWS roles whose names differ in case only, and a JWT role whose policy gives one of them.
fn mappings(role: &Value, policy: &Value) -> Mappings {
    let arn = |name: &str| json!({"role_arns": [format!("arn:aws:iam::123456789012:role/{name}")]});
    let platform = json!({
        "version": 1,
        "auth": {"gitlab": {
            "type": "jwt",
            "config": {
                "jwks_url": Shared::jwks_url(), "bound_issuer": "https://git.example.com", "default_role": "Deploy",
            },
            "roles": {"deploy": role},
        }},
        "secrets": {"aws": {"type": "aws", "roles": {"Prod": arn("upper"), "prod": arn("lower")}}},
        "policies": {"aws": {"rules": [policy]}},
        "unmanaged": {"jwt_roles": ["Legacy-*"]},
    });
    Mappings::of(&platform.to_string())
}

fn role(user_claim: &str) -> Value {
    json!({
        "user_claim": user_claim, "bound_audiences": ["https://vault.example.com"], "token_policies": ["AWS"],
        "claim_mappings": {"environment": "environment"},
    })
}

/// The AWS roles that a token gets.
fn reached(token: &Client) -> Vec<&'static str> {
    let gets = |name: &&str| {
        let path = format!("aws/sts/{name}");
        token.request("POST", &path, &json!({})).status == 200
    };
    ["Prod", "prod", "PROD"].into_iter().filter(gets).collect()
}

#[test]
fn a_role_is_found_by_its_name_in_any_case_and_an_aws_role_is_not() {
    let vault = Vault::start();
    let policy = json!({"path": "aws/sts/Prod", "capabilities": ["update"]});
    let mappings = mappings(&role("project_id"), &policy);
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.run(["plan", "--detailed-exitcode"]).assert().code(0);
    let jwt = id_token(&json!({"project_id": "365"}));
    for name in [Some("deploy"), Some("Deploy"), Some("DEPLOY"), None] {
        let token = vault.log_in("gitlab", name, &jwt).unwrap();
        assert_eq!(reached(&token), ["Prod"], "{name:?}");
    }
    // What is written by hand in capitals is found, and is one with what has the same name in lower case.
    let all = json!({"policy": "path \"aws/sts/prod\" { capabilities = [\"update\"] }"});
    vault.root.write("sys/policies/acl/Legacy", &all);
    let mut legacy = role("project_id");
    legacy["role_type"] = "jwt".into();
    legacy["token_policies"] = json!(["LEGACY"]);
    vault.root.write("auth/gitlab/role/Legacy-Deploy", &legacy);
    let token = vault.log_in("gitlab", Some("legacy-deploy"), &jwt).unwrap();
    assert_eq!(reached(&token), ["prod"]);
    let asked = ["explain", "--live", "--arn", "*", "--role", "LEGACY-Deploy"];
    let answer = stdout(&tool.run(asked).assert().success());
    assert!(
        answer.contains("role/lower") && !answer.contains("role/upper"),
        "{answer}"
    );
    tool.run(["plan", "--detailed-exitcode"]).assert().code(0);
    vault.root.write("sys/policies/acl/AWS", &all);
    let planned = stdout(&tool.run(["plan", "--detailed-exitcode"]).assert().code(2));
    for line in [
        "+ any project, any environment or none, any branch or tag: arn:aws:iam::123456789012:role/upper",
        "- any project, any environment or none, any branch or tag: arn:aws:iam::123456789012:role/lower",
    ] {
        // The other role gives the second to every job all the same.
        assert_eq!(planned.contains(line), line.starts_with('+'), "{planned}");
    }
}

#[test]
fn users_whose_names_differ_in_case_are_one_user_which_each_answer_and_a_lint_say() {
    let vault = Vault::start();
    let template =
        "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}}";
    let policy = json!({"path": template, "capabilities": ["update"]});
    let mappings = mappings(&role("ref"), &policy);
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let log_in = |name: &str, environment: &str| {
        let jwt = id_token(&json!({"project_id": "365", "ref": name, "environment": environment}));
        vault.log_in("gitlab", Some("deploy"), &jwt).unwrap()
    };
    let first = log_in("main", "Prod");
    let second = log_in("Main", "prod");
    assert_eq!(
        (reached(&first), reached(&second)),
        (vec!["Prod"], vec!["Prod"])
    );
    for asked in [
        &["explain", "--arn", "*"][..],
        &["explain", "--arn", "*", "--live"],
    ] {
        let answer = stdout(&tool.run(asked).assert().success());
        assert!(
            answer.contains("aliases whose names differ in case only"),
            "{answer}"
        );
    }
    let validated = tool
        .run(["validate", "--log-format", "json"])
        .assert()
        .success();
    let found = String::from_utf8_lossy(&validated.get_output().stderr).into_owned();
    assert!(found.contains("chosen-user-claim"), "{found}");
}
