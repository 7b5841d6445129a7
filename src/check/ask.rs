//! Asks GitLab what the questions need.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream;

use super::questions::{ProjectQuestion, Questions};
use crate::gitlab::{
    Directory, DirectoryEnvironment, DirectoryGroup, DirectoryProject, GitLabError, Lookup,
    PathOwner,
};
use crate::progress::Progress;

/// How many projects' environments are asked for at once.
const AT_ONCE: usize = 8;

/// What GitLab says.
#[derive(Debug, Default)]
pub(crate) struct GitLabFacts {
    /// Why the rest was not asked, if GitLab failed before.
    pub(crate) failure: Option<GitLabError>,
    pub(super) projects: BTreeMap<u64, Lookup<DirectoryProject>>,
    pub(super) groups: BTreeMap<u64, Lookup<DirectoryGroup>>,
    /// By the number of their project.
    pub(super) environments: BTreeMap<u64, Lookup<Vec<DirectoryEnvironment>>>,
    /// The protected environments of projects for which the files declare some.
    pub(super) protected: BTreeMap<u64, Lookup<BTreeSet<String>>>,
    /// The tiers that groups protect, by the path of the group.
    pub(super) protected_tiers: BTreeMap<String, Lookup<BTreeSet<String>>>,
    /// Whose path it is that stands beside another project's number.
    pub(super) owners: BTreeMap<String, PathOwner>,
}

impl GitLabFacts {
    /// Whether GitLab answered about a project or group.
    pub(crate) fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.groups.is_empty()
    }
}

/// Asks GitLab. After a failure that other requests would have too, the rest is not asked.
pub(crate) async fn ask(
    directory: &Directory,
    questions: &Questions,
    progress: &Progress,
) -> GitLabFacts {
    let mut facts = GitLabFacts::default();
    let outcome = ask_all(directory, questions, &mut facts, progress).await;
    facts.failure = outcome.err();
    progress.finish();
    facts
}

/// Asks GitLab only whether the projects and groups are there, and in which state.
pub(crate) async fn ask_states(directory: &Directory, questions: &Questions) -> GitLabFacts {
    let mut facts = GitLabFacts::default();
    let (projects, groups) = (questions.project_ids(), questions.group_ids());
    let asked = async {
        directory
            .projects(&projects, &mut facts.projects, || {})
            .await?;
        directory.groups(&groups, &mut facts.groups, || {}).await
    };
    facts.failure = asked.await.err();
    facts
}

async fn ask_all(
    directory: &Directory,
    questions: &Questions,
    facts: &mut GitLabFacts,
    progress: &Progress,
) -> Result<(), GitLabError> {
    let (projects, groups) = (questions.project_ids(), questions.group_ids());
    progress.start("projects", projects.len() + groups.len());
    let step = || progress.step();
    directory
        .projects(&projects, &mut facts.projects, step)
        .await?;
    directory.groups(&groups, &mut facts.groups, step).await?;
    ask_environments(directory, questions, facts, progress).await?;
    for group in groups_above_protected(questions, facts) {
        let tiers = directory.protected_tiers(&group).await?;
        facts.protected_tiers.insert(group, tiers);
    }
    for path in misplaced(questions, facts) {
        let owner = directory.owner_of(&path).await?;
        facts.owners.insert(path, owner);
    }
    Ok(())
}

/// The environments of each project that the token sees; a job's token sees those of its own project alone.
async fn ask_environments(
    directory: &Directory,
    questions: &Questions,
    facts: &mut GitLabFacts,
    progress: &Progress,
) -> Result<(), GitLabError> {
    let worth_asking = |question: &ProjectQuestion| {
        let is_seen = matches!(
            facts.projects.get(&question.id.get()),
            Some(Lookup::Found(_))
        );
        !question.environments.is_empty() && (is_seen || directory.has_job_token())
    };
    let questions = questions.projects.iter().map(|(_, question)| question);
    let questions: Vec<&ProjectQuestion> = questions.filter(|one| worth_asking(one)).collect();
    progress.start("environments", questions.len());
    let mut answers = stream::iter(questions)
        .map(|question| async move {
            let id = question.id.get();
            let enough = |found: &[DirectoryEnvironment]| has_all(question, found);
            let environments = directory.environments(id, enough).await?;
            let protected = if question.has_protected() {
                Some(directory.protected_environments(id).await?)
            } else {
                None
            };
            Ok((id, environments, protected))
        })
        .buffer_unordered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        let (id, environments, protected) = answer?;
        facts.environments.insert(id, environments);
        facts.protected.extend(protected.map(|names| (id, names)));
        progress.step();
    }
    Ok(())
}

/// Whether no further environment can matter.
fn has_all(question: &ProjectQuestion, found: &[DirectoryEnvironment]) -> bool {
    question.environments.iter().all(|wanted| {
        let has_name = |name: &str| found.iter().any(|one| one.name == name);
        !wanted.has_globs() && wanted.globs.iter().all(|name| has_name(name.as_str()))
    })
}

/// The groups above projects that do not protect by themselves what the files declare protected.
fn groups_above_protected(questions: &Questions, facts: &GitLabFacts) -> BTreeSet<String> {
    let open = questions.projects.iter().filter_map(|(_, question)| {
        let Some(Lookup::Found(names)) = facts.protected.get(&question.id.get()) else {
            return None;
        };
        let Some(Lookup::Found(project)) = facts.projects.get(&question.id.get()) else {
            return None;
        };
        let mut protected = question.environments.iter().filter(|one| one.is_protected);
        let is_open = protected.any(|one| !names.iter().any(|name| one.has_name(name)));
        is_open.then(|| project.groups().map(str::to_owned))
    });
    open.flatten().collect()
}

/// The paths that stand beside numbers of other projects.
fn misplaced(questions: &Questions, facts: &GitLabFacts) -> Vec<String> {
    let misplaced = questions.projects.iter().filter(|(_, question)| {
        let path = question.path.as_str();
        match facts.projects.get(&question.id.get()) {
            Some(Lookup::Found(project)) => !project.path.eq_ignore_ascii_case(path),
            Some(Lookup::NotVisible) => true,
            Some(Lookup::Unknown(_)) | None => false,
        }
    });
    misplaced
        .map(|(_, question)| question.path.to_string())
        .collect()
}
