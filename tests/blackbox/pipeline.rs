//! `.gitlab-ci.yml` and the template, run by gitlab-ci-local; `dev/pipeline` brings it and runs these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    GitLab, Mappings, Shared, Tool, Vault, commit, git, id_token, stderr, stdout,
};

const NEW_PROJECT: &str = "\
project: somenamespace/newproject
id: 366
environments: {dev: arn:aws:iam::123456789012:role/newproject}
";

/// An image by its digest. No test runs it: jobs run in this machine's shell.
const IMAGE: &str = "registry.example.com/tools/vault-provisioner@sha256:\
                     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The jobs of a configuration repository.
const COMPONENT: &str = "templates/pipeline.yml";

/// What jobs extend that need AWS.
const CREDENTIALS: &str = "templates/credentials.yml";

/// A clone of a project at GitLab.
struct Clone {
    folder: TempDir,
}

impl Clone {
    /// With this `.gitlab-ci.yml` on its main branch.
    fn new(pipeline: &str) -> Self {
        let clone = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        clone.write(".gitlab-ci.yml", pipeline);
        clone.git(&["init", "--quiet", "--initial-branch=main"]);
        let url = "git@git.example.com:devops/vault-provisioner.git";
        clone.git(&["remote", "add", "origin", url]);
        clone.commit();
        clone.push();
        clone
    }

    /// The provisioner's, before there are mappings.
    fn of_the_provisioner() -> Self {
        Self::with_component(&shipped(".gitlab-ci.yml"))
    }

