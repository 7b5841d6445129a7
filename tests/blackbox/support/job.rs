//! A job that extends `.aws-credentials` of `templates/`: in any shell, and with either program to ask Vault with.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;

use super::{Vault, id_token, stderr, stdout};

/// Shells that images have; a machine may lack all but the first.
const SHELLS: [&[&str]; 4] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"]];

/// What a job asks Vault with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum JobProgram {
    /// The `vault` command.
    Vault,
    /// `curl` and `jq`.
    Curl,
}

impl JobProgram {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Vault, Self::Curl];
}

/// A job that extends `.aws-credentials`, on a machine with little more than it needs.
pub(crate) struct Job {
    /// HOME, with what it runs in `bin`.
    pub(crate) folder: TempDir,
    shell: Vec<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Job {
    /// Of a project's environment `dev`, with these claims in its JWT.
    pub(crate) fn new(vault: &Vault, program: JobProgram, claims: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for program in ["sh", "sed", "base64", "env", "touch"] {
            symlink(found(program).unwrap(), bin.join(program)).unwrap();
        }
        // Retries need not wait here.
        symlink(found("true").unwrap(), bin.join("sleep")).unwrap();
        let clients = match program {
            JobProgram::Vault => vec![("vault", vault.program())],
            JobProgram::Curl => ["curl", "jq"]
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

    /// The same in a shell of [`shells`]; that of BusyBox brings its own programs.
    pub(crate) fn in_shell(mut self, shell: &[PathBuf]) -> Self {
        if shell[0].ends_with("busybox") {
            for program in ["sed", "base64"] {
                let link = self.folder.path().join("bin").join(program);
                fs::remove_file(&link).unwrap();
                symlink(&shell[0], link).unwrap();
            }
        }
        self.shell = shell.to_vec();
        self
    }

    /// With a variable more, or with another value of it.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut job = self.without(name);
        job.environment.push((name.into(), value.into()));
        job
    }

    /// Without a variable.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// A variable's value.
    pub(crate) fn variable(&self, name: &str) -> &str {
        let found = self.environment.iter().find(|(known, _)| known == name);
        &found.unwrap().1
    }

    /// Runs a script as GitLab's runner does, where the umask is 0.
    pub(crate) fn run(&self, script: &str) -> Assert {
        let environment = self.environment.iter();
        Command::new(&self.shell[0])
            .args(&self.shell[1..])
            .args(["-euc", &format!("umask 0\n{script}")])
            .env_clear()
            .envs(environment.map(|(name, value)| (name, value)))
            .assert()
    }

    /// The session that the job gets, by the names of AWS's variables, and what was printed. The trace is on, as for
    /// someone who looks for a fault.
    pub(crate) fn session(&self) -> ([(&'static str, String); 3], String) {
        let results = self.folder.path().join("results");
        let run = self.run(&format!(
            "set -x\n{}\ncase $- in *x*) set +x; env >'{}' ;; esac",
            script(),
            results.display()
        ));
        let printed = stdout(&run) + &stderr(&run.success());
        let results = fs::read_to_string(results).expect("the trace is on again");
        let keys = [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        ];
        let keys = keys.map(|name| {
            let mut values = results.lines().filter_map(|line| line.split_once('='));
            let found = values.find(|(known, _)| *known == name);
            let (_, value) = found.unwrap_or_else(|| panic!("no {name}"));
            (name, value.to_owned())
        });
        (keys, printed)
    }

    /// Every command line of the client.
    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(self.folder.path().join("arguments")).unwrap()
    }

    /// What the job says when it gets nothing.
    pub(crate) fn refusal(&self) -> String {
        let run = self.run(&format!("{}\necho went on", script()));
        assert_eq!(stdout(&run), "");
        stderr(&run.code(1))
    }
}

/// The template's script.
pub(crate) fn script() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/aws-credentials.yml");
    let template: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let lines = template[".aws-credentials"]["before_script"]
        .as_array()
        .unwrap();
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
pub(crate) fn shells() -> Vec<Vec<PathBuf>> {
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
