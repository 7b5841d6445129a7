//! Git repositories of the tests' own.

use std::path::Path;
use std::process::Command;

/// Runs git in a folder, as an author that needs no configuration. It has to succeed.
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    let run = Command::new("git")
        .args(["-c", "user.name=A", "-c", "user.email=a@example.com"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("git");
    assert!(run.status.success(), "git {arguments:?}: {run:?}");
}

/// Commits all that is in a folder.
pub(crate) fn commit(folder: &Path, message: &str) {
    git(folder, &["add", "--all"]);
    git(
        folder,
        &["commit", "--quiet", "--allow-empty", "--message", message],
    );
}

/// Makes a repository of a folder, and commits what is there on the branch `main`.
pub(crate) fn repository(folder: &Path) {
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    commit(folder, "First");
}
