//! The printed policies on real servers, which look at requests in their own ways: a resource of every kind is created,
//! updated and deleted.

use serde_json::json;

use super::put_policy;
use crate::support::{Feature, Mappings, Shared, Tool, Vault, iam_user, stderr, stdout};

const FILES: &str = include_str!("../../fixtures/every_kind/applied.yaml");

/// One of two configurations, of which each takes away what is the other's alone.
fn files(vault: &Vault, of: &str, other: &str) -> String {
    let (ttl, longest) = if of == "one" {
        ("1h", "2h")
    } else {
        ("2h", "4h")
    };
    let mut files = FILES.replace("<of>", of).replace("<other>", other);
    files = files.replace("<ttl>", ttl).replace("<longest>", longest);
    files = files.replace(
        &format!("https://{of}.example.com/-/jwks"),
        &format!("{}?{of}", Shared::jwks_url()),
    );
    if !vault.has(Feature::CelRoles) {
        let lines = files.lines();
        let others = lines.filter(|line| !line.contains("cel_"));
        files = others.fold(String::new(), |text, line| text + line + "\n");
    }
    // AWS gives each user two access keys at most.
    let mut parts = files.split("username: mail");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(first, |text, (number, part)| {
        let user = format!("policy-{of}-{number}");
        iam_user(&user);
        format!("{text}username: {user}{part}")
    })
}

/// The tool with a token that has the printed policy and no other.
fn with_printed_policy(vault: &Vault, mappings: &Mappings, purpose: &str) -> Tool {
    let tool = Tool::new(vault, mappings);
    let printed = tool.run(["policy", "--for", purpose]).assert().success();
    put_policy(vault, purpose, &stdout(&printed));
    let token = json!({"policies": [purpose], "no_default_policy": true});
    let token = vault.root.write("auth/token/create", &token);
    tool.with_env(
        "VAULT_TOKEN",
        token["auth"]["client_token"].as_str().unwrap(),
    )
}

#[test]
fn the_printed_policies_are_enough_for_every_request_about_every_kind() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    let mut done = Vec::new();
    for (of, other) in [("one", "two"), ("two", "one")] {
        mappings.write("vault.yaml", files(&vault, of, other));
        let planner = with_printed_policy(&vault, &mappings, "plan");
        let plan = planner.plan_json();
        let changes = plan["changes"].as_array().unwrap().iter();
        done.extend(changes.map(|change| {
            let of = |name: &str| change[name].as_str().unwrap().to_owned();
            (of("action"), of("kind"))
        }));
        with_printed_policy(&vault, &mappings, "apply")
            .apply()
            .assert()
            .success();
        planner.plan().assert().code(0);
    }
    done.sort();
    done.dedup();
    let has = |action: &str, kind: &str| done.contains(&(action.to_owned(), kind.to_owned()));
    for kind in [
        "auth_mount",
        "secrets_mount",
        "jwt_config",
        "aws_root",
        "aws_lease",
        "policy",
        "jwt_role",
        "jwt_cel_role",
        "aws_role",
        "aws_static_role",
    ] {
        let is_there = kind != "jwt_cel_role" || vault.has(Feature::CelRoles);
        // A configuration goes with its mount.
        let is_deleted = match kind {
            "jwt_config" | "aws_root" | "aws_lease" => false,
            "aws_static_role" => vault.has(Feature::StaticRoleLists),
            _ => is_there,
        };
        assert_eq!(has("create", kind), is_there, "{kind}: {done:?}");
        assert_eq!(has("update", kind), is_there, "{kind}: {done:?}");
        assert_eq!(has("delete", kind), is_deleted, "{kind}: {done:?}");
    }
}

#[test]
fn the_printed_policy_is_enough_to_find_fields_that_the_server_lacks() {
    let platform = |role: &str, aws_role: &str| {
        format!(
            "version: 1\nauth: {{gitlab: {{type: jwt, roles: {{job: {{user_claim: sub, bound_audiences: [a]{role}}}}}}}}}\n\
             secrets: {{aws: {{type: aws, roles: {{dev: {{role_arns: ['arn:aws:iam::123456789012:role/a']{aws_role}}}}}}}}}\n"
        )
    };
    let (vault, mappings) = (Vault::start(), Mappings::of(&platform("", "")));
    Tool::new(&vault, &mappings).apply().assert().success();
    mappings.write(
        "vault.yaml",
        platform(
            ", token_strictly_bind_ip: true",
            ", session_tags: {team: a}",
        ),
    );
    let planner = with_printed_policy(&vault, &mappings, "plan");
    let said = stderr(&planner.plan().assert().code(1));
    let (lacking, known) = if vault.is_openbao() {
        ("aws/roles/dev: `session_tags`", "token_strictly_bind_ip")
    } else {
        (
            "auth/gitlab/role/job: `token_strictly_bind_ip`",
            "session_tags",
        )
    };
    assert!(said.contains(lacking) && !said.contains(known), "{said}");
}
