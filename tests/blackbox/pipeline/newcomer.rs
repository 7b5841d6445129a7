//! From an empty folder to a job's credentials, with nothing but what `init` writes and what its README says.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use serde_json::{Value, json};

use super::{COMPONENT, CREDENTIALS, Clone, IMAGE, shipped};
use crate::support::{
    GitLab, GitLabDirectory, Mappings, Shared, Tool, Vault, id_token, stderr, stdout,
};

/// How long the whole may take: a run on two busy cores takes a tenth of it.
const BOUND: Duration = Duration::from_secs(300);

/// The steps with their times.
struct Clock {
    start: Instant,
    told: Vec<String>,
}

impl Clock {
    fn step(&mut self, name: &str, since: Instant) {
        self.told
            .push(format!("{name} {:.1} s", since.elapsed().as_secs_f64()));
    }

    fn end(self) {
        let all = self.start.elapsed();
        // Past the test's own output, which nobody sees when it passes.
        let told = self.told.join(", ");
        let _ = writeln!(
            io::stderr(),
            "newcomer: {told}; {:.1} s in all",
            all.as_secs_f64()
        );
        assert!(all < BOUND, "{told}");
    }
}

/// Runs what the README says, in a terminal, and answers its questions with yes.
fn follow(folder: &Path, commands: &str, environment: &[(&str, &str)]) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_vault-provisioner"));
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(binary.parent().unwrap().to_owned());
    let folders = folders.chain(std::env::split_paths(&path));
    let home = tempfile::tempdir().unwrap();
    let script = home.path().join("commands");
    fs::write(&script, format!("set -e\n{commands}")).unwrap();
    let run = Command::new("script")
        .args(["--quiet", "--return", "--command"])
        .arg(format!("sh {}", script.display()))
        .arg("/dev/null")
        .current_dir(folder)
        .env_clear()
        .env("HOME", home.path())
        .env("TERM", "dumb")
        .env("PATH", std::env::join_paths(folders).unwrap())
        .envs(environment.iter().copied())
        .write_stdin("yes\n")
        .assert();
    let told = stdout(&run) + &stderr(&run);
    assert!(run.get_output().status.success(), "{commands}\n{told}");
    told
}

/// The block of a README in a language that has a text, without its indentation.
fn block(readme: &str, language: &str, with: &str) -> String {
    let mut blocks = readme.split("```").skip(1).step_by(2);
    let block = blocks.find(|block| block.starts_with(language) && block.contains(with));
    let lines = block.unwrap().lines().skip(1).collect::<Vec<_>>();
    let indentation = lines
        .iter()
        .map(|line| line.len() - line.trim_start().len());
    let indentation = indentation.filter(|length| *length > 0).min();
    let is_indented = lines
        .iter()
        .all(|line| line.is_empty() || line.starts_with(' '));
    let cut = if is_indented {
        indentation.unwrap_or(0)
    } else {
        0
    };
    let lines = lines
        .iter()
        .map(|line| format!("{}\n", line.get(cut..).unwrap_or_default()));
    lines.collect()
}

/// The pipeline with the component of this repository in place of the one at GitLab, which is the same.
fn with_local(pipeline: &str, name: &str, file: &str) -> String {
    let (before, rest) = pipeline.split_once("component: $CI_SERVER_FQDN/").unwrap();
    let (component, after) = rest.split_once('\n').unwrap();
    assert!(component.contains(&format!("/{name}@")), "{component}");
    format!("{before}local: {file}\n{after}")
}

