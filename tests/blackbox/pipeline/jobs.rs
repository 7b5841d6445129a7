//! Which jobs a pipeline has.

use std::fs;
use std::process;

use serde_json::Value;

use super::{COMPONENT, Clone, NEW_PROJECT, shipped};
use crate::support::{Mappings, Tool};

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn jobs_are_there_where_there_is_something_to_do() {
    let schedule = [("CI_PIPELINE_SOURCE", "schedule")];
    let merge_request = [("CI_PIPELINE_SOURCE", "merge_request_event")];
    let clone = Clone::of_the_provisioner();
    clone.write("README.md", "Hello");
    clone.commit();
    assert_eq!(clone.jobs(&[]), "", "no mappings");

    clone.add_mappings();
    clone.commit();
    let checks = "validate on_success, plan on_success";
    assert_eq!(
        clone.jobs(&[]),
        format!("{checks}, apply manual"),
        "new mappings"
    );
    assert_eq!(
        clone.jobs(&schedule),
        "check on_success, expire on_success, drift on_success"
    );

    clone.push();
    clone.git(&["checkout", "--quiet", "-b", "branch"]);
    clone.write("README.md", "Hello again");
    clone.commit();
    assert_eq!(clone.jobs(&[]), "", "the same mappings");
    clone.write(
        "mappings/projects/somenamespace/newproject.yaml",
        NEW_PROJECT,
    );
    clone.commit();
    assert_eq!(clone.jobs(&[]), checks, "a branch");
    let with_check = "validate on_success, check on_success, access on_success, plan on_success";
    assert_eq!(clone.jobs(&merge_request), with_check, "a merge request");
}

/// Only the default branch publishes, and by default only where the project is for members.
#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn only_the_default_branch_of_a_private_project_publishes_its_page() {
    let clone = Clone::of_the_provisioner();
    clone.add_mappings();
    clone.commit();
    let publishes = |visibility: &str, branch: &str| {
        let variables = [
            ("CI_PROJECT_VISIBILITY", visibility),
            ("CI_COMMIT_BRANCH", branch),
        ];
        clone.jobs(&variables).contains("pages on_success")
    };
    let published = ["private", "internal", "public"].map(|one| publishes(one, "main"));
    assert_eq!(published, [true, false, false]);
    assert!(!publishes("private", "other"));
    for (choice, expected) in [("always", true), ("never", false)] {
        let pipeline = shipped(".gitlab-ci.yml");
        let input = format!("    inputs:\n      pages: {choice}\n");
        clone.write(".gitlab-ci.yml", &pipeline.replace("    inputs:\n", &input));
        clone.commit();
        let published = ["private", "public"].map(|one| publishes(one, "main"));
        assert_eq!(published, [expected; 2], "{choice}");
        assert!(!publishes("private", "other"), "{choice}");
    }
}

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn a_new_repository_has_the_jobs_of_the_component() {
    let folder = tempfile::tempdir().unwrap();
    let tool = Tool::offline(&Mappings::empty());
    let init = tool.run([
        "init",
        "--vault",
        "https://vault.example.com",
        "--gitlab",
        "https://git.example.com",
        "--project-id",
        "7012",
    ]);
    { init }.arg(folder.path()).assert().success();
    let pipeline = fs::read_to_string(folder.path().join(".gitlab-ci.yml")).unwrap();
    let (include, _) = pipeline.split_once("    inputs:").unwrap();
    let (_, component) = include.rsplit_once("  - ").unwrap();
    assert!(component.starts_with("component: $CI_SERVER_FQDN/devops/vault-provisioner/pipeline@"));
    let clone =
        Clone::with_component(&pipeline.replace(component, &format!("local: {COMPONENT}\n")));
    let moved = process::Command::new("mv")
        .args([
            folder.path().join("mappings"),
            clone.folder.path().to_owned(),
        ])
        .status();
    assert!(moved.unwrap().success());
    clone.commit();
    let jobs = clone.jobs(&[]);
    assert_eq!(jobs, "validate on_success, plan on_success, apply manual");
}

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn without_an_image_by_its_digest_nothing_runs_but_a_job_that_says_so() {
    let clone = Clone::of_the_provisioner();
    clone.add_mappings();
    clone.commit();
    for image in ["", "registry.example.com/devops/vault-provisioner:0.1.0"] {
        for source in ["push", "schedule"] {
            let variables = [
                ("VAULT_PROVISIONER_IMAGE", image),
                ("CI_PIPELINE_SOURCE", source),
            ];
            assert_eq!(clone.jobs(&variables), "image-without-digest on_success");
        }
    }
}

/// Any branch's job can name a resource group, and hold up whatever else names it.
#[test]
fn no_job_of_the_shipped_pipeline_waits_for_a_job_of_a_branch() {
    let component = shipped(COMPONENT);
    let (header, jobs) = component.split_once("\n---\n").unwrap();
    let header: Value = serde_yaml::from_str(header).unwrap();
    let inputs = &header["spec"]["inputs"];
    let jobs: Value = serde_yaml::from_str(jobs).unwrap();
    for (name, job) in jobs.as_object().unwrap() {
        assert!(job.get("resource_group").is_none(), "{name}");
    }
    let apply = &jobs["$[[ inputs.prefix ]]apply"];
    assert_eq!(apply["environment"], "$[[ inputs.environment ]]");
    assert_eq!(inputs["environment"]["default"], "production");
    assert_eq!(apply["interruptible"], false);
    let job = &jobs[".$[[ inputs.prefix ]]job"];
    assert_eq!(job["image"], "$[[ inputs.image ]]");
    assert_eq!(inputs["image"]["default"], "$VAULT_PROVISIONER_IMAGE");
}

#[test]
fn plan_writes_a_note_only_where_the_branch_has_a_token_for_it() {
    let component = shipped(COMPONENT);
    let (_, jobs) = component.split_once("\n---\n").unwrap();
    let jobs: Value = serde_yaml::from_str(jobs).unwrap();
    let script = jobs["$[[ inputs.prefix ]]plan"]["script"][0]
        .as_str()
        .unwrap();
    let comments = |variables: &[(&str, &str)]| {
        let words = format!("printf '%s\\n' {}", script.replace("$[[", "[["));
        let mut shell = process::Command::new("sh");
        let shell = shell.args(["-c", &words]).env_clear();
        let run = shell.envs(variables.iter().copied()).output().unwrap();
        let words = String::from_utf8(run.stdout).unwrap();
        assert!(words.starts_with("vault-provisioner\nplan\n"), "{words}");
        words.lines().any(|word| word == "--comment")
    };
    let (merge_request, token) = (("CI_MERGE_REQUEST_IID", "7"), ("GITLAB_TOKEN", "glpat-x"));
    assert!(comments(&[merge_request, token]));
    assert!(!comments(&[merge_request]));
    assert!(!comments(&[token]));
}
