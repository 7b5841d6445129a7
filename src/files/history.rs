//! The commits that changed the mappings folder.

use std::path::Path;

use super::git::{GitError, Repository};
use super::revision::Commit;

/// How many commits are looked at. GitLab clones 20 by default, and what waits longer than that for an apply is rare.
const MOST_COMMITS: usize = 20;

/// The commits that changed a folder, each with the time at which it was made or merged.
#[derive(Debug)]
pub(crate) struct History {
    /// Those of the checked-out branch, the newest first, without the one that began the repository.
    pub(crate) commits: Vec<Commit>,
    /// Whether there may be older ones.
    pub(crate) ends_early: bool,
}

impl History {
    /// Reads the history of a folder. Commits of branches that were merged are not listed: their merge is.
    ///
    /// # Errors
    /// When the folder is not in a repository, or git can't be run.
    pub(crate) fn of(folder: &Path) -> Result<Self, GitError> {
        let repository = Repository::of(folder);
        let most = format!("--max-count={MOST_COMMITS}");
        let log = [
            "log",
            "--first-parent",
            "--no-show-signature",
            "--encoding=UTF-8",
            &most,
            "--format=%P%x00%H%x00%cI%x00%an",
            "--",
            ".",
        ];
        let lines = repository.run(&log)?;
        let lines = String::from_utf8_lossy(&lines).into_owned();
        let lines: Vec<&str> = lines.lines().collect();
        let commits: Vec<Commit> = lines.iter().copied().filter_map(commit).collect();
        let shallow = repository.line(&["rev-parse", "--is-shallow-repository"])?;
        let is_cut = commits.len() < lines.len() && shallow == "true";
        Ok(Self {
            ends_early: is_cut || lines.len() == MOST_COMMITS,
            commits,
        })
    }
}

/// A line of the log; none for a commit without parents.
fn commit(line: &str) -> Option<Commit> {
    let mut parts = line.split('\0');
    parts.next().filter(|parents| !parents.is_empty())?;
    Some(Commit {
        commit: parts.next()?.to_owned(),
        date: parts.next()?.to_owned(),
        author: parts.next()?.to_owned(),
    })
}
