//! What the `git` program says of a repository. It is run without a shell, and never fetches.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

/// Git could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitError {
    /// The program can't be run.
    #[error("can't run `git`: {0}")]
    NoGit(io::Error),
    /// It refused.
    #[error("git: {0}")]
    Refused(String),
}

/// A folder in a repository, or where one is expected.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// The one that a folder is in.
    pub(super) fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// What git prints.
    ///
    /// # Errors
    /// When it fails; the first line of what it says is in the error.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.command(arguments).output().map_err(GitError::NoGit)?;
        checked(&output)?;
        Ok(output.stdout)
    }

    /// The one line that git prints.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub(super) fn line(&self, arguments: &[&str]) -> Result<String, GitError> {
        let output = self.run(arguments)?;
        Ok(String::from_utf8_lossy(&output)
            .trim_end_matches('\n')
            .to_owned())
    }

    /// Starts git with some input, which is written while its output is read.
    ///
    /// # Errors
    /// When the program can't be run.
    pub(super) fn start(&self, arguments: &[&str], input: String) -> Result<Child, GitError> {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(GitError::NoGit)?;
        if let Some(mut stdin) = child.stdin.take() {
            // Git says itself what is missing when its input ends too early.
            thread::spawn(move || stdin.write_all(input.as_bytes()));
        }
        Ok(child)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.folder)
            .args(["--no-pager", "--literal-pathspecs"])
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        command
    }
}

/// The address of the remote `origin` of the repository that a folder is in; none without a repository or a remote.
pub(crate) fn origin(folder: &Path) -> Option<String> {
    let address = Repository::of(folder).line(&["remote", "get-url", "origin"]);
    address.ok().filter(|address| !address.is_empty())
}

/// # Errors
/// When git failed.
fn checked(output: &Output) -> Result<(), GitError> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or("it failed");
    let first = first.strip_prefix("fatal: ").unwrap_or(first);
    Err(GitError::Refused(first.to_owned()))
}
