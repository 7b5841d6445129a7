//! What GitLab has by which number: projects, groups and environments.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use futures::StreamExt;
use futures::stream;
use reqwest::Url;
use serde::Deserialize;

use super::client::GitLabClient;
use super::error::GitLabError;

/// How many requests are under way at once. GitLab limits their number a minute, not at once.
const AT_ONCE: usize = 8;

/// Up to this many projects are asked for by number. More are looked for in GitLab's lists, a hundred at a time, because
/// GitLab.com answers 400 requests a minute for single projects.
const FEW_PROJECTS: usize = 100;

/// A page with fewer wanted projects than this one costs more than it saves: lists have a lower limit of requests.
const FEW_ON_A_PAGE: usize = 4;

/// Why most is unknown to a job's own token.
const JOB_TOKEN: &str = "GitLab shows it to an access token, not to the token of a CI job";

/// A project.
///
/// <https://docs.gitlab.com/api/projects/>
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DirectoryProject {
    /// Its number.
    pub(crate) id: u64,
    /// Its path.
    #[serde(rename = "path_with_namespace")]
    pub(crate) path: String,
    /// Whether it is archived; absent where the token may see little of it.
    pub(crate) archived: Option<bool>,
    /// The group or user that it belongs to.
    namespace: Option<OwningNamespace>,
    /// The day on which it was marked for deletion.
    marked_for_deletion_on: Option<String>,
    /// The same by its deprecated name.
    marked_for_deletion_at: Option<String>,
}

/// What a project belongs to.
#[derive(Clone, Debug, Deserialize)]
struct OwningNamespace {
    kind: String,
}

impl DirectoryProject {
    /// The groups above it, the nearest first. A user's own project has none.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        let kind = self.namespace.as_ref().map(|namespace| &*namespace.kind);
        let ends = self.path.rmatch_indices('/').map(|(at, _)| at);
        ends.filter(move |_| kind != Some("user"))
            .map(|end| &self.path[..end])
    }

    /// Whether GitLab will delete it.
    pub(crate) const fn is_to_be_deleted(&self) -> bool {
        self.marked_for_deletion_on.is_some() || self.marked_for_deletion_at.is_some()
    }
}

/// A group.
///
/// <https://docs.gitlab.com/api/groups/>
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DirectoryGroup {
    /// Its number.
    id: u64,
    /// Its path.
    #[serde(rename = "full_path")]
    pub(crate) path: String,
    /// Whether it is archived; absent in older versions of GitLab.
    pub(crate) archived: Option<bool>,
    /// The day on which it was marked for deletion.
    pub(crate) marked_for_deletion_on: Option<String>,
}

/// An environment of a project.
///
/// <https://docs.gitlab.com/api/environments/>
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DirectoryEnvironment {
    /// Its name.
    pub(crate) name: String,
    /// `production`, `staging`, `testing`, `development` or `other`.
    pub(crate) tier: Option<String>,
}

/// What has a name, such as a protected environment.
#[derive(Deserialize)]
struct Named {
    name: String,
}

/// GitLab's answer about one thing.
#[derive(Clone, Debug)]
pub(crate) enum Lookup<T> {
    /// It exists.
    Found(T),
    /// It does not exist, or the token may not see it: GitLab answers both alike.
    NotVisible,
    /// GitLab does not say, for this reason.
    Unknown(String),
}

/// Which project a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathOwner {
    /// The project with this number.
    Project(u64),
    /// It was the path of the project with this number, which has another one now.
    Former(u64),
    /// No project that the token can see.
    NotVisible,
}

/// Looks things up in GitLab.
pub(crate) struct Directory {
    pub(super) client: GitLabClient,
}

impl Directory {
    /// As the user of the client's token sees it.
    pub(crate) const fn new(client: GitLabClient) -> Self {
        Self { client }
    }

    /// Whether the token is that of a job, which can read little.
    pub(crate) const fn has_job_token(&self) -> bool {
        self.client.has_job_token()
    }