#[test]
#[ignore = "needs gitlab-ci-local: dev/pipeline"]
fn an_empty_folder_becomes_a_pipeline_that_gives_a_job_its_credentials() {
    let (vault, gitlab) = (Vault::start(), GitLab::project());
    let directory = GitLabDirectory::of(json!({
        "projects": [{"path": "payments/api", "environments": {"dev": "development"}}, {"path": "devops/vault"}],
    }));
    let (project, id) = (
        format!("{}/payments/api", directory.root()),
        directory.project(0).to_string(),
    );
    // The stand-in keeps projects and their notes apart.
    let provisioner = directory.project(1).to_string();
    let issuer = Shared::jwks_url().strip_suffix("/-/jwks").unwrap();
    let jwt = |claims: Value| {
        let mut all = json!({"iss": issuer, "aud": vault.address(), "ref": "main", "ref_type": "branch", "ref_protected": "true"});
        for (name, value) in claims.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        id_token(&all)
    };
    let start = Instant::now();
    let mut clock = Clock {
        start,
        told: Vec::new(),
    };

    // The administrator: init, and what its README says.
    let clone = Clone::empty();
    let init = format!(
        "vault-provisioner init --vault {} --gitlab {issuer} --project-id {} --account 123456789012 --image {IMAGE}",
        vault.address(),
        provisioner,
    );
    follow(clone.path(), &init, &[]);
    clock.step("init", start);
    let since = Instant::now();
    let readme = clone.read("README.md");
    let bootstrap = block(&readme, "sh", "vault-provisioner apply");
    let token = format!("VAULT_TOKEN={}", vault.root_token());
    let told = follow(
        clone.path(),
        &bootstrap.replace("VAULT_TOKEN=…", &token),
        &[],
    );
    assert!(told.contains("Applied: "), "{told}");
    clock.step("bootstrap", since);
    let pipeline = with_local(&clone.read(".gitlab-ci.yml"), "pipeline", COMPONENT);
    clone.write(".gitlab-ci.yml", &pipeline);
    clone.write(COMPONENT, &shipped(COMPONENT));
    clone.commit();
    clone.push();

    // A developer's merge request.
    let since = Instant::now();
    clone.git(&["checkout", "--quiet", "-b", "payments"]);
    let add = block(&readme, "sh", "vault-provisioner add");
    let mine = add.replace("payments/api --id 365", &format!("{project} --id {id}"));
    assert_ne!(add, mine);
    follow(clone.path(), &mine, &[]);
    clone.commit();
    let job = gitlab.job(Tool::offline(&Mappings::empty()));
    let settings: Vec<_> = job.environment().collect();
    let run = |more: &[(&'static str, &str)]| {
        let read = ("GITLAB_READ_TOKEN", directory.token("read_api"));
        let variables = settings.iter().chain([&read]).chain(more);
        clone.pipeline(&variables.copied().collect::<Vec<_>>())
    };
    let branch =
        jwt(json!({"project_id": provisioner, "ref": "payments", "ref_protected": "false"}));
    let (ends, told) = run(&[
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_MERGE_REQUEST_IID", "1"),
        ("VAULT_ID_TOKEN", &branch),
    ]);
    assert_eq!(
        ends, "access PASS, check PASS, plan PASS, validate PASS",
        "{told}"
    );
    assert!(
        told.contains(&format!("+ AWS role aws/roles/{id}-dev")),
        "{told}"
    );
    assert!(vault.root.read(&format!("aws/roles/{id}-dev")).is_none());
    clock.step("merge request", since);

    // It is merged, and someone starts the job.
    let since = Instant::now();
    clone.git(&["checkout", "--quiet", "main"]);
    clone.git(&["merge", "--quiet", "payments"]);
    let main = jwt(json!({"project_id": provisioner}));
    let (ends, told) = run(&[("VAULT_ID_TOKEN", &main)]);
    assert_eq!(ends, "apply PASS, plan PASS, validate PASS", "{told}");
    clock.step("apply", since);

    // A job of the developer's project, from the README.
    let since = Instant::now();
    let job = block(&readme, "yaml", "extends: .aws-credentials");
    let job = with_local(&job, "credentials", CREDENTIALS).replace("- aws ", "- $AWS_CLI ");
    let clone = Clone::new(&job);
    clone.write(CREDENTIALS, &shipped(CREDENTIALS));
    clone.commit();
    let claims = json!({"project_id": id, "project_path": project, "environment": "dev", "environment_action": "start"});
    let (ends, told) =
        clone.pipeline_with_aws(&[("CI_PROJECT_ID", &id), ("VAULT_ID_TOKEN", &jwt(claims))]);
    assert_eq!(ends, "deploy PASS", "{told}");
    assert!(
        told.contains("123456789012:assumed-role/payments-dev/"),
        "{told}"
    );
    clock.step("credentials", since);
    clock.end();
}
