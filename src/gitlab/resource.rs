//! Issues, notes and users, as far as they matter here.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::OnceCell;

use super::client::GitLabClient;
use super::error::GitLabError;

/// An issue.
///
/// <https://docs.gitlab.com/api/issues/>
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Issue {
    /// Its number in the project.
    pub(crate) iid: u64,
    /// Its text; null if it never had one.
    #[serde(default)]
    pub(crate) description: Option<String>,
    /// Whether only members from the role Planner on see it.
    #[serde(default)]
    pub(crate) confidential: bool,
    /// The names of its labels.
    #[serde(default)]
    pub(crate) labels: Vec<String>,
    /// Who opened it.
    pub(crate) author: User,
    /// The users that it is assigned to.
    #[serde(default)]
    pub(crate) assignees: Vec<User>,
    /// `opened` or `closed`.
    state: String,
    /// Where people see it.
    pub(crate) web_url: String,
}

impl Issue {
    /// Whether it is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.state == "closed"
    }
}

/// An issue that is to be opened.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NewIssue {
    /// The title.
    pub(crate) title: String,
    /// The text; GitLab accepts 1,048,576 characters.
    pub(crate) description: String,
    /// Whether only members from the role Planner on see it.
    pub(crate) confidential: bool,
    /// Names without commas, joined by commas; GitLab creates missing labels.
    pub(crate) labels: String,
    /// Ids of users; the free edition uses only the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) assignee_ids: Vec<u64>,
}

/// What is to change about an issue.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct IssueChange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confidential: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state_event: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) add_labels: Option<&'a str>,
}

/// A note on an issue or a merge request.
///
/// <https://docs.gitlab.com/api/notes/>
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Note {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) body: String,
    pub(super) author: User,
    /// Whether GitLab wrote it by itself.
    #[serde(default)]
    pub(super) system: bool,
}

/// The commits that a merge request compares.
///
/// <https://docs.gitlab.com/api/merge_requests/>
#[derive(Clone, Debug, Deserialize)]
pub(super) struct DiffRefs {
    base_sha: String,
    start_sha: String,
    head_sha: String,
}

#[derive(Debug, Deserialize)]
struct MergeRequestRefs {
    /// Null while GitLab still compares.
    diff_refs: Option<DiffRefs>,
}

/// A line that a merge request adds.
///
/// <https://docs.gitlab.com/api/discussions/#create-a-new-thread-in-the-merge-request-diff>
#[derive(Debug, Serialize)]
pub(super) struct DiffPosition<'a> {
    base_sha: &'a str,
    start_sha: &'a str,
    head_sha: &'a str,
    position_type: &'static str,
    old_path: &'a str,
    new_path: &'a str,
    new_line: usize,
}

impl<'a> DiffPosition<'a> {
    /// A line of a file, from 1.
    pub(super) fn new(refs: &'a DiffRefs, path: &'a str, line: usize) -> Self {
        Self {
            base_sha: &refs.base_sha,
            start_sha: &refs.start_sha,
            head_sha: &refs.head_sha,
            position_type: "text",
            old_path: path,
            new_path: path,
            new_line: line,
        }
    }
}

/// A user.
///
/// <https://docs.gitlab.com/api/users/>
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct User {
    /// Its number, which no other user ever has.
    pub(crate) id: u64,
    /// Its name.
    #[serde(default)]
    pub(crate) username: String,
}

/// What a note is on, by its number in the project.
#[derive(Clone, Copy, Debug)]
pub(super) enum Noteable {
    Issue(u64),
    MergeRequest(u64),
}

impl Noteable {
    fn path(self) -> String {
        match self {
            Self::Issue(iid) => format!("issues/{iid}/notes"),
            Self::MergeRequest(iid) => format!("merge_requests/{iid}/notes"),
        }
    }
}

/// A project at GitLab, in which issues and notes are kept.
pub(crate) struct GitLabProject {
    /// How to reach GitLab.
    pub(super) client: GitLabClient,
    /// The project's number.
    id: u64,
    /// The number of the token's user, once it was asked for.
    me: OnceCell<u64>,
}

impl GitLabProject {
    /// The project with this number.
    pub(crate) const fn new(client: GitLabClient, id: u64) -> Self {
        Self {
            client,
            id,
            me: OnceCell::const_new(),
        }
    }

    /// The path of something in the project.
    fn path(&self, path: &str) -> String {
        format!("projects/{}/{path}", self.id)
    }

