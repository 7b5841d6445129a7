//! Answers about all jobs do not depend on a list of known jobs.

use serde_json::json;

use super::explain;
use crate::support::{Mappings, Tool, Vault, stderr, stdout};

const PLATFORM: &str = "vault.yaml";
const SOMEPROJECT: &str = "projects/somenamespace/someproject.yaml";
const WEBSITE: &str = "projects/somenamespace/website.yaml";

/// The shipped files with edits of `vault.yaml`, and without the contract, which some of them break.
fn edited(edits: &[(&str, &str)]) -> Mappings {
    let mappings = Mappings::shipped();
    mappings.remove("contract.yaml");
    for (from, to) in edits {
        mappings.replace(PLATFORM, from, to);
    }
    mappings
}

/// The shipped files and a role for an environment that no project has, whose jobs get what prod's get.
fn with_canary() -> Mappings {
    edited(&[(
        "    roles:\n      # One user",
        "    roles:
      canary:
        user_claim: project_id
        bound_audiences: [https://vault.example.com]
        bound_claims: {environment: canary}
        claim_mappings: {project_id: project_id}
        token_policies: [aws-prod]
        token_explicit_max_ttl: 10m
      # One user",
    )])
}

/// What each edit of the shipped files changes, against a server that holds them.
#[test]
fn a_plan_shows_whose_access_changes_and_no_other() {
    let (vault, shipped) = (Vault::start(), Mappings::shipped());
    Tool::new(&vault, &shipped).apply().assert().success();
    // The section on access of a plan's text.
    let access = |mappings: &Mappings| {
        let planned = stdout(&Tool::new(&vault, mappings).plan().assert());
        let section = planned.split_once("Access, by this change:\n");
        section
            .map(|(_, rest)| rest.split("\n\n").next().unwrap().to_owned())
            .unwrap_or_default()
    };

    let gained = access(&with_canary());
    for (id, path) in [("365", "someproject"), ("412", "website")] {
        let line = format!(
            "+ project {id} (somenamespace/{path}), environment canary, any branch or tag: arn:"
        );
        assert!(gained.contains(&line), "{gained}");
    }

    let without_prod = edited(&[("    prod: {protected: true}\n", "")]);
    for file in [SOMEPROJECT, WEBSITE] {
        let text = without_prod.read(file);
        let kept = text.lines().filter(|line| !line.starts_with("  prod:"));
        without_prod.write(file, kept.collect::<Vec<_>>().join("\n") + "\n");
    }
    let lost = access(&without_prod);
    let is_loss = |line: &str| line.starts_with("- project ");
    assert!(
        lost.lines().count() == 2 && lost.lines().all(is_loss),
        "{lost}"
    );

    let renamed = edited(&[
        ("token_policies: [aws]", "token_policies: [jobs]"),
        ("\n  aws:\n    rules:", "\n  jobs:\n    rules:"),
    ]);
    assert_eq!(access(&renamed), "");

    let without_website = edited(&[]);
    without_website.remove(WEBSITE);
    let lost = access(&without_website);
    let is_of_website = |line: &str| line.starts_with("- project 412");
    assert!(
        lost.lines().count() == 2 && lost.lines().all(is_of_website),
        "{lost}"
    );

    let breakglass = "path \"aws/sts/*\" { capabilities = [\"update\"] }";
    let path = "sys/policies/acl/breakglass";
    vault.root.write(path, &json!({"policy": breakglass}));
    let elsewhere = edited(&[("token_policies: [aws]", "token_policies: [aws, breakglass]")]);
    let gained = access(&elsewhere);
    assert!(!gained.contains("unknown"), "{gained}");
    assert!(
        gained.contains("+ any project except 365") && gained.contains(":role/gitlab-build"),
        "{gained}"
    );
    let offline = explain(&Tool::offline(&elsewhere), &["--account", "123456789013"]);
    assert!(
        offline.starts_with(
            "! unknown: policy breakglass may allow anything, because it is not among"
        ),
        "{offline}"
    );
}

#[test]
fn jobs_that_no_file_names_are_reported() {
    let canary = with_canary();
    let tool = Tool::offline(&canary);
    let run = tool.run(["validate", "--deny-warnings"]).assert().code(1);
    let warnings = stderr(&run);
    assert!(
        warnings.contains("`canary` grants `prod` to branches that are not protected"),
        "{warnings}"
    );
    let reached = explain(&tool, &["--account", "123456789013"]);
    assert!(
        reached.contains(
            "+ project 412 (somenamespace/website), environment canary, any branch or tag"
        ),
        "{reached}"
    );

    let two = edited(&[
        (
            "\nsecrets:\n",
            "
  other:
    type: jwt
    config: {jwks_url: https://git-b.example.com/-/jwks, bound_issuer: https://git-b.example.com}
    roles:
      jobs:
        user_claim: project_id
        bound_audiences: [https://vault.example.com]
        claim_mappings: {project_id: project_id}
        token_policies: [other]

secrets:
",
        ),
        (
            "\npolicies:\n",
            "
policies:
  other:
    rules:
      - path: aws/sts/{{identity.entity.aliases.${auth.other.accessor}.metadata.project_id}}-prod
        capabilities: [update]
",
        ),
    ]);
    let matrix = explain(&Tool::offline(&two), &["--matrix"]);
    for who in [
        "project 412 of https://git-b.example.com, any environment or none, any branch or tag\n",
        "project 412 of https://git.example.com, environment prod, protected refs only, deployments only\n",
    ] {
        assert!(matrix.contains(who), "{matrix}");
    }
}

#[test]
fn a_rule_that_cannot_be_read_hides_no_other() {
    let mappings = edited(&[
        (
            "  aws:\n    rules:\n",
            "  wide: {file: policies/wide.hcl}\n  aws:\n    rules:\n",
        ),
        ("token_policies: [aws]", "token_policies: [aws, wide]"),
    ]);
    mappings.write(
        "policies/wide.hcl",
        r#"
path "aws/sts/365-dev" { capabilities = ["update"] }
path "sys/policies/acl/*" { capabilities = ["update", "sudo"] }
path "x" { capabilities = ["read"] allowed_parameters = { "a" = [["b"]] } }
"#,
    );
    let tool = Tool::offline(&mappings);
    let warnings = stderr(&tool.run(["validate"]).assert().success());
    assert!(warnings.contains("warning[sudo]"), "{warnings}");
    let reached = explain(&tool, &["--arn", "*12:role/gitlab-service-role"]);
    let any_job = "any project, any environment or none, any branch or tag";
    assert!(
        reached.contains(&format!("+ {any_job}  [aws/sts/365-dev through")),
        "{reached}"
    );
    let power = format!(
        "! unknown: {any_job} through auth/gitlab/role/aws may get anything by policy wide, because it lets its \
         holders write sys/policies/acl/any"
    );
    assert!(reached.starts_with(&power), "{reached}");
}