    /// Finds the projects with these numbers. Calls `step` for each of them. What was found before a failure stays.
    ///
    /// # Errors
    /// When GitLab can't be asked.
    pub(crate) async fn projects(
        &self,
        wanted: &BTreeSet<u64>,
        found: &mut BTreeMap<u64, Lookup<DirectoryProject>>,
        step: impl Fn(),
    ) -> Result<(), GitLabError> {
        if wanted.len() > FEW_PROJECTS && !self.has_job_token() {
            // A list of the user's own projects has no gaps of strangers' projects; an administrator may have none.
            self.list_projects(wanted, true, found, &step).await?;
            self.list_projects(wanted, false, found, &step).await?;
        }
        let rest = wanted.iter().filter(|id| !found.contains_key(id));
        let rest: Vec<u64> = rest.copied().collect();
        let path = |id| format!("projects/{id}");
        self.by_number(rest, path, found, &step).await?;
        refuse_others(found, |project| project.id);
        Ok(())
    }

    /// Finds the groups with these numbers. Calls `step` for each of them. What was found before a failure stays.
    ///
    /// # Errors
    /// When GitLab can't be asked.
    pub(crate) async fn groups(
        &self,
        wanted: &BTreeSet<u64>,
        found: &mut BTreeMap<u64, Lookup<DirectoryGroup>>,
        step: impl Fn(),
    ) -> Result<(), GitLabError> {
        let path = |id| format!("groups/{id}");
        self.by_number(wanted.iter().copied().collect(), path, found, &step)
            .await?;
        refuse_others(found, |group| group.id);
        Ok(())
    }

