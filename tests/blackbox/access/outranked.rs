//! The lint `outranked-deny` says what the server does: a `deny` with a wildcard stops a path, or it does not.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, gets, log_in, stderr};

/// A rule that denies `aws/sts/365-prod`, and one that allows it; `ID` is the project's id as a template.
const RULES: [(&str, &str); 14] = [
    ("aws/sts/*", "aws/sts/365-prod"),
    ("aws/*", "aws/sts/ID-prod"),
    ("aws/+/365-prod", "aws/sts/ID-prod"),
    ("+/sts/365-prod", "aws/+/365-prod"),
    ("aws/sts/+", "aws/sts/365*"),
    ("aws/+/365-*", "aws/sts/*"),
    ("aws/sts/ID-*", "aws/sts/365-prod"),
    ("aws/+/+", "aws/+/365-prod"),
    ("aws/sts/365-prod", "aws/sts/*"),
    ("aws/sts/365-*", "aws/sts/+"),
    ("aws/sts/ID*", "aws/sts/+"),
    ("aws/sts/365-*", "aws/+/365-prod"),
    ("aws/sts/365-pro*", "aws/sts/ID-*"),
    ("aws/sts/ID-prod", "aws/sts/+"),
];

#[test]
fn the_lint_names_each_deny_that_does_not_stop_a_job_and_no_other() {
    let vault = Vault::start();
    let mut roles = String::new();
    let mut policies = String::new();
    for (number, (deny, allow)) in RULES.iter().enumerate() {
        let template = "{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}";
        let [deny, allow] = [deny, allow].map(|path| path.replace("ID", template));
        writeln!(
            roles,
            "      r{number}: {{user_claim: project_id, bound_audiences: [https://vault.example.com], bound_claims: {{project_id: \"365\"}}, \
             claim_mappings: {{project_id: project_id}}, token_policies: [p{number}]}}"
        )
        .unwrap();
        writeln!(
            policies,
            "  p{number}:\n    rules:\n      - {{path: \"{deny}\", capabilities: [deny]}}\n      - {{path: \"{allow}\", capabilities: [update]}}"
        )
        .unwrap();
    }
    let mappings = Mappings::of(&format!(
        "version: 1\nauth:\n  gitlab:\n    type: jwt\n    config: {{jwks_url: \"{}\", bound_issuer: https://git.example.com}}\n    roles:\n{roles}\
         secrets:\n  aws:\n    type: aws\n    roles:\n      365-prod: {{role_arns: [arn:aws:iam::123456789013:role/prod]}}\n\
         policies:\n{policies}",
        crate::support::Shared::jwks_url(),
    ));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let platform = mappings.read("vault.yaml");
    let lines: Vec<&str> = platform.lines().collect();
    let run = tool.run(["validate", "--log-format", "json"]).assert();
    let messages = stderr(&run.success());
    let messages = messages
        .lines()
        .map(|line| -> Value { serde_json::from_str(line).unwrap() });
    let of_lint = messages.filter(|message| message["code"] == "outranked-deny");
    let named: BTreeSet<String> = of_lint
        .map(|message| {
            let said = message["message"].as_str().unwrap();
            assert!(said.contains("does not stop `aws/sts/365-prod`"), "{said}");
            let line = message["line"].as_u64().unwrap();
            let line = usize::try_from(line).unwrap();
            lines[line - 3].trim().trim_end_matches(':').to_owned()
        })
        .collect();
    let claims = json!({"project_id": "365"});
    let outranked: BTreeSet<String> = (0..RULES.len())
        .filter(|number| gets(&log_in(&vault, &format!("r{number}"), &claims), "365-prod"))
        .map(|number| format!("p{number}"))
        .collect();
    assert_eq!(named, outranked);
    assert!(
        outranked.len() > 5 && outranked.len() < RULES.len() - 4,
        "{outranked:?}"
    );
}
