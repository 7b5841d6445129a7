//! Keeps one open issue for one subject, whatever the number of jobs that update it.

use super::error::GitLabError;
use super::marker::{Marker, Memory};
use super::resource::{GitLabProject, Issue, IssueChange, NewIssue, Noteable};

/// The open issue that has a label and a marker.
pub(crate) struct StandingIssue<'a> {
    /// Its project.
    pub(crate) project: &'a GitLabProject,
    /// What is in its description.
    pub(crate) marker: &'a Marker,
    /// A label that it has.
    pub(crate) label: &'a str,
}

impl StandingIssue<'_> {
    /// The issue, if it is open. Concurrent jobs can open more than one; then only the oldest stays open.
    ///
    /// # Errors
    /// When a request fails.
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

    /// Opens the issue, and returns the one that is open then: another job may have been faster.
    ///
    /// # Errors
    /// When a request fails.
    pub(crate) async fn open(&self, issue: &NewIssue) -> Result<Issue, GitLabError> {
        let look_and_create = async || {
            if let Some(found) = self.find().await? {
                return Ok(found);
            }
            let created = self.project.create_issue(issue).await?;
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
        self.project.client.until_sure(look_and_create).await
    }

    /// Changes the description of the issue, and adds a note about what is new. The note comes first, so that none is lost.
    ///
    /// # Errors
    /// When a request fails. Repeating the call continues from there.
    pub(crate) async fn update(
        &self,
        issue: &Issue,
        description: &str,
        confidential: bool,
        note: &str,
        state: &Memory,
    ) -> Result<(), GitLabError> {
        if confidential && !issue.confidential {
            // A public issue must not show new drift to everyone if the issue should be confidential now.
            let change = IssueChange {
                confidential: Some(true),
                ..IssueChange::default()
            };
            self.project.change_issue(issue.iid, &change).await?;
        }
        self.tell(issue, note, state).await?;
        let change = IssueChange {
            description: Some(description),
            ..IssueChange::default()
        };
        self.project
            .change_issue(issue.iid, &change)
            .await
            .map(drop)
    }

    /// Closes the issue, with a note.
    ///
    /// # Errors
    /// When a request fails. Repeating the call continues from there.
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
        self.project
            .change_issue(issue.iid, &change)
            .await
            .map(drop)
    }

    /// All open issues with the label and the marker, the oldest first.
    async fn all(&self) -> Result<Vec<Issue>, GitLabError> {
        let mut issues = self.project.open_issues(self.label).await?;
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

    /// Closes a duplicate issue with one request, which concurrent jobs may send too.
    async fn close_as(&self, issue: &Issue, description: &str) -> Result<(), GitLabError> {
        let change = IssueChange {
            description: Some(description),
            state_event: Some("close"),
            ..IssueChange::default()
        };
        self.project
            .change_issue(issue.iid, &change)
            .await
            .map(drop)
    }

    /// Writes a note about a change to a state, unless the last note is about it: then an earlier run was interrupted.
    async fn tell(&self, issue: &Issue, text: &str, state: &Memory) -> Result<(), GitLabError> {
        let on = Noteable::Issue(issue.iid);
        let body = format!("{text}\n\n{}", self.marker.comment(state));
        let look_and_create = async || {
            if self.last_state(on).await?.as_ref() == Some(state) {
                return Ok(());
            }
            self.project.create_note(on, &body).await.map(drop)
        };
        self.project.client.until_sure(look_and_create).await
    }

    /// The state that the last note is about.
    async fn last_state(&self, on: Noteable) -> Result<Option<Memory>, GitLabError> {
        let notes = self.project.own_notes(on).await?;
        let mut states = notes
            .iter()
            .rev()
            .filter_map(|note| self.marker.memory(&note.body));
        Ok(states.next())
    }
}
