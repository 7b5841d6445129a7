//! Keeps one note on a merge request, whatever the number of its plans.

use super::error::GitLabError;
use super::marker::Marker;
use super::resource::{GitLabProject, Note, Noteable};

/// The note of the token's user on a merge request that has a marker.
pub(crate) struct StandingNote<'a> {
    /// Its project.
    pub(crate) project: &'a GitLabProject,
    /// What is in its text.
    pub(crate) marker: &'a Marker,
    /// The merge request's number.
    pub(crate) merge_request: u64,
}

impl StandingNote<'_> {
    /// Gives the note this text, which must contain the marker. Does nothing if the note has the text already.
    ///
    /// # Errors
    /// When GitLab does not do it.
    pub(crate) async fn keep(&self, text: &str) -> Result<(), GitLabError> {
        let look_and_create = async || {
            if self.settle(text).await? {
                return Ok(());
            }
            self.project.create_note(self.on(), text).await?;
            // Another job may have been faster.
            self.settle(text).await.map(drop)
        };
        self.project.client.until_sure(look_and_create).await
    }

    /// Who else wrote notes with the marker. These are never written to.
    ///
    /// # Errors
    /// When a request fails.
    pub(crate) async fn others(&self) -> Result<Vec<String>, GitLabError> {
        let me = self.project.me().await?;
        let mut notes = self.project.notes(self.on()).await?;
        notes.retain(|note| note.author.id != me && self.marker.memory(&note.body).is_some());
        Ok(notes.into_iter().map(|note| note.author.username).collect())
    }

    /// Updates the note if there is one. If there are several, only the oldest stays.
    async fn settle(&self, text: &str) -> Result<bool, GitLabError> {
        let mut own = self.project.own_notes(self.on()).await?;
        own.retain(|note| self.marker.memory(&note.body).is_some());
        let Some((note, later)) = own.split_first() else {
            return Ok(false);
        };
        for Note { id, .. } in later {
            self.project.delete_note(self.on(), *id).await?;
        }
        if !is_same(&note.body, text) {
            self.project.change_note(self.on(), note.id, text).await?;
        }
        Ok(true)
    }

    const fn on(&self) -> Noteable {
        Noteable::MergeRequest(self.merge_request)
    }
}

/// Whether GitLab stores two texts alike: it drops carriage returns and trailing white space.
fn is_same(one: &str, other: &str) -> bool {
    one.replace('\r', "").trim_end() == other.replace('\r', "").trim_end()
}