    /// The environments of a project, whether available or stopped, until these are `enough`.
    ///
    /// # Errors
    /// When GitLab can't be asked.
    pub(crate) async fn environments(
        &self,
        project: u64,
        enough: impl Fn(&[DirectoryEnvironment]) -> bool,
    ) -> Result<Lookup<Vec<DirectoryEnvironment>>, GitLabError> {
        let mut found = Vec::new();
        let collect = |page: Vec<DirectoryEnvironment>| {
            found.extend(page);
            if enough(&found) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let path = format!("projects/{project}/environments");
        let read = self.client.pages(path, &[], collect).await;
        Ok(self.lookup(read)?.map(|()| found))
    }

    /// The names of a project's protected environments.
    ///
    /// # Errors
    /// When GitLab can't be asked.
    pub(crate) async fn protected_environments(
        &self,
        project: u64,
    ) -> Result<Lookup<BTreeSet<String>>, GitLabError> {
        self.names(format!("projects/{project}/protected_environments"))
            .await
    }

    /// The tiers of environments that a group, by its path, protects in all of its projects.
    ///
    /// # Errors
    /// When GitLab can't be asked.
    pub(crate) async fn protected_tiers(
        &self,
        group: &str,
    ) -> Result<Lookup<BTreeSet<String>>, GitLabError> {
        if group.bytes().all(|byte| byte.is_ascii_digit()) {
            let why = format!("GitLab's API reads the path `{group}` as the number of a group");
            return Ok(Lookup::Unknown(why));
        }
        let group = group.replace('/', "%2F");
        self.names(format!("groups/{group}/protected_environments"))
            .await
    }

    /// Which project has a path.
    ///
    /// # Errors
    /// When GitLab can't be asked.
    pub(crate) async fn owner_of(&self, path: &str) -> Result<PathOwner, GitLabError> {
        let path = format!("projects/{}", path.replace('/', "%2F"));
        let answer = self.client.get::<DirectoryProject>(path).await;
        match answer {
            Ok(project) => Ok(PathOwner::Project(project.id)),
            Err(GitLabError::Redirect { target, .. }) => {
                Ok(redirected(&target).map_or(PathOwner::NotVisible, PathOwner::Former))
            }
            Err(GitLabError::Refused { status: 404, .. }) => Ok(PathOwner::NotVisible),
            Err(error) => Err(error),
        }
    }

    /// Looks for the wanted projects in a list that is sorted by number. Each page begins with the next one that is wanted:
    /// `id_after` is also how GitLab itself leads from page to page.
    ///
    /// <https://docs.gitlab.com/api/rest/#keyset-based-pagination>
    async fn list_projects(
        &self,
        wanted: &BTreeSet<u64>,
        is_member: bool,
        found: &mut BTreeMap<u64, Lookup<DirectoryProject>>,
        step: &impl Fn(),
    ) -> Result<(), GitLabError> {
        let mut reached = 0;
        loop {
            let mut rest = wanted.range(reached + 1..);
            let Some(next) = rest.find(|id| !found.contains_key(id)) else {
                return Ok(());
            };
            let after = (next - 1).to_string();
            let membership = is_member.then_some(("membership", "true"));
            let query = [
                ("pagination", "keyset"),
                ("order_by", "id"),
                ("sort", "asc"),
                ("id_after", after.as_str()),
            ];
            let query: Vec<_> = query.into_iter().chain(membership).collect();
            let path = "projects".to_owned();
            let (page, is_last) = self.client.page::<DirectoryProject>(path, &query).await?;
            reached = page.last().map_or(u64::MAX - 1, |project| project.id);
            let fits = |project: &DirectoryProject| wanted.contains(&project.id);
            let before = found.len();
            for project in page.into_iter().filter(fits) {
                if found.insert(project.id, Lookup::Found(project)).is_none() {
                    step();
                }
            }
            if is_last || found.len() - before < FEW_ON_A_PAGE {
                return Ok(());
            }
        }
    }

    async fn by_number<T: for<'de> Deserialize<'de>>(
        &self,
        ids: Vec<u64>,
        path: impl Fn(u64) -> String,
        found: &mut BTreeMap<u64, Lookup<T>>,
        step: &impl Fn(),
    ) -> Result<(), GitLabError> {
        let path = &path;
        let mut answers = stream::iter(ids)
            .map(|id| async move { (id, self.client.get::<T>(path(id)).await) })
            .buffer_unordered(AT_ONCE);
        while let Some((id, answer)) = answers.next().await {
            found.insert(id, self.lookup(answer)?);
            step();
        }
        Ok(())
    }

    /// Tells a refusal that is about one thing from a failure that all requests will have.
    fn lookup<T>(&self, answer: Result<T, GitLabError>) -> Result<Lookup<T>, GitLabError> {
        match answer {
            Ok(found) => Ok(Lookup::Found(found)),
            Err(GitLabError::Refused {
                status: 401 | 404, ..
            }) if self.has_job_token() => Ok(Lookup::Unknown(JOB_TOKEN.to_owned())),
            Err(GitLabError::Refused { status: 404, .. }) => Ok(Lookup::NotVisible),
            Err(error) if error.is_about_one_thing() => Ok(Lookup::Unknown(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// One thing by its path.
    pub(super) async fn one<T: for<'de> Deserialize<'de>>(
        &self,
        path: String,
    ) -> Result<Lookup<T>, GitLabError> {
        self.lookup(self.client.get(path).await)
    }

    /// All of a list.
    pub(super) async fn all<T: for<'de> Deserialize<'de>>(
        &self,
        path: String,
    ) -> Result<Lookup<Vec<T>>, GitLabError> {
        self.lookup(self.client.list(path, &[]).await)
    }

    async fn names(&self, path: String) -> Result<Lookup<BTreeSet<String>>, GitLabError> {
        let names = self.all::<Named>(path).await?;
        Ok(names.map(|names| names.into_iter().map(|named| named.name).collect()))
    }
}

impl<T> Lookup<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Found(found) => Lookup::Found(change(found)),
            Self::NotVisible => Lookup::NotVisible,
            Self::Unknown(why) => Lookup::Unknown(why),
        }
    }
}

/// An answer about another number than the one that was asked about says nothing.
fn refuse_others<T>(answers: &mut BTreeMap<u64, Lookup<T>>, number: impl Fn(&T) -> u64) {
    for (wanted, answer) in answers {
        if let Lookup::Found(found) = answer
            && number(found) != *wanted
        {
            let other = number(found);
            *answer = Lookup::Unknown(format!("the answer is about the number {other}"));
        }
    }
}

/// The number at the end of an address that GitLab leads to from a former path, `…/api/v4/projects/81`.
fn redirected(target: &str) -> Option<u64> {
    let url = Url::parse(target).ok()?;
    url.path_segments()?.next_back()?.parse().ok()
}
