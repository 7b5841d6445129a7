//! The built binary.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Stdio};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use regex_automata::meta::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::{Mappings, Vault};

/// How to run `vault-provisioner`: in an environment that holds only what is named here.
pub(crate) struct Tool {
    /// HOME, and the folder in which it runs.
    home: TempDir,
    environment: Vec<(String, String)>,
}

impl Tool {
    /// With these files, and as root at this Vault.
    pub(crate) fn new(vault: &Vault, mappings: &Mappings) -> Self {
        Self::offline(mappings)
            .with_env("VAULT_ADDR", vault.address())
            .with_env("VAULT_TOKEN", vault.root_token())
    }

    /// With these files, and no Vault.
    pub(crate) fn offline(mappings: &Mappings) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        link(mappings.path(), &home.path().join("mappings"));
        Self {
            home,
            environment: Vec::new(),
        }
    }

    /// With a variable more, or with another value of it.
    pub(crate) fn with_env(self, name: &str, value: &str) -> Self {
        let mut tool = self.without_env(name);
        tool.environment.push((name.into(), value.into()));
        tool
    }

    /// Without a variable.
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// Its variables, except HOME.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.environment.iter();
        variables.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// HOME, and the folder in which it runs; `mappings` in it leads to the files.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A run with these arguments.
    pub(crate) fn run<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        Command::from_std(self.command(arguments))
    }

    /// A run that is under way: to talk to it, or to send it a signal.
    pub(crate) fn start<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Child {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started")
    }

    fn command<I: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = I>,
    ) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vault-provisioner"));
        command
            .args(arguments)
            .current_dir(self.home())
            .env_clear()
            .env("HOME", self.home())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// `plan --detailed-exitcode`: 0 says that nothing has to change, 2 that something has.
    pub(crate) fn plan(&self) -> Command {
        self.run(["plan", "--detailed-exitcode"])
    }

    /// `plan --format json`, read.
    pub(crate) fn plan_json(&self) -> Value {
        let output = self.run(["plan", "--format", "json"]).assert().success();
        serde_json::from_slice(&output.get_output().stdout).expect("JSON")
    }

    /// `apply --auto-approve`.
    pub(crate) fn apply(&self) -> Command {
        self.run(["apply", "--auto-approve"])
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) {
    std::os::unix::fs::symlink(from, to).expect("a link can be made");
}

/// What a run printed, as on both servers: see [`as_on_both_servers`].
pub(crate) fn stdout(run: &Assert) -> String {
    as_on_both_servers(&whole_stdout(run))
}

/// What a run printed.
pub(crate) fn whole_stdout(run: &Assert) -> String {
    text(&run.get_output().stdout)
}

/// What a run said besides, as on both servers: messages for people.
pub(crate) fn stderr(run: &Assert) -> String {
    as_on_both_servers(&whole_stderr(run))
}

/// What a run said besides.
pub(crate) fn whole_stderr(run: &Assert) -> String {
    text(&run.get_output().stderr)
}

/// Without what is said of static roles, which the AWS engine of Vault 1.14 can't list: OpenBao runs with it here.
/// Snapshots and pages are for both servers; `static_roles.rs` tests what is said.
pub(crate) fn as_on_both_servers(text: &str) -> String {
    const SAID: [&str; 2] = [
        "(?m)^.*: not imported: this server can't list what is there.*\n",
        "roles that are not in the files at [^(]*\\(this server can't list them\\); ",
    ];
    let text = replaced(text, &SAID, |_| String::new());
    let text = replaced(&text, &[UNLISTED], without_static_roles);
    text.split_inclusive('\n').map(with_all_listed).collect()
}

/// What could not be listed, after a sentence about what was.
const UNLISTED: &str = "; [0-9]+ lists? could not be read: (`?[a-z0-9/-]+`?(, )?)+";

fn without_static_roles(unlisted: &str) -> String {
    let (_, paths) = unlisted.split_once(": ").expect("paths");
    let paths = paths
        .split(", ")
        .filter(|path| !path.contains("/static-roles"));
    match paths.collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [path] => format!("; 1 list could not be read: {path}"),
        paths => format!(
            "; {} lists could not be read: {}",
            paths.len(),
            paths.join(", ")
        ),
    }
}

/// A line in which nothing is left that could not be listed, as if everything could.
fn with_all_listed(line: &str) -> String {
    if line.contains(" could not be read: ") {
        return line.to_owned();
    }
    line.replace(
        "No changes in what was read when the plan was made.",
        "No changes. Vault matched the files when the plan was made.",
    )
    .replace(
        "No changes in what was read.",
        "No changes. Vault matches the files.",
    )
    .replace("No changes in what was read, but", "No changes, but")
    .replace(
        "The drift is gone in what was read.",
        "The drift is gone: Vault matches the files.",
    )
}

/// Puts something else in place of all that is like one of these patterns.
fn replaced(text: &str, patterns: &[&str], replacement: impl Fn(&str) -> String) -> String {
    let patterns = Regex::new_many(patterns).expect("patterns");
    let mut kept = String::new();
    let mut end = 0;
    for found in patterns.find_iter(text) {
        kept += &text[end..found.start()];
        kept += &replacement(&text[found.range()]);
        end = found.end();
    }
    kept + &text[end..]
}

fn text(stream: &[u8]) -> String {
    String::from_utf8(stream.to_vec()).expect("text")
}
