//! One open issue for one thing, however many jobs look after it.

use super::client::GitLabClient;
use super::error::GitLabError;
use super::marker::{Marker, Memory};
use super::resource::{Issue, IssueChange, NewIssue, Noteable};

/// The open issue that has a label and a marker.
pub(crate) struct StandingIssue<'a> {
    /// How to reach its project.
    pub(crate) client: &'a GitLabClient,
    /// What is in its description.
    pub(crate) marker: &'a Marker,
    /// A label that it has.
    pub(crate) label: &'a str,
}

impl StandingIssue<'_> {
    /// The issue, if it is open. Of several, as jobs at the same time can open, the oldest stays.
    ///
    /// # Errors
    /// When GitLab can't be asked, or does not close the others.
    pub(crate) async fn find(&self) -> Result<Option<Issue>, GitLabError> {
        let mut found = self.all().await?.into_iter();
        let Some(oldest) = found.next() else {
            return Ok(None);
        };
        for later in found {
            self.give_up(&later, &oldest).await?;
        }
        Ok(Some(oldest))
    }

    /// Opens the issue, and answers the one that is open then: another job may have been faster.
    ///
    /// # Errors
    /// When GitLab does not do it.
    pub(crate) async fn open(&self, issue: &NewIssue) -> Result<Issue, GitLabError> {
        let look_and_create = async || {
            if let Some(found) = self.find().await? {
                return Ok(found);
            }
            let created = self.client.create_issue(issue).await?;
            if !created.labels.iter().any(|label| label == self.label) {
                self.close_as(&created, "This issue was opened in error.")
                    .await?;
                return Err(GitLabError::NoLabel(self.label.to_owned()));
            }
            match self.all().await?.into_iter().next() {
                Some(oldest) if oldest.iid < created.iid => {
                    self.give_up(&created, &oldest).await?;
                    Ok(oldest)
                }
                _ => Ok(created),
            }
        };
        self.client.until_sure(look_and_create).await
    }

    /// Gives the issue another description, and says in one note what is new; the note comes first, so that none is lost.
    ///
    /// # Errors
    /// When GitLab does not do it. Doing the same again goes on from there.
    pub(crate) async fn update(
        &self,
        issue: &Issue,
        description: &str,
        confidential: bool,
        note: &str,
        state: &Memory,
    ) -> Result<(), GitLabError> {
        if confidential && !issue.confidential {
            // An issue that was opened to everybody is not to show what is new to everybody.
            let change = IssueChange {
                confidential: Some(true),
                ..IssueChange::default()
            };
            self.client.change_issue(issue.iid, &change).await?;
        }
        self.tell(issue, note, state).await?;
        let change = IssueChange {
            description: Some(description),
            ..IssueChange::default()
        };
        self.client.change_issue(issue.iid, &change).await.map(drop)
    }

    /// Closes the issue, with a note.
    ///
    /// # Errors
    /// When GitLab does not do it. Doing the same again goes on from there.
    pub(crate) async fn close(
        &self,
        issue: &Issue,
        note: &str,
        state: &Memory,
    ) -> Result<(), GitLabError> {
        self.tell(issue, note, state).await?;
        let change = IssueChange {
            state_event: Some("close"),
            ..IssueChange::default()
        };
        self.client.change_issue(issue.iid, &change).await.map(drop)
    }

    /// All open issues with the label and the marker, the oldest first.
    async fn all(&self) -> Result<Vec<Issue>, GitLabError> {
        let mut issues = self.client.open_issues(self.label).await?;
        issues.retain(|issue| {
            let description = issue.description.as_deref();
            description.is_some_and(|text| self.marker.memory(text).is_some())
        });
        Ok(issues)
    }

    async fn give_up(&self, later: &Issue, oldest: &Issue) -> Result<(), GitLabError> {
        let description = format!("Another job had opened #{} for the same.", oldest.iid);
        self.close_as(later, &description).await
    }

    /// Closes an issue that should not be, by one request, which jobs may send at the same time.
    async fn close_as(&self, issue: &Issue, description: &str) -> Result<(), GitLabError> {
        let change = IssueChange {
            description: Some(description),
            state_event: Some("close"),
            ..IssueChange::default()
        };
        self.client.change_issue(issue.iid, &change).await.map(drop)
    }

    /// Writes a note on the way to a state, unless the last note is that already: then an earlier run was cut short.
    async fn tell(&self, issue: &Issue, text: &str, state: &Memory) -> Result<(), GitLabError> {
        let on = Noteable::Issue(issue.iid);
        let body = format!("{text}\n\n{}", self.marker.comment(state));
        let look_and_create = async || {
            if self.last_state(on).await?.as_ref() == Some(state) {
                return Ok(());
            }
            self.client.create_note(on, &body).await.map(drop)
        };
        self.client.until_sure(look_and_create).await
    }

    /// The state that the last of the notes led to.
    async fn last_state(&self, on: Noteable) -> Result<Option<Memory>, GitLabError> {
        let notes = self.client.own_notes(on).await?;
        let mut states = notes
            .iter()
            .rev()
            .filter_map(|note| self.marker.memory(&note.body));
        Ok(states.next())
    }
}
