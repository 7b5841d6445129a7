//! `templates/aws-credentials.yml`: the shell of its jobs, in every shell and with either client.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Mappings, Tool, Vault, caller_arn, id_token, stderr, stdout};

/// Shells that images have; a machine may lack all but the first.
const SHELLS: [&[&str]; 4] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"]];

/// With what a job asks Vault.
#[derive(Clone, Copy, Debug)]
enum Client {
    Vault,
    Curl,
}

const CLIENTS: [Client; 2] = [Client::Vault, Client::Curl];

/// A job that extends `.aws-credentials`, on a machine with little more than it needs.
struct Job {
    folder: TempDir,
    shell: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

/// A server that holds the files in `mappings/`.
fn provisioned() -> Vault {
    let vault = Vault::start();
    let mappings = Mappings::shipped();
    Tool::new(&vault, &mappings).apply().assert().success();
    vault
}

impl Job {
    fn new(vault: &Vault, client: Client, claims: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for program in ["sh", "sed", "mkdir", "rm", "cat", "env"] {
            symlink(found(program).unwrap(), bin.join(program)).unwrap();
        }
        // Retries need not wait here.
        symlink(found("true").unwrap(), bin.join("sleep")).unwrap();
        let clients = match client {
            Client::Vault => vec![("vault", vault.program())],
            Client::Curl => ["curl", "jq"]
                .map(|name| (name, found(name).expect("curl and jq are there")))
                .to_vec(),
        };
        let arguments = folder.path().join("arguments");
        for (name, program) in clients {
            let script = format!(
                "#!{}\nprintf '%s\\n' \"$*\" >>'{}'\nexec '{}' \"$@\"\n",
                found("sh").unwrap().display(),
                arguments.display(),
                program.display()
            );
            fs::write(bin.join(name), script).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let project_dir = folder.path().join("project");
        fs::create_dir(&project_dir).unwrap();
        let home = folder.path().to_str().unwrap().to_owned();
        let job = Self {
            folder,
            shell: vec![found("sh").unwrap()],
            environment: Vec::new(),
        };
        job.with("HOME", &home)
            .with("PATH", bin.to_str().unwrap())
            .with("CI_PROJECT_DIR", project_dir.to_str().unwrap())
            .with("CI_PROJECT_PATH", "somenamespace/someproject")
            .with("CI_PROJECT_ID", "365")
            .with("CI_JOB_ID", "1213")
            .with("CI_ENVIRONMENT_NAME", "dev")
            .with("VAULT_ADDR", vault.address())
            .with("VAULT_ID_TOKEN", &id_token(claims))
    }

    fn with(self, name: &str, value: &str) -> Self {
        let mut job = self.without(name);
        job.environment.push((name.into(), value.into()));
        job
    }

    fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    fn variable(&self, name: &str) -> &str {
        let found = self.environment.iter().find(|(known, _)| known == name);
        &found.unwrap().1
    }

    /// Runs a script as GitLab's runner does, where the umask is 0.
    fn run(&self, script: &str) -> Assert {
        let environment = self.environment.iter();
        Command::new(&self.shell[0])
            .args(&self.shell[1..])
            .args(["-euc", &format!("umask 0\n{script}")])
            .env_clear()
            .envs(environment.map(|(name, value)| (name, value)))
            .assert()
    }

    /// The files that the runner keeps beside the project's.
    fn token_file(&self) -> PathBuf {
        self.folder.path().join("project.tmp/vault-token-1213")
    }

    /// Every command line of the client.
    fn arguments(&self) -> String {
        fs::read_to_string(self.folder.path().join("arguments")).unwrap()
    }

    /// What the job says when it gets nothing.
    fn refusal(&self) -> String {
        let run = self.run(&format!("{}\necho went on", script("before_script")));
        assert_eq!(stdout(&run), "");
        stderr(&run.code(1))
    }
}

/// One of the template's scripts.
fn script(part: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/aws-credentials.yml");
    let template: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let lines = template[".aws-credentials"][part].as_array().unwrap();
    let lines: Vec<_> = lines.iter().map(|line| line.as_str().unwrap()).collect();
    lines.join("\n")
}

/// A program of this machine.
fn found(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// The shells of this machine, as commands. `sh` is mostly one of the others.
fn shells() -> Vec<Vec<PathBuf>> {
    let mut shells: Vec<Vec<PathBuf>> = Vec::new();
    for words in SHELLS {
        let Some(program) = found(words[0]).and_then(|file| fs::canonicalize(file).ok()) else {
            continue;
        };
        if shells.iter().all(|known| known[0] != program) {
            let arguments = words[1..].iter().map(PathBuf::from);
            shells.push([program].into_iter().chain(arguments).collect());
        }
    }
    shells
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).unwrap().permissions().mode() & 0o777
}

/// The token still opens something.
fn is_alive(vault: &Vault, token: &str) -> bool {
    let own = vault.root.with_token(token);
    own.request("GET", "auth/token/lookup-self", &Value::Null)
        .status
        == 200
}

#[test]
fn a_job_gets_its_session_in_every_shell_and_no_secret_shows() {
    let vault = provisioned();
    let each = shells()
        .into_iter()
        .flat_map(|shell| CLIENTS.map(|client| (shell.clone(), client)));
    for (shell, client) in each {
        let mut job = Job::new(&vault, client, &json!({"environment": "dev"}));
        job.shell = shell;
        let case = format!("{:?} {client:?}", job.shell);

        // The trace is on, as for someone who looks for a fault.
        let results = job.folder.path().join("results");
        let run = job.run(&format!(
            "set -x\n{}\ncase $- in *x*) set +x; env >'{}' ;; esac",
            script("before_script"),
            results.display()
        ));
        let mut told = stdout(&run) + &stderr(&run.success());
        let results = fs::read_to_string(results).expect("the trace is on again");
        let result = |name| {
            let mut values = results.lines().filter_map(|line| line.split_once('='));
            let found = values.find(|(known, _)| *known == name);
            found.unwrap_or_else(|| panic!("{case}: no {name}")).1
        };
        let keys = [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ];
        let keys = keys.map(|name| (name, result(name)));
        let arn = caller_arn(job.folder.path(), keys);
        let expected = "arn:aws:sts::123456789012:assumed-role/gitlab-service-role/";
        assert!(arn.starts_with(expected), "{case}: {arn}");

        assert_eq!(mode(&job.token_file()), 0o600, "{case}");
        let token = fs::read_to_string(job.token_file()).unwrap();
        assert!(is_alive(&vault, &token), "{case}");
        let run = job.run(&format!("set -x\n{}", script("after_script")));
        told += &(stdout(&run) + &stderr(&run.success()));
        assert!(!job.token_file().exists(), "{case}");
        assert!(!is_alive(&vault, &token), "{case}");

        told += &job.arguments();
        let secrets = keys.map(|(_, value)| value);
        for secret in secrets
            .into_iter()
            .chain([token.as_str(), job.variable("VAULT_ID_TOKEN")])
        {
            assert!(
                !secret.is_empty() && !told.contains(secret),
                "{case}: {told}"
            );
        }
    }
}

#[test]
fn a_job_without_an_environment_gets_the_projects_default() {
    let vault = provisioned();
    let job = Job::new(&vault, Client::Curl, &json!({})).without("CI_ENVIRONMENT_NAME");
    job.run(&script("before_script")).success();
}

#[test]
fn an_environment_without_a_role_of_its_own_logs_in_by_the_default_one() {
    let vault = Vault::start();
    let mappings = Mappings::article();
    Tool::new(&vault, &mappings).apply().assert().success();
    for client in CLIENTS {
        let claims = json!({"environment": "dev", "aud": null});
        let job = Job::new(&vault, client, &claims);
        job.run(&script("before_script")).success();
    }
}

#[test]
fn after_a_job_that_got_no_token_there_is_nothing_to_do() {
    let vault = provisioned();
    let job = Job::new(&vault, Client::Curl, &json!({}));
    let run = job.run(&script("after_script")).success();
    assert_eq!(stdout(&run) + &stderr(&run), "");
}

#[test]
fn a_refusal_says_what_to_do() {
    let vault = provisioned();
    let sealed = Vault::start_with(&["--sealed"]);
    let dev = json!({"environment": "dev"});
    let elsewhere = json!({"environment": "dev", "project_id": "999"});
    let unprotected = json!({"environment": "prod", "ref_protected": "false"});
    type Change<'a> = (&'a str, &'a str);
    let cases: [(&str, &Value, &[Change<'_>]); 10] = [
        ("no mapping", &elsewhere, &[("CI_PROJECT_ID", "999")]),
        (
            "no such environment",
            &json!({"environment": "canary"}),
            &[("CI_ENVIRONMENT_NAME", "canary")],
        ),
        (
            "no mapping without an environment",
            &elsewhere,
            &[("CI_PROJECT_ID", "999"), ("CI_ENVIRONMENT_NAME", "")],
        ),
        (
            "an unprotected branch",
            &unprotected,
            &[("CI_ENVIRONMENT_NAME", "prod")],
        ),
        (
            "another job's role",
            &dev,
            &[("VAULT_AUTH_ROLE", "vault-provisioner")],
        ),
        ("too short a life", &dev, &[("VAULT_AWS_TTL", "1m")]),
        (
            "an environment that can't be mapped",
            &dev,
            &[("CI_ENVIRONMENT_NAME", "canary/x")],
        ),
        ("no JWT", &dev, &[("VAULT_ID_TOKEN", "")]),
        ("a sealed Vault", &dev, &[("VAULT_ADDR", sealed.address())]),
        ("no Vault", &dev, &[("VAULT_ADDR", "http://127.0.0.1:1")]),
    ];
    for client in CLIENTS {
        let mut told = String::new();
        for (case, claims, changes) in cases {
            let job = Job::new(&vault, client, claims);
            let job = changes
                .iter()
                .fold(job, |job, (name, value)| job.with(name, value));
            told += &format!("# {case}\n{}\n", job.refusal());
        }
        // Addresses, and what clients say in the words of their version.
        let filters = vec![
            (r"http://127\.0\.0\.1:\d\d+", "http://127.0.0.1:PORT"),
            (r"(?m)^curl: \(7\).*", "curl: (7) …"),
            (r"(?m)^.* dial tcp .*", "… dial tcp …"),
        ];
        insta::with_settings!({filters => filters}, {
            insta::assert_snapshot!(format!("refusals_with_{client:?}"), told);
        });
    }
}

#[test]
fn an_image_without_a_client_gets_an_error() {
    let vault = provisioned();
    let job = Job::new(&vault, Client::Curl, &json!({"environment": "dev"}));
    fs::remove_file(job.folder.path().join("bin/jq")).unwrap();
    insta::assert_snapshot!(job.refusal(), @"aws-credentials: the image of this job has neither `vault` nor `curl` and `jq`; install one of the two.");
}
