//! Keeps one issue for one subject, whatever the number of jobs that update it.

use std::ops::ControlFlow;

use super::error::GitLabError;
use super::marker::{Marker, Memory};
use super::resource::{GitLabProject, Issue, IssueChange, NewIssue, Noteable};

/// The issue of the token's user that has a marker.
pub(crate) struct StandingIssue<'a> {
    /// Its project.
    pub(crate) project: &'a GitLabProject,
    /// What is in its description.
    pub(crate) marker: &'a Marker,
    /// A label that it has.
    pub(crate) label: &'a str,
    /// What the last note remembers of an issue whose subject is gone.
    pub(crate) gone: &'a Memory,
}

/// What there is of the issue.
pub(crate) enum Standing {
    /// None that matters any more.
    Absent,
    /// It is open.
    Open(Issue),
    /// Someone closed it although its subject was not gone.
    ClosedByHand(Issue),
}

/// New content of the issue.
pub(crate) struct IssueUpdate<'a> {
    /// The description.
    pub(crate) description: &'a str,
    /// Whether only members from the role Planner on see it.
    pub(crate) confidential: bool,
    /// A note about what is new.
    pub(crate) note: &'a str,
    /// What the note remembers.
    pub(crate) memory: &'a Memory,
}

impl StandingIssue<'_> {
    /// The issue. Concurrent jobs can open more than one; then only the oldest stays open. Whoever took its label away, it
    /// has it again.
    ///
    /// # Errors
    /// When a request fails.
    pub(crate) async fn find(&self) -> Result<Standing, GitLabError> {
        if let Some(issue) = self.find_open().await? {
            return Ok(Standing::Open(self.labelled(issue).await?));
        }
        let mut newest = None;
        let visit = |issue| {
            if self.is_marked(&issue) {
                newest = Some(issue);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        self.project.own_issues("closed", visit).await?;
        let Some(issue) = newest else {
            return Ok(Standing::Absent);
        };
        let last = self.last_memory(Noteable::Issue(issue.iid)).await?;
        Ok(match last {
            Some(last) if last == *self.gone => Standing::Absent,
            _ => Standing::ClosedByHand(issue),
        })
    }

    /// The open issues of other users that have the marker. They are never written to.
    ///
    /// # Errors
    /// When a request fails.
    pub(crate) async fn of_others(&self) -> Result<Vec<Issue>, GitLabError> {
        let mut issues = self
            .project
            .open_issues_with(self.marker.identity())
            .await?;
        let me = self.project.me().await?;
        issues.retain(|issue| issue.author.id != me && self.is_marked(issue));
        Ok(issues)
    }

    /// Opens the issue, and returns the one that is open then: another job may have been faster.
    ///
    /// # Errors
    /// When a request fails.
    pub(crate) async fn open(&self, issue: &NewIssue) -> Result<Issue, GitLabError> {
        let look_and_create = async || {
            if let Some(found) = self.find_open().await? {
                return Ok(found);
            }
            let created = self.project.create_issue(issue).await?;
            if !self.has_label(&created) {
                self.close_as(&created, "This issue was opened in error.")
                    .await?;
                return Err(GitLabError::NoLabel(self.label.to_owned()));
            }
            match self.all_open().await?.into_iter().next() {
                Some(oldest) if oldest.iid < created.iid => {
                    self.give_up(&created, &oldest).await?;
                    Ok(oldest)
                }
                _ => Ok(created),
            }
        };
        self.project.client.until_sure(look_and_create).await
    }

    /// Changes the issue, adds a note about what is new, and opens it again if it is closed. The note comes first, so that
    /// none is lost.
    ///
    /// # Errors
    /// When a request fails. Repeating the call continues from there.
    pub(crate) async fn update(
        &self,
        issue: &Issue,
        update: &IssueUpdate<'_>,
    ) -> Result<(), GitLabError> {
        if update.confidential && !issue.confidential {
            // A public issue must not show what is new to everyone if the issue should be confidential now.
            let change = IssueChange {
                confidential: Some(true),
                ..IssueChange::default()
            };
            self.project.change_issue(issue.iid, &change).await?;
        }
        self.tell(issue, update.note, update.memory).await?;
        let change = IssueChange {
            description: Some(update.description),
            state_event: issue.is_closed().then_some("reopen"),
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
    pub(crate) async fn close(&self, issue: &Issue, note: &str) -> Result<(), GitLabError> {
        self.tell(issue, note, self.gone).await?;
        let change = IssueChange {
            state_event: Some("close"),
            ..IssueChange::default()
        };
        self.project
            .change_issue(issue.iid, &change)
            .await
            .map(drop)
    }

    /// Writes a note and what it remembers, unless the last note remembers the same: then an earlier run was interrupted.
    ///
    /// # Errors
    /// When a request fails. Repeating the call continues from there.
    pub(crate) async fn tell(
        &self,
        issue: &Issue,
        text: &str,
        memory: &Memory,
    ) -> Result<(), GitLabError> {
        let on = Noteable::Issue(issue.iid);
        let body = format!("{text}\n\n{}", self.marker.comment(memory));
        let look_and_create = async || {
            if self.last_memory(on).await?.as_ref() == Some(memory) {
                return Ok(());
            }
            self.project.create_note(on, &body).await.map(drop)
        };
        self.project.client.until_sure(look_and_create).await
    }

    async fn find_open(&self) -> Result<Option<Issue>, GitLabError> {
        let mut found = self.all_open().await?.into_iter();
        let Some(oldest) = found.next() else {
            return Ok(None);
        };
        for later in found {
            self.give_up(&later, &oldest).await?;
        }
        Ok(Some(oldest))
    }

    /// All open issues of the token's user that have the marker, the oldest first. A label is for people to change.
    async fn all_open(&self) -> Result<Vec<Issue>, GitLabError> {
        let mut issues = Vec::new();
        let visit = |issue| {
            issues.extend(Some(issue).filter(|issue| self.is_marked(issue)));
            ControlFlow::Continue(())
        };
        self.project.own_issues("opened", visit).await?;
        issues.sort_by_key(|issue| issue.iid);
        Ok(issues)
    }

    fn is_marked(&self, issue: &Issue) -> bool {
        let description = issue.description.as_deref();
        description.is_some_and(|text| self.marker.memory(text).is_some())
    }

    fn has_label(&self, issue: &Issue) -> bool {
        issue.labels.iter().any(|label| label == self.label)
    }

    async fn labelled(&self, issue: Issue) -> Result<Issue, GitLabError> {
        if self.has_label(&issue) {
            return Ok(issue);
        }
        let change = IssueChange {
            add_labels: Some(self.label),
            ..IssueChange::default()
        };
        self.project.change_issue(issue.iid, &change).await
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

    /// What the last note remembers.
    async fn last_memory(&self, on: Noteable) -> Result<Option<Memory>, GitLabError> {
        let notes = self.project.own_notes(on).await?;
        let mut memories = notes
            .iter()
            .rev()
            .filter_map(|note| self.marker.memory(&note.body));
        Ok(memories.next())
    }
}
