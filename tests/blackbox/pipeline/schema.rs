//! The pipelines that this repository ships and that `init` writes are valid by GitLab's own schema.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::shipped;
use crate::support::{Component, Mappings, Tool};

/// What GitLab's pipeline editor checks files with. It takes no merge keys, which GitLab carries out first.
fn validator() -> jsonschema::Validator {
    let schema: Value =
        serde_json::from_str(&shipped("tests/fixtures/schemas/gitlab-ci.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A file of YAML with its merges carried out.
fn document(text: &str) -> Value {
    let mut document: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
    document.apply_merge().unwrap();
    serde_json::to_value(document).unwrap()
}

fn assert_valid(name: &str, document: &Value) {
    let validator = validator();
    let errors = validator.iter_errors(document);
    let errors: Vec<String> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

/// The jobs of a component with the inputs that it demands.
fn jobs(name: &str, prefix: &str) -> Value {
    let address = "https://vault.example.com";
    let inputs = json!({"address": address, "audience": address, "prefix": prefix});
    document(&Component::read(name).text(&inputs))
}

#[test]
fn the_shipped_pipelines_are_valid_by_gitlabs_schema() {
    for file in [
        ".gitlab-ci.yml",
        "dev/release.gitlab-ci.yml",
        "templates/aws-credentials.yml",
    ] {
        assert_valid(file, &document(&shipped(file)));
    }
    for name in Component::ALL {
        let text = shipped(&format!("templates/{name}.yml"));
        let (header, _) = text.split_once("\n---\n").unwrap();
        assert_valid(name, &document(header));
        for prefix in ["", "eu-"] {
            assert_valid(name, &jobs(name, prefix));
        }
    }
}

#[test]
fn what_init_writes_is_valid_by_gitlabs_schema() {
    let tool = Tool::offline(&Mappings::empty());
    let folder = tempfile::tempdir().unwrap();
    let mut init = tool.run([
        "init",
        "--vault",
        "https://vault.example.com",
        "--gitlab",
        "https://git.example.com",
    ]);
    init.args(["--project-id", "7012"])
        .arg(folder.path())
        .assert()
        .success();
    let read = |file: &str| fs::read_to_string(folder.path().join(Path::new(file))).unwrap();
    assert_valid(".gitlab-ci.yml", &document(&read(".gitlab-ci.yml")));
    let readme = read("README.md");
    let blocks: Vec<&str> = readme.split("```yaml\n").skip(1).collect();
    let job = blocks
        .iter()
        .find(|block| block.contains("extends:"))
        .unwrap();
    assert_valid("README.md", &document(job.split("```").next().unwrap()));
}

/// Otherwise the schema would find nothing.
#[test]
fn gitlabs_schema_refuses_what_gitlab_refuses() {
    for (pointer, value) in [
        ("/validate/artifacts/access", json!("everyone")),
        ("/validate/artifacts/reports/codequality", json!({})),
        ("/apply/interruptible", json!("no")),
        ("/apply/rules/1/when", json!("sometimes")),
        ("/apply/environment", json!([])),
        ("/plan/script", json!({})),
    ] {
        let mut jobs = jobs("pipeline", "");
        *jobs
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("{pointer}")) = value;
        assert!(!validator().is_valid(&jobs), "{pointer}");
    }
}