    /// The number of the token's user.
    pub(super) async fn me(&self) -> Result<u64, GitLabError> {
        let ask = || async {
            let me: User = self.client.get("user".to_owned()).await?;
            Ok(me.id)
        };
        self.me.get_or_try_init(ask).await.copied()
    }

    /// The issues that the token's user opened, in a state, the last changed first, until `visit` has seen enough.
    pub(super) async fn own_issues(
        &self,
        state: &'static str,
        mut visit: impl FnMut(Issue) -> ControlFlow<()>,
    ) -> Result<(), GitLabError> {
        let me = self.me().await?.to_string();
        let query = [
            ("state", state),
            ("author_id", me.as_str()),
            ("order_by", "updated_at"),
            ("sort", "desc"),
        ];
        let mut visit_all = |page: Vec<Issue>| page.into_iter().try_for_each(&mut visit);
        let path = self.path("issues");
        self.client.pages(path, &query, &mut visit_all).await
    }

    /// The open issues with a word in their description, the oldest first.
    pub(super) async fn open_issues_with(&self, word: &str) -> Result<Vec<Issue>, GitLabError> {
        let query = [
            ("state", "opened"),
            ("search", word),
            ("in", "description"),
            ("order_by", "created_at"),
            ("sort", "asc"),
        ];
        let mut issues: Vec<Issue> = self.client.list(self.path("issues"), &query).await?;
        issues.sort_by_key(|issue| issue.iid);
        Ok(issues)
    }

    pub(super) async fn create_issue(&self, issue: &NewIssue) -> Result<Issue, GitLabError> {
        self.client.post(self.path("issues"), issue).await
    }

    pub(super) async fn change_issue(
        &self,
        iid: u64,
        change: &IssueChange<'_>,
    ) -> Result<Issue, GitLabError> {
        self.client
            .put(self.path(&format!("issues/{iid}")), change)
            .await
    }

    /// The notes that the token's user wrote, the oldest first.
    pub(super) async fn own_notes(&self, on: Noteable) -> Result<Vec<Note>, GitLabError> {
        let me = self.me().await?;
        let mut notes = self.notes(on).await?;
        notes.retain(|note| note.author.id == me);
        Ok(notes)
    }

    /// The notes that people and programs wrote, the oldest first.
    pub(super) async fn notes(&self, on: Noteable) -> Result<Vec<Note>, GitLabError> {
        let query = [("order_by", "created_at"), ("sort", "asc")];
        let mut notes: Vec<Note> = self.client.list(self.path(&on.path()), &query).await?;
        notes.retain(|note| !note.system);
        notes.sort_by_key(|note| note.id);
        Ok(notes)
    }

    pub(super) async fn create_note(&self, on: Noteable, body: &str) -> Result<Note, GitLabError> {
        let path = self.path(&on.path());
        self.client.post(path, &json!({ "body": body })).await
    }

    /// The commits that a merge request compares; none while GitLab still does.
    pub(super) async fn diff_refs(&self, iid: u64) -> Result<Option<DiffRefs>, GitLabError> {
        let path = self.path(&format!("merge_requests/{iid}"));
        let merge_request: MergeRequestRefs = self.client.get(path).await?;
        Ok(merge_request.diff_refs)
    }

    /// Begins a discussion of a line of a merge request.
    pub(super) async fn create_diff_note(
        &self,
        iid: u64,
        body: &str,
        position: &DiffPosition<'_>,
    ) -> Result<(), GitLabError> {
        let path = self.path(&format!("merge_requests/{iid}/discussions"));
        let discussion = json!({ "body": body, "position": position });
        let _: serde::de::IgnoredAny = self.client.post(path, &discussion).await?;
        Ok(())
    }

    pub(super) async fn change_note(
        &self,
        on: Noteable,
        note: u64,
        body: &str,
    ) -> Result<Note, GitLabError> {
        let path = self.path(&format!("{}/{note}", on.path()));
        self.client.put(path, &json!({ "body": body })).await
    }

    /// Deletes a note. A note that does not exist is not an error.
    pub(super) async fn delete_note(&self, on: Noteable, note: u64) -> Result<(), GitLabError> {
        let path = self.path(&format!("{}/{note}", on.path()));
        match self.client.delete(path).await {
            Err(GitLabError::Refused { status: 404, .. }) => Ok(()),
            outcome => outcome,
        }
    }

    /// The user with this name.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn user(&self, name: &str) -> Result<User, GitLabError> {
        let mut users: Vec<User> = self
            .client
            .list("users".to_owned(), &[("username", name)])
            .await?;
        users
            .pop()
            .ok_or_else(|| GitLabError::NoUser(name.to_owned()))
    }
}
