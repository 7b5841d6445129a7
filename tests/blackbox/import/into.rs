//! `import --into`: existing files declare what someone set in Vault, and nothing else in them changes.

use std::fs;

use assert_cmd::assert::Assert;
use serde_json::{Value, json};
use similar::TextDiff;

use crate::support::{Mappings, Shared, Tool, Vault, stderr, stdout};

const FILES: [&str; 3] = [
    "vault.yaml",
    "projects/somenamespace/someproject.yaml",
    "projects/somenamespace/website.yaml",
];

fn import_into(tool: &Tool, mappings: &Mappings, arguments: &[&str]) -> Assert {
    let folder = mappings.path().to_str().unwrap();
    let import = ["import", "--into", folder];
    tool.run(import.iter().chain(arguments)).assert()
}

/// A server with the shipped files.
fn applied() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    (vault, mappings, tool)
}

/// Changes fields of what Vault holds, as an administrator's command does.
fn set(vault: &Vault, path: &str, fields: &serde_json::Value) {
    let mut all = vault.root.read(path).unwrap();
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    vault.root.write(path, &all);
}

/// The lines that differ between the files of two times.
fn differences(before: &[String], mappings: &Mappings) -> String {
    let mut all = String::new();
    for (file, before) in FILES.iter().zip(before) {
        let after = mappings.read(file);
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        let mut diff = diff.unified_diff();
        all += &diff.context_radius(0).header(file, file).to_string();
    }
    all.replace(Shared::jwks_url(), "https://git.example.com/-/jwks")
}

fn texts(mappings: &Mappings) -> Vec<String> {
    FILES.iter().map(|file| mappings.read(file)).collect()
}

#[test]
fn what_someone_set_in_vault_becomes_lines_in_their_places() {
    let (vault, mappings, tool) = applied();
    let root = &vault.root;
    set(&vault, "aws/roles/365-dev", &json!({"max_sts_ttl": 2700}));
    let arn = "arn:aws:iam::123456789012:role/other";
    set(&vault, "aws/roles/412-dev", &json!({"role_arns": [arn]}));
    root.write(
        "aws/roles/412-staging",
        &json!({"credential_type": "assumed_role", "role_arns": [arn]}),
    );
    root.write(
        "aws/roles/412",
        &json!({"credential_type": "assumed_role", "role_arns": [arn]}),
    );
    root.delete("aws/roles/412-prod");
    let arns = json!({"role_arns": [arn, "arn:aws:iam::123456789012:role/gitlab-tools"]});
    set(&vault, "aws/roles/gitlab-tools", &arns);
    set(
        &vault,
        "auth/gitlab/role/aws",
        &json!({"token_explicit_max_ttl": 900, "bound_audiences": ["https://vault.example.com", "https://other.example.com"]}),
    );
    for environment in ["dev", "staging", "review", "prod"] {
        set(
            &vault,
            &format!("auth/gitlab/role/aws-{environment}"),
            &json!({"token_explicit_max_ttl": 300}),
        );
    }
    set(
        &vault,
        "auth/gitlab/role/vault-provisioner-plan",
        &json!({"bound_claims": {"project_id": "7012", "ref_protected": "true"}}),
    );
    root.write(
        "auth/gitlab/role/release",
        &json!({
            "role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
            "bound_claims": {"project_id": "365", "ref_type": "tag"}, "claim_mappings": {"project_id": "project_id"},
            "token_policies": ["aws"], "token_explicit_max_ttl": 600,
        }),
    );
    root.write("sys/mounts/aws/tune", &json!({"max_lease_ttl": "2h"}));
    let policy = root.read("sys/policies/acl/aws").unwrap()["policy"].clone();
    let policy = policy.as_str().unwrap().replace(
        "path \"aws/sts/gitlab-tools\" {\n  capabilities = [\"update\"]",
        "path \"aws/sts/more\" {\n  capabilities = [\"read\"]\n}\npath \"aws/sts/gitlab-tools\" {\n  capabilities = [\"read\", \"update\"]",
    );
    root.write("sys/policies/acl/aws", &json!({"policy": policy}));

    let before = texts(&mappings);
    let run = import_into(&tool, &mappings, &[]).success();
    let folder = mappings.path().display().to_string();
    insta::assert_snapshot!("stdout", stdout(&run).replace(&folder, "mappings"));
    assert!(!stderr(&run).contains("not placed"), "{}", stderr(&run));
    insta::assert_snapshot!("differences", differences(&before, &mappings));
    let changes = tool.plan_json()["changes"].clone();
    let changes: Vec<&Value> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["path"])
        .collect();
    assert_eq!(
        changes,
        ["sys/policies/acl/vault-provisioner"],
        "only what is computed from the files"
    );
    tool.apply().assert().success();

    let after = texts(&mappings);
    let again = import_into(&tool, &mappings, &[]).success();
    assert!(
        stdout(&again).contains("nothing to do"),
        "{}",
        stdout(&again)
    );
    assert_eq!(texts(&mappings), after);
}