    /// With a pipeline that includes the component, which gitlab-ci-local reads from this folder only.
    fn with_component(pipeline: &str) -> Self {
        let clone = Self::new(pipeline);
        clone.write(COMPONENT, &shipped(COMPONENT));
        clone.commit();
        clone.push();
        clone
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes the files in `mappings/`.
    fn add_mappings(&self) {
        let status = process::Command::new("cp")
            .arg("-R")
            .arg(Mappings::shipped().path())
            .arg(self.folder.path().join("mappings"))
            .status();
        assert!(status.unwrap().success());
    }

    fn git(&self, arguments: &[&str]) {
        git(self.folder.path(), arguments);
    }

    /// Commits all that there is.
    fn commit(&self) {
        commit(self.folder.path(), "Change");
    }

    /// GitLab's main branch is now this one's commit.
    fn push(&self) {
        self.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        let head = "refs/remotes/origin/HEAD";
        self.git(&["symbolic-ref", head, "refs/remotes/origin/main"]);
    }

    /// Runs gitlab-ci-local with these variables of the pipeline and these arguments.
    fn run(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Assert {
        let image = ("VAULT_PROVISIONER_IMAGE", IMAGE);
        let variables: Vec<_> = [image].iter().chain(variables).copied().collect();
        let binary = Path::new(env!("CARGO_BIN_EXE_vault-provisioner"));
        let path = std::env::var_os("PATH").unwrap();
        let folders = [binary.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path));
        let names: Vec<_> = variables.iter().map(|(name, _)| *name).collect();
        let mut command = Command::new("gitlab-ci-local");
        command
            .args([
                "--force-shell-executor",
                "--shell-isolation",
                "--no-artifacts-to-source",
            ])
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", std::env::join_paths(folders).unwrap())
            // It warns of variables that GitLab sets too.
            .env("GCL_IGNORE_PREDEFINED_VARS", names.join(","));
        for (name, value) in &variables {
            command.args(["--variable", &format!("{name}={value}")]);
        }
        command.assert().success()
    }

    /// The jobs of a pipeline, and how each starts.
    fn jobs(&self, variables: &[(&str, &str)]) -> String {
        let list = stdout(&self.run(variables, &["--list-csv"]));
        list.lines()
            .skip(1)
            .map(|line| {
                let columns: Vec<_> = line.split(';').collect();
                format!("{} {}", columns[0], columns[2])
            })
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Runs a pipeline with its manual jobs, and answers how each job ended, and all that was printed.
    fn pipeline(&self, variables: &[(&str, &str)]) -> (String, String) {
        let run = self.run(variables, &["--manual=apply"]);
        let told = stdout(&run) + &stderr(&run);
        let mut ends: Vec<_> = told
            .lines()
            .filter_map(|line| {
                let (end, job) = line.strip_prefix(' ')?.split_once("  ")?;
                ["PASS", "WARN", "FAIL"]
                    .contains(&end)
                    .then(|| format!("{} {end}", job.split(" ").next().unwrap_or_default()))
            })
            .collect();
        ends.sort();
        (ends.join(", "), told)
    }

    /// A file that a job left for the next ones.
    fn artifact(&self, job: &str, file: &str) -> PathBuf {
        let artifacts = self.folder.path().join(".gitlab-ci-local/artifacts");
        artifacts.join(job).join(file)
    }
}

/// A file of this repository.
fn shipped(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The JWT of a job of the provisioner's project.
fn provisioner(claims: &Value) -> String {
    let mut all = json!({"project_id": "7012", "project_path": "devops/vault-provisioner"});
    for (name, value) in claims.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    id_token(&all)
}

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
fn a_pipeline_can_include_the_component_for_two_vaults() {
    let include = |prefix: &str, folder: &str| {
        format!(
            "  - local: {COMPONENT}\n    inputs: {{address: 'https://{prefix}vault.example.com', audience: \
             'https://vault.example.com', prefix: {prefix}, folder: {folder}}}\n"
        )
    };
    let clone = Clone::with_component(&format!(
        "stages: [validate, plan, apply, drift]\ninclude:\n{}{}",
        include("eu-", "mappings"),
        include("us-", "us"),
    ));
    clone.add_mappings();
    clone.write("us/vault.yaml", "version: 1\n");
    clone.commit();
    let jobs = clone.jobs(&[]);
    for job in ["validate on_success", "plan on_success", "apply manual"] {
        for prefix in ["eu", "us"] {
            assert!(jobs.contains(&format!("{prefix}-{job}")), "{jobs}");
        }
    }
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
    let (ends, told) = clone.pipeline(&[
        ("CI_PROJECT_ID", "365"),
        ("VAULT_ID_TOKEN", &id_token(&json!({"environment": "dev"}))),
        ("AWS_CLI", Shared::aws_cli()),
        ("AWS_ENDPOINT_URL", Shared::aws_endpoint()),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ]);
    assert_eq!(ends, "eu PASS, us PASS", "{told}");
    for role in ["in-europe", "in-america"] {
        assert!(told.contains(&format!("assumed-role/{role}/")), "{told}");
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
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn from_an_empty_vault_to_a_change_by_hand() {
    let (vault, gitlab, clone) = (
        Vault::start(),
        GitLab::project(),
        Clone::of_the_provisioner(),
    );
    let job = Tool::offline(&Mappings::empty()).with_env("VAULT_ADDR", vault.address());
    let job = gitlab.job(job);
    let settings: Vec<_> = job.environment().collect();
    let pipeline = |more: &[(&'static str, &str)]| {
        let variables = settings.iter().chain(more);
        clone.pipeline(&variables.copied().collect::<Vec<_>>())
    };
    let all_passed = "apply PASS, plan PASS, validate PASS";

    // Bootstrap: nobody can log in yet.
    clone.add_mappings();
    clone.commit();
    let (ends, told) = pipeline(&[("VAULT_TOKEN", vault.root_token())]);
    assert_eq!(ends, all_passed, "{told}");
    clone.push();
    assert!(vault.root.read("aws/roles/365-dev").is_some());

    // A developer's merge request: its plan is read, nothing is written.
    clone.git(&["checkout", "--quiet", "-b", "newproject"]);
    clone.write(
        "mappings/projects/somenamespace/newproject.yaml",
        NEW_PROJECT,
    );
    clone.commit();
    let jwt = provisioner(&json!({"ref": "newproject", "ref_protected": "false"}));
    let merge_request = [
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "1"),
        ("VAULT_ID_TOKEN", &jwt),
    ];
    let (ends, told) = pipeline(&merge_request);
    assert_eq!(
        ends, "access PASS, check WARN, plan PASS, validate PASS",
        "{told}"
    );
    let page = fs::read_to_string(clone.artifact("access", "access.html")).unwrap();
    assert!(page.contains("somenamespace/newproject"), "{page}");
    assert!(told.contains("+ AWS role aws/roles/366-dev"), "{told}");
    let notes = gitlab.merge_request_notes();
    assert!(
        notes[0]["body"].as_str().unwrap().contains("366-dev"),
        "{notes:?}"
    );
    assert!(vault.root.read("aws/roles/366-dev").is_none());

    // It is merged, and someone starts the job.
    clone.git(&["checkout", "--quiet", "main"]);
    clone.git(&["merge", "--quiet", "newproject"]);
    let jwt = provisioner(&json!({}));
    let (ends, told) = pipeline(&[("VAULT_ID_TOKEN", &jwt)]);
    assert_eq!(ends, all_passed, "{told}");
    clone.push();
    assert!(vault.root.read("aws/roles/366-dev").is_some());
    let plan = fs::read_to_string(clone.artifact("plan", "plan.json")).unwrap();
    assert!(plan.contains("366-dev"), "{plan}");
    let events = fs::read_to_string(clone.artifact("apply", "events.jsonl")).unwrap();
    assert!(events.contains("366-dev"), "{events}");

    // The schedule. Without a token for it, check can compare little, and says so.
    let schedule = [("CI_PIPELINE_SOURCE", "schedule"), ("VAULT_ID_TOKEN", &jwt)];
    let (ends, told) = pipeline(&schedule);
    assert_eq!(ends, "check WARN, drift PASS, expire PASS", "{told}");
    assert_eq!(gitlab.issues("opened").len(), 0);
    vault.root.delete("aws/roles/366-dev");
    let (ends, told) = pipeline(&schedule);
    assert_eq!(ends, "check WARN, drift WARN, expire PASS", "{told}");
    assert_eq!(gitlab.issues("opened").len(), 1);

    // The page of a private project.
    let private = [
        schedule[0],
        schedule[1],
        ("CI_PROJECT_VISIBILITY", "private"),
    ];
    let (ends, told) = pipeline(&private);
    assert_eq!(
        ends, "check WARN, drift WARN, expire PASS, pages PASS",
        "{told}"
    );
    let page = fs::read_to_string(clone.artifact("pages", "public/index.html")).unwrap();
    assert!(
        page.contains("Vault differs from the files: 1 change"),
        "{page}"
    );

    // A comparison that fails is no drift.
    let elsewhere = [
        schedule[0],
        schedule[1],
        ("VAULT_ADDR", "http://127.0.0.1:9"),
        // Not the default branch, on which `expire` would fail as well.
        ("CI_COMMIT_BRANCH", "other"),
    ];
    let (ends, told) = pipeline(&elsewhere);
    assert_eq!(ends, "check WARN, drift FAIL", "{told}");
    assert_eq!(gitlab.issues("opened").len(), 1);
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
    let (ends, told) = clone.pipeline(&[
        ("CI_PROJECT_ID", "365"),
        ("VAULT_ADDR", vault.address()),
        ("VAULT_ID_TOKEN", &id_token(&json!({"environment": "dev"}))),
        ("AWS_CLI", Shared::aws_cli()),
        ("AWS_ENDPOINT_URL", Shared::aws_endpoint()),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ]);
    assert_eq!(ends, "deploy PASS", "{told}");
    assert!(
        told.contains("123456789012:assumed-role/gitlab-service-role/"),
        "{told}"
    );
    assert!(!told.contains("aws-credentials:"), "{told}");
}
