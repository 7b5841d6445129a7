//! The JSON Schema of `schema`: what editors complete and underline.

use std::path::Path;

use serde_json::Value;

use super::{PLATFORM, PROJECT};
use crate::support::{Mappings, Tool, stdout};

fn schema() -> Value {
    let run = Tool::offline(&Mappings::empty())
        .run(["schema"])
        .assert()
        .success();
    serde_json::from_str(&stdout(&run)).unwrap()
}

fn json(yaml: &str) -> Value {
    serde_yaml::from_str(yaml).unwrap()
}

/// Every place in the schema that has properties, with their names and schemas.
fn properties<'s>(path: &str, schema: &'s Value, found: &mut Vec<(String, &'s Value)>) {
    match schema {
        Value::Object(members) => {
            for (key, member) in members {
                if key == "properties" {
                    for (name, property) in member.as_object().unwrap() {
                        found.push((format!("{path}.{name}"), property));
                    }
                }
                properties(&format!("{path}.{key}"), member, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                properties(path, item, found);
            }
        }
        _ => {}
    }
}

#[test]
fn it_is_a_schema_in_which_every_field_is_described() {
    let schema = schema();
    jsonschema::meta::validate(&schema).unwrap();
    let mut found = Vec::new();
    properties("", &schema, &mut found);
    assert!(found.len() > 80, "{}", found.len());
    let undescribed: Vec<_> = found
        .iter()
        .filter(|(_, property)| property["description"].as_str().is_none_or(str::is_empty))
        .map(|(path, _)| path)
        .collect();
    assert!(undescribed.is_empty(), "{undescribed:#?}");
}

#[test]
fn it_takes_what_validate_takes() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let takes = |name: &str, text: &str| {
        let errors: Vec<String> = validator
            .iter_errors(&json(text))
            .map(|e| format!("{}: {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    };
    for folder in [
        "mappings",
        "tests/fixtures/article",
        "tests/fixtures/sample",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for file in yaml_files(&folder) {
            takes(
                &file.display().to_string(),
                &std::fs::read_to_string(&file).unwrap(),
            );
        }
    }
    takes("platform", PLATFORM);
    takes("project", PROJECT);
    takes("contract", CONTRACT);
    takes(
        "the rest",
        r#"
version: 1
auth:
  gitlab:
    type: jwt
    token_type: default-batch
    listing_visibility: unauth
    config: {jwt_validation_pubkeys: [a], provider_config: {provider: gsuite, fetch_groups: true}}
    roles:
      "aws-{environment}":
        for_each: environments
        role_type: jwt
        user_claim: project_id
        bound_claims: {environment: "{environment}", ref: [main, release]}
        bound_claims_type: glob
        protected_bound_claims: {ref_protected: "true"}
        expiration_leeway: -1
        token_ttl: 90
        token_max_ttl: 1h30m
        token_type: batch
secrets:
  team/aws:
    type: aws
    config: {access_key_env: KEY, secret_key_file: /run/key, region: eu-west-1, max_retries: -1}
    lease: {lease: 1h, lease_max: 24h}
    roles:
      a: {allow: {unused-role: "used by hand"}, credential_type: iam_user, policy_document: {Version: "2012-10-17"}, iam_tags: {a: b}}
      b: {credential_type: federation_token, policy_document: "{}", policy_arns: x}
policies:
  "aws-{environment}":
    for_each: environments
    rules:
      - {path: "aws/*", capabilities: [create, read, update, delete, list, sudo, deny, patch, scan, subscribe, recover]}
      - path: x
        capabilities: []
        description: nothing
        required_parameters: [a]
        allowed_parameters: {ttl: ["1h", 1, true], other: []}
        denied_parameters: {x: []}
        min_wrapping_ttl: 1m
        max_wrapping_ttl: 600
  file: {file: policies/x.hcl}
mappings: {secrets: team/aws, role_name: "x-{project_id}.{environment}", protected_environments: [prod]}
guardrails: {max_delete_percent: 0}
unmanaged: {aws_roles: ["*"]}
removed: [{auth: old}, {secrets: old/er}, {policy: oldest}]
"#,
    );
    takes(
        "project with settings",
        "project: a/b/c\nid: 1\nenvironments:\n  dev: {role_arn: arn:aws:iam::123456789012:role/x, default_sts_ttl: 15m, session_tags: {a: b}, external_id: y}\ndefault: arn:aws-cn:iam::123456789012:role/path/x\n",
    );
}

/// A contract in which nothing is wrong.
const CONTRACT: &str = r#"version: 1
expect:
  - name: production
    roles: ["arn:aws:iam::123456789013:role/*", arn:aws:iam::123456789012:role/x]
    only: {ref: ["main", "release/*"], ref_protected: "true"}
  - {name: admin, roles: ["*:role/admin"], only: nobody}
  - name: deploys
    job: {project: a/b, environment: review/x, claims: {ref_protected: "true"}}
    reaches: [arn:aws:iam::123456789013:role/website]
"#;

#[test]
fn it_refuses_what_an_editor_should_underline() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let in_platform = [
        ("version: 1\n", ""),
        ("version: 1", "version: 2"),
        ("version: 1", "version: \"1\""),
        ("policies:", "polices:"),
        ("user_claim:", "user_claims:"),
        ("user_claim: project_id", "user_claim: 1"),
        ("type: jwt", "type: JWT"),
        (
            "      aws:\n        user_claim",
            "      AWS:\n        user_claim",
        ),
        (
            "      aws:\n        user_claim",
            "      aws/x:\n        user_claim",
        ),
        ("  gitlab:\n", "  gitlab/:\n"),
        ("[aws]\n", "[aws]\n        for_each: projects\n"),
        ("[aws]\n", "[aws]\n        token_type: servicee\n"),
        (
            "{environment: dev, project_id: \"365\"}",
            "{project_id: 7012}",
        ),
        (
            "{environment: dev, project_id: \"365\"}",
            "{ref_protected: true}",
        ),
        ("default_lease_ttl: 30m", "default_lease_ttl: 30 minutes"),
        ("default_lease_ttl: 30m", "default_lease_ttl: -1"),
        ("default_lease_ttl: 30m", "default_lease_ttl: \"\""),
        ("{role_arns:", "{access_key: x, role_arns:"),
        ("{role_arns:", "{credential_type: assume_role, role_arns:"),
        ("[update]", "[write]"),
        ("    rules:\n", "    file: x.hcl\n    rules:\n"),
        ("\"{project_id}-{environment}\"", "\"{project_id}\""),
        ("[\"123456789012\"]", "[123456789012]"),
        ("[\"123456789012\"]", "[\"1234567890\"]"),
        (
            "mappings:\n",
            "removed: [{auth: a, policy: b}]\nmappings:\n",
        ),
        (
            "mappings:\n",
            "guardrails: {max_delete_percent: 101}\nmappings:\n",
        ),
        (
            "    roles:\n      tools",
            "    config: {access_key: AKIA}\n    roles:\n      tools",
        ),
    ];
    let in_project = [
        ("id: 365\n", ""),
        ("365", "\"365\""),
        ("365", "0"),
        ("team/app", "app"),
        ("dev:", "\"dev!\":"),
        ("environments:", "enviroments:"),
        ("arn:aws:iam::123456789012:role/app", "app"),
        (
            "arn:aws:iam::123456789012:role/app",
            "arn:aws:iam::123456789012:user/app",
        ),
        (
            "arn:aws:iam::123456789012:role/app",
            "{arn: arn:aws:iam::123456789012:role/app}",
        ),
        (
            "arn:aws:iam::123456789012:role/app",
            "{role_arn: arn:aws:iam::123456789012:role/app, max_sts_ttl: soon}",
        ),
    ];
    let platform = in_platform.map(|change| (PLATFORM, change));
    let project = in_project.map(|change| (PROJECT, change));
    let in_contract = [
        ("version: 1\n", ""),
        ("roles: [\"*:role/admin\"]", "roles: []"),
        ("\"*:role/admin\"", "role/admin"),
        ("only: nobody", "only: everyone"),
        ("only: nobody", "only: {}"),
        ("only: nobody", "only: {ref_protected: true}"),
        ("only: nobody", "only: nobody, job: {project: a/b}"),
        (
            "    reaches: [arn:aws:iam::123456789013:role/website]\n",
            "",
        ),
        ("project: a/b", "project: a"),
        ("name: admin, ", ""),
    ];
    let contract = in_contract.map(|change| (CONTRACT, change));
    for (text, (from, to)) in platform.into_iter().chain(project).chain(contract) {
        assert!(text.contains(from), "{from}");
        assert!(
            !validator.is_valid(&json(&text.replacen(from, to, 1))),
            "{from:?} -> {to:?}"
        );
    }
    for text in ["- a", "text", "{}", "null"] {
        assert!(!validator.is_valid(&json(text)), "{text}");
    }
}

fn yaml_files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            files.push(path);
        }
    }
    files
}
