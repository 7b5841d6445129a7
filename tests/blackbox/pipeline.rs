//! `.gitlab-ci.yml` and the templates, run by gitlab-ci-local; `dev/pipeline` brings it and runs these tests.

mod bootstrap;
mod credentials;
mod jobs;
mod newcomer;
mod schema;

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Mappings, Shared, commit, git, id_token, stderr, stdout};

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
    /// Of a project without a commit.
    fn empty() -> Self {
        let clone = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        clone.git(&["init", "--quiet", "--initial-branch=main"]);
        let url = "git@git.example.com:devops/vault-provisioner.git";
        clone.git(&["remote", "add", "origin", url]);
        clone
    }

    /// With this `.gitlab-ci.yml` on its main branch.
    fn new(pipeline: &str) -> Self {
        let clone = Self::empty();
        clone.write(".gitlab-ci.yml", pipeline);
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

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
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

    /// Runs a pipeline whose jobs ask AWS, with `$AWS_CLI`.
    fn pipeline_with_aws(&self, variables: &[(&str, &str)]) -> (String, String) {
        let aws = [
            ("AWS_CLI", Shared::aws_cli()),
            ("AWS_ENDPOINT_URL", Shared::aws_endpoint()),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ];
        self.pipeline(&[variables, &aws].concat())
    }

    /// Runs a pipeline with its manual jobs, and answers how each job ended, and all that was printed.
    fn pipeline(&self, variables: &[(&str, &str)]) -> (String, String) {
        let run = self.run(
            variables,
            &["--manual=apply", "--manual=eu-apply", "--manual=us-apply"],
        );
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
