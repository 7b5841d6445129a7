//! Who reaches what: every job that the files know against every AWS role.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::admission::{Admitted, Refusal, user_claim};
use super::condition::Condition;
use super::configuration::{LoginRole, Target};
use super::grant::{Grant, Reach, RuleRef, merged};
use super::job::{self, Job};
use super::projects::Projects;
use super::reach::Judge;

/// Jobs that the configuration can't tell apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Who {
    /// The project's path, if the files know it.
    pub(crate) project: Option<String>,
    /// The project's number; without it, any project that the files do not know.
    pub(crate) project_id: Option<String>,
    /// The environment, or none.
    pub(crate) environment: Option<String>,
}

/// How surely something is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// After another job has logged in under the same alias.
    AfterOthers,
    /// If claims that are not known are what they have to be.
    OnlyIf,
    /// Always.
    Yes,
}

/// One identity in AWS that a job reaches, through one login role.
#[derive(Debug, Clone)]
pub(crate) struct Access<'c> {
    /// The ARN of an IAM role, or what else the credentials are of.
    pub(crate) identity: String,
    /// The AWS role that gives it.
    pub(crate) target: Target<'c>,
    /// How surely.
    pub(crate) level: Level,
    /// What has to be true; for [`Level::AfterOthers`] of the other job.
    pub(crate) conditions: Vec<Condition>,
    /// The role to log in with.
    pub(crate) through: &'c LoginRole<'c>,
    /// The role that the other job logs in with.
    pub(crate) other_role: Option<&'c str>,
    /// The rules that allow it.
    pub(crate) rules: Vec<RuleRef>,
}

impl Who {
    /// A job of a project of which at least the number is known.
    pub(crate) fn new(id: &str, path: Option<&str>, environment: Option<&str>) -> Self {
        Self {
            project: path.map(str::to_owned),
            project_id: Some(id.to_owned()),
            environment: environment.map(str::to_owned),
        }
    }

    /// The jobs of all projects that the files do not know.
    pub(crate) const ANY_OTHER: Self = Self {
        project: None,
        project_id: None,
        environment: None,
    };

    /// What is known of its jobs.
    fn job(&self) -> Job {
        let job = Job::of_project(self.project_id.as_deref(), self.project.as_deref());
        match self.project_id {
            Some(_) => job.in_environment(self.environment.as_deref()),
            None => job,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.project, &self.project_id) {
            (Some(path), _) => f.write_str(path)?,
            (None, Some(id)) => write!(f, "project {id}")?,
            (None, None) => return f.write_str("any other project"),
        }
        write!(f, ", {}", self.environment.as_deref().unwrap_or("default"))
    }
}

/// An admission and what comes of it, for one login role.
#[derive(Debug)]
pub(crate) struct Admittance<'c> {
    /// The role to log in with.
    pub(crate) through: &'c LoginRole<'c>,
    /// The login.
    pub(crate) admitted: Admitted,
    /// What the token reaches.
    pub(crate) reach: Reach<'c>,
}

/// What comes of a job's login with each role.
pub(super) fn logins<'c>(
    judge: &Judge<'c>,
    job: &Job,
) -> impl Iterator<Item = (&'c LoginRole<'c>, Result<Admittance<'c>, Refusal>)> {
    let roles = judge.configuration().login_roles.iter().enumerate();
    roles.map(move |(role, through)| {
        let admitted = judge.admit(role, job);
        let admittance = admitted.map(|admitted| Admittance::new(judge, role, admitted));
        (through, admittance)
    })
}

/// The login roles that admit jobs, of which as much is known as `job` says, and what they lead to.
fn admittances<'c>(
    judge: &Judge<'c>,
    projects: &Projects,
    who: &Who,
    job: &Job,
) -> Vec<Admittance<'c>> {
    let admitted = judge
        .logins(job)
        .map(|(role, admitted)| Admittance::new(judge, role, admitted));
    match who {
        &Who::ANY_OTHER => admitted
            .filter_map(|admittance| admittance.of_others(projects))
            .collect(),
        _ => admitted.collect(),
    }
}

impl<'c> Admittance<'c> {
    /// What comes of a login with a role, by its place in the configuration.
    fn new(judge: &Judge<'c>, role: usize, admitted: Admitted) -> Self {
        Self {
            through: &judge.configuration().login_roles[role],
            reach: judge.reach(role, &admitted),
            admitted,
        }
    }

    /// Leaves out what only the projects of the files reach.
    fn of_others(mut self, projects: &Projects) -> Option<Self> {
        let excludes = |conditions: &[Condition]| {
            let mut conditions = conditions.iter();
            conditions.any(|condition| projects.excludes_others(condition))
        };
        if excludes(&self.admitted.conditions) {
            return None;
        }
        self.reach.own.retain(|grant| !excludes(&grant.conditions));
        if job::is_fixed_by("project_id", user_claim(self.through.role)) {
            let after_others = &mut self.reach.after_others;
            after_others.retain(|after| !excludes(&after.grant.conditions));
        }
        Some(self)
    }

    /// What has to be true for a grant.
    pub(crate) fn conditions(&self, grant: &Grant<'c>) -> Vec<Condition> {
        let usual = merged(&self.admitted.conditions, &self.reach.conditions);
        merged(&usual, &grant.conditions)
    }

    /// How surely a grant comes about.
    pub(crate) fn level(&self, grant: &Grant<'c>) -> Level {
        let is_sure = self.reach.closed_on_openbao.is_none() && self.conditions(grant).is_empty();
        if is_sure { Level::Yes } else { Level::OnlyIf }
    }

    /// All that is reached.
    pub(crate) fn accesses(&self) -> impl Iterator<Item = Access<'c>> {
        let own = self
            .reach
            .grants()
            .flat_map(|grant| self.access(grant, self.level(grant), self.conditions(grant), None));
        let after_others = self.reach.after_others.iter().flat_map(|after| {
            let conditions = after.grant.conditions.clone();
            self.access(
                &after.grant,
                Level::AfterOthers,
                conditions,
                Some(after.other_role),
            )
        });
        own.chain(after_others)
    }

    fn access(
        &self,
        grant: &Grant<'c>,
        level: Level,
        conditions: Vec<Condition>,
        other_role: Option<&'c str>,
    ) -> impl Iterator<Item = Access<'c>> + use<'c> {
        let (target, rules, through) = (grant.target, grant.rules.clone(), self.through);
        let identities = target.identities().into_iter();
        identities.map(move |identity| Access {
            identity,
            target,
            level,
            conditions: conditions.clone(),
            through,
            other_role,
            rules: rules.clone(),
        })
    }
}

/// What those of the jobs reach that `narrow` leaves, through every role, the surest way first.
pub(crate) fn accesses<'c>(
    judge: &Judge<'c>,
    projects: &Projects,
    who: &Who,
    narrow: impl FnOnce(Job) -> Option<Job>,
) -> Vec<Access<'c>> {
    let Some(job) = narrow(who.job()) else {
        return Vec::new();
    };
    let mut found: Vec<Access<'c>> = admittances(judge, projects, who, &job)
        .iter()
        .flat_map(Admittance::accesses)
        .collect();
    found.sort_by(|a, b| (&a.identity, b.level).cmp(&(&b.identity, a.level)));
    found
}

/// The same with one way to each identity: the surest.
pub(crate) fn surest(accesses: Vec<Access<'_>>) -> Vec<Access<'_>> {
    let mut surest: BTreeMap<String, Access<'_>> = BTreeMap::new();
    for access in accesses {
        surest.entry(access.identity.clone()).or_insert(access);
    }
    surest.into_values().collect()
}
