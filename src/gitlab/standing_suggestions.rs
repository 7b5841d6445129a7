//! Keeps suggestions on the lines of a merge request: <https://docs.gitlab.com/user/project/merge_requests/reviews/suggestions/>.

use std::collections::BTreeSet;

use super::error::GitLabError;
use super::marker::{Marker, Memory};
use super::resource::{DiffPosition, GitLabProject, Noteable};

/// At most this many are kept at once: a file with hundreds of mistakes needs a person.
const MOST: usize = 20;

/// What the marker of a note remembers: which mistake it is about.
const ABOUT: &str = "about";

/// What to write on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// Which mistake it is about, also when lines move.
    pub(crate) fingerprint: String,
    /// The file, from the repository's root.
    pub(crate) path: String,
    /// From 1, in the merge request's version of the file.
    pub(crate) line: usize,
    /// Markdown with the suggestion in it.
    pub(crate) text: String,
}

/// The suggestions of the token's user on a merge request.
pub(crate) struct StandingSuggestions<'a> {
    /// Its project.
    pub(crate) project: &'a GitLabProject,
    /// What is in their texts.
    pub(crate) marker: &'a Marker,
    /// The merge request's number.
    pub(crate) merge_request: u64,
}

impl StandingSuggestions<'_> {
    /// Adds those that are missing, and removes those whose mistake is gone. One on a line that the merge request does not
    /// change is refused by GitLab, and left out.
    ///
    /// # Errors
    /// When GitLab does not do it for another reason.
    pub(crate) async fn keep(&self, wanted: &[Suggestion]) -> Result<(), GitLabError> {
        let wanted = &wanted[..wanted.len().min(MOST)];
        self.project
            .client
            .until_sure(async || self.settle(wanted).await)
            .await
    }

    async fn settle(&self, wanted: &[Suggestion]) -> Result<(), GitLabError> {
        let on = Noteable::MergeRequest(self.merge_request);
        let mut there = BTreeSet::new();
        for note in self.project.own_notes(on).await? {
            let Some(mut memory) = self.marker.memory(&note.body) else {
                continue;
            };
            let about = memory.remove(ABOUT).unwrap_or_default();
            let is_wanted = wanted.iter().any(|one| one.fingerprint == about);
            if !is_wanted || !there.insert(about) {
                self.project.delete_note(on, note.id).await?;
            }
        }
        let mut missing = wanted
            .iter()
            .filter(|one| !there.contains(&one.fingerprint))
            .peekable();
        if missing.peek().is_none() {
            return Ok(());
        }
        let Some(refs) = self.project.diff_refs(self.merge_request).await? else {
            return Ok(());
        };
        for suggestion in missing {
            let memory = Memory::from([(ABOUT.to_owned(), suggestion.fingerprint.clone())]);
            let body = format!("{}\n{}", suggestion.text, self.marker.comment(&memory));
            let position = DiffPosition::new(&refs, &suggestion.path, suggestion.line);
            let discussion = self
                .project
                .create_diff_note(self.merge_request, &body, &position);
            match discussion.await {
                Err(error) if error.is_refusal() => tracing::debug!(
                    path = suggestion.path,
                    line = suggestion.line,
                    %error,
                    "no suggestion here"
                ),
                outcome => outcome?,
            }
        }
        Ok(())
    }
}
