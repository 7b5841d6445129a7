//! Jobs of other projects that include a template, and ask AWS who they are.

use serde_json::json;

use super::{CREDENTIALS, Clone, shipped};
use crate::support::{Mappings, Tool, Vault, id_token};

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn jobs_get_credentials_by_the_component_of_each_vault() {
    let vaults = [Vault::start(), Vault::start()];
    let include = |prefix: &str, vault: &Vault| {
        format!(
            "  - local: {CREDENTIALS}\n    inputs: {{prefix: '{prefix}', address: '{}', audience: 'https://vault.example.com'}}\n",
            vault.address()
        )
    };
    let [eu, us] = &vaults;
    let clone = Clone::new(&format!(
        "include:\n{}{}\n\
         eu: {{extends: .eu-aws-credentials, environment: dev, script: [$AWS_CLI sts get-caller-identity]}}\n\
         us: {{extends: .us-aws-credentials, environment: dev, script: [$AWS_CLI sts get-caller-identity]}}\n",
        include("eu-", eu),
        include("us-", us),
    ));
    clone.write(CREDENTIALS, &shipped(CREDENTIALS));
    clone.commit();
    for (vault, role) in vaults.iter().zip(["in-europe", "in-america"]) {
        let mappings = Mappings::shipped();
        mappings.remove("contract.yaml");
        mappings.replace(
            "projects/somenamespace/someproject.yaml",
            "  dev: arn:aws:iam::123456789012:role/gitlab-service-role",
            &format!("  dev: arn:aws:iam::123456789012:role/{role}"),
        );
        Tool::new(vault, &mappings).apply().assert().success();
    }
    let (ends, told) = clone.pipeline_with_aws(&[
        ("CI_PROJECT_ID", "365"),
        ("VAULT_ID_TOKEN", &id_token(&json!({"environment": "dev"}))),
    ]);
    assert_eq!(ends, "eu PASS, us PASS", "{told}");
    for role in ["in-europe", "in-america"] {
        assert!(told.contains(&format!("assumed-role/{role}/")), "{told}");
    }
}

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn a_project_that_includes_the_template_gets_its_credentials() {
    let vault = Vault::start();
    let mappings = Mappings::shipped();
    Tool::new(&vault, &mappings).apply().assert().success();
    let clone = Clone::new(
        "\
include: [{local: templates/aws-credentials.yml}]
deploy:
  extends: .aws-credentials
  environment: dev
  script:
    - $AWS_CLI sts get-caller-identity
",
    );
    clone.write(
        "templates/aws-credentials.yml",
        &shipped("templates/aws-credentials.yml"),
    );
    clone.commit();
    let (ends, told) = clone.pipeline_with_aws(&[
        ("CI_PROJECT_ID", "365"),
        ("VAULT_ADDR", vault.address()),
        ("VAULT_ID_TOKEN", &id_token(&json!({"environment": "dev"}))),
    ]);
    assert_eq!(ends, "deploy PASS", "{told}");
    assert!(
        told.contains("123456789012:assumed-role/gitlab-service-role/"),
        "{told}"
    );
    assert!(!told.contains("aws-credentials:"), "{told}");
}