#[test]
fn what_has_no_place_is_named_and_the_rest_is_placed() {
    let (vault, mappings, tool) = applied();
    let root = &vault.root;
    // One copy of a role that the files declare for all environments.
    set(
        &vault,
        "auth/gitlab/role/aws-dev",
        &json!({"token_explicit_max_ttl": 300}),
    );
    root.delete("auth/gitlab/role/aws-staging");
    root.write(
        "sys/policies/acl/vault-provisioner-plan",
        &json!({"policy": "path \"a\" { capabilities = [\"read\"] }"}),
    );
    root.write(
        "aws/roles/900-dev",
        &json!({"credential_type": "assumed_role", "role_arns": ["arn:aws:iam::123456789012:role/other"]}),
    );
    set(&vault, "aws/roles/365-dev", &json!({"max_sts_ttl": 2700}));

    let before = texts(&mappings);
    let run = import_into(&tool, &mappings, &[]).code(2);
    let folder = mappings.path().display().to_string();
    insta::assert_snapshot!("left_stdout", stdout(&run).replace(&folder, "mappings"));
    let told = stderr(&run);
    let told = told.lines().filter(|line| !line.contains("static-roles"));
    insta::assert_snapshot!("left_stderr", told.collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!("left_differences", differences(&before, &mappings));
}

#[test]
fn a_project_without_a_file_gets_one_at_its_path() {
    let (vault, mappings, tool) = applied();
    vault.root.write(
        "aws/roles/900-dev",
        &json!({"credential_type": "assumed_role", "role_arns": ["arn:aws:iam::123456789012:role/other"]}),
    );
    fs::write(tool.home().join("projects.txt"), "900 shop/checkout\n").unwrap();
    import_into(&tool, &mappings, &["--projects", "projects.txt"]).success();
    insta::assert_snapshot!(mappings.read("projects/shop/checkout.yaml"));
    tool.run(["plan", "--detailed-exitcode"]).assert().code(0);
}

#[test]
fn a_folder_with_mistakes_stays_as_it_is() {
    let (vault, mappings, tool) = applied();
    set(&vault, "aws/roles/365-dev", &json!({"max_sts_ttl": 2700}));
    mappings.append("vault.yaml", "unknown_key: 1\n");
    let before = texts(&mappings);
    let run = import_into(&tool, &mappings, &[]).code(1);
    assert!(stderr(&run).contains("unknown_key"), "{}", stderr(&run));
    assert_eq!(texts(&mappings), before);
    let missing = mappings.path().join("missing");
    let run = tool
        .run(["import", "--into", missing.to_str().unwrap()])
        .assert();
    assert!(stderr(&run.code(1)).contains("error[missing-directory]"));
    assert!(!missing.exists());
}
