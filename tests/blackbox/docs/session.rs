//! A shell for the commands of one page.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Mappings, Shared, Vault, as_on_both_servers};

/// The Vault of the documentation.
const ADDRESS: &str = "https://vault.example.com";

/// Stands between what one command prints and the next; nothing else prints it.
const SEPARATOR: u8 = 0x1e;

/// A bash in a folder with `mappings/`, a Git repository, and an empty Vault of its own.
pub(super) struct Session {
    pub(super) vault: Vault,
    folder: TempDir,
    bash: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// That of the last command.
    status: i32,
}

impl Session {
    pub(super) fn start() -> Self {
        let (vault, mappings) = (Vault::start(), Mappings::shipped());
        let folder = tempfile::tempdir().unwrap();
        let copied = Command::new("cp")
            .arg("-R")
            .args([mappings.path(), &folder.path().join("mappings")])
            .status();
        assert!(copied.unwrap().success());
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let own = Path::new(env!("CARGO_BIN_EXE_vault-provisioner"));
        for (name, program) in [
            ("vault-provisioner", own),
            ("vault", &vault.program()),
            ("aws", Path::new(Shared::aws_cli())),
        ] {
            symlink(program, bin.join(name)).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        let mut bash = Command::new("bash")
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("HOME", folder.path())
            .env("LC_ALL", "C.UTF-8")
            .env("VAULT_ADDR", vault.address())
            .env("VAULT_TOKEN", vault.root_token())
            .env("ROOT_TOKEN", vault.root_token())
            .env("AWS_ENDPOINT_URL", Shared::aws_endpoint())
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("GIT_CONFIG_COUNT", "2")
            .env("GIT_CONFIG_KEY_0", "user.name")
            .env("GIT_CONFIG_VALUE_0", "developer")
            .env("GIT_CONFIG_KEY_1", "user.email")
            .env("GIT_CONFIG_VALUE_1", "developer@example.com")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("bash");
        let (input, output) = (bash.stdin.take().unwrap(), bash.stdout.take().unwrap());
        Self {
            vault,
            folder,
            bash,
            input,
            output: BufReader::new(output),
            status: 0,
        }
    }

    /// What a command prints, and the status it ends with. Who asks is answered `yes`.
    pub(super) fn run(&mut self, command: &str) -> (String, i32) {
        let file = self.folder.path().join(".command");
        fs::write(&file, format!("(exit {})\n{command}", self.status)).unwrap();
        let line = r#"eval "$(<~/.command)" <<<yes 2>&1; printf '\036%d\n' $?"#;
        writeln!(self.input, "{line}").unwrap();
        let (mut printed, mut status) = (Vec::new(), String::new());
        self.output.read_until(SEPARATOR, &mut printed).unwrap();
        self.output.read_line(&mut status).unwrap();
        assert_eq!(
            printed.pop(),
            Some(SEPARATOR),
            "bash has ended at: {command}"
        );
        let printed = String::from_utf8(printed).unwrap();
        self.status = status.trim().parse().unwrap();
        (self.as_documented(&printed), self.status)
    }

    /// Runs the commands of a block, and answers the block with what they print now.
    pub(super) fn console(&mut self, place: &str, block: &str) -> String {
        let mut steps: Vec<(&str, String)> = Vec::new();
        for line in block.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push((command, String::new())),
                None => {
                    let (_, shown) = steps.last_mut().expect("a block begins with a command");
                    *shown += line;
                    shown.push('\n');
                }
            }
        }
        let mut result = String::new();
        for (at, (command, shown)) in steps.iter().enumerate() {
            let (printed, status) = self.run(&self.on_this_vault(command));
            let is_shown = steps
                .get(at + 1)
                .is_some_and(|(next, _)| *next == "echo $?");
            assert!(status == 0 || is_shown, "{place}: $ {command}\n{printed}");
            let kept = shown.is_empty() || matches(shown, &printed);
            let output = if kept {
                shown.clone()
            } else {
                printed.trim_end().to_owned() + "\n"
            };
            result += &format!("$ {command}\n{output}");
        }
        result
    }

    /// Writes a project's file, or puts keys into `vault.yaml`, at any depth, and validates the files.
    pub(super) fn put_yaml(&mut self, place: &str, file: &str, yaml: &str) {
        if !file.ends_with("vault.yaml") {
            self.write(file, yaml);
            return self.validate(place, yaml);
        }
        let old = fs::read_to_string(self.folder.path().join(file)).unwrap();
        let mut merged = serde_yaml::from_str(&old).unwrap();
        let new = serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{place}: {error}"));
        merge(&mut merged, new);
        self.write(file, &serde_yaml::to_string(&merged).unwrap());
        if yaml.contains("cel_program") {
            // Whom a program admits is unknown: beside it no contract holds, and none of the next examples.
            self.run("mv mappings/contract.yaml contract.yaml");
            self.validate(place, yaml);
            self.run("mv contract.yaml mappings/contract.yaml");
            self.write(file, &old);
        } else {
            self.validate(place, yaml);
        }
    }

    fn validate(&mut self, place: &str, yaml: &str) {
        let (printed, status) = self.run("vault-provisioner validate");
        assert_eq!(status, 0, "{place}\n{yaml}\n{printed}");
    }

    /// Writes a file whole.
    pub(super) fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A command of the documentation, for the Vault that there is. Each token is a new one, that a page may revoke.
    fn on_this_vault(&self, command: &str) -> String {
        let token = "VAULT_TOKEN=$(VAULT_TOKEN=$ROOT_TOKEN vault token create -field=token)";
        command
            .replace(
                &format!("VAULT_ADDR={ADDRESS}"),
                &format!("VAULT_ADDR={}", self.vault.address()),
            )
            .replace("VAULT_TOKEN=…", token)
    }

    fn as_documented(&self, printed: &str) -> String {
        as_on_both_servers(printed)
            .replace(self.vault.address(), ADDRESS)
            .replace(Shared::jwks_url(), "https://git.example.com/-/jwks")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.bash.kill();
        let _ = self.bash.wait();
    }
}

/// Whether a text is what a page shows, in which a line `…` stands for any lines.
fn matches(shown: &str, printed: &str) -> bool {
    let shown: Vec<_> = shown.trim_end().lines().collect();
    let printed: Vec<_> = printed.trim_end().lines().collect();
    lines_match(&shown, &printed)
}

fn lines_match(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => {
            (0..=printed.len()).any(|skipped| lines_match(rest, &printed[skipped..]))
        }
        Some((line, rest)) => printed.split_first().is_some_and(|(first, others)| {
            line.trim_end() == first.trim_end() && lines_match(rest, others)
        }),
    }
}

/// Puts every key of `new` into `old`, at any depth.
fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                merge(old.entry(key).or_insert(Value::Null), value);
            }
        }
        (old, new) => *old = new,
    }
}
