//! What the jobs of one project could get.

use std::collections::BTreeSet;

use super::question::{Filter, near};
use crate::access::{self, Job, Judge};
use crate::desired::{Desired, Mapping};
use crate::report::explain::{Asked, JobAnswer};
use crate::resource::Address;

/// Answers for each job of a project: those in its environments and the one without, or the one that is asked about.
pub(super) fn answers<'c>(
    project: &str,
    filter: &Filter<'_>,
    judge: &Judge<'c>,
    desired: &Desired,
) -> Vec<JobAnswer<'c>> {
    let project = Project::new(project, desired);
    let environments = match filter.environment {
        Some(environment) => vec![Some(environment)],
        None if project.mappings.is_empty() => vec![None],
        None => project.environments().into_iter().map(Some).collect(),
    };
    let answers = environments.into_iter().map(|environment| {
        let mut answer = project.answer(environment, filter, judge);
        let answers = &mut answer.explanation.answers;
        answers.retain(|answer| filter.admits(answer.through.name));
        answer
    });
    answers.collect()
}

/// A project as it was named, and what the files say of it.
struct Project<'d> {
    name: &'d str,
    mappings: Vec<(&'d Address, &'d Mapping)>,
    desired: &'d Desired,
}

impl<'d> Project<'d> {
    fn new(name: &'d str, desired: &'d Desired) -> Self {
        let is_named = |mapping: &Mapping| {
            mapping.project.as_str() == name || mapping.project_id.to_string() == name
        };
        let mappings = desired.mappings.iter();
        Self {
            name,
            mappings: mappings.filter(|(_, mapping)| is_named(mapping)).collect(),
            desired,
        }
    }

    /// Its environments, and at the end none, for jobs without one.
    fn environments(&self) -> Vec<Option<&'d str>> {
        let mapped = self.mappings.iter();
        let names: BTreeSet<&str> = mapped
            .filter_map(|(_, mapping)| environment(mapping))
            .collect();
        names.into_iter().map(Some).chain([None]).collect()
    }

    /// Answers for the job in an environment; `None` where nothing is known of that.
    fn answer<'c>(
        &self,
        environment: Option<Option<&str>>,
        filter: &Filter<'_>,
        judge: &Judge<'c>,
    ) -> JobAnswer<'c> {
        let mut job = self.job();
        if let Some(environment) = environment {
            job = job.in_environment(environment);
        }
        let mapping = environment.and_then(|environment| {
            let mut mappings = self.mappings.iter();
            mappings.find(|(_, mapping)| self::environment(mapping) == environment)
        });
        let role = mapping.map(|(role, _)| *role);
        let target = role.and_then(|role| judge.configuration().target(&role.mount, &role.name));
        let missing = match (role, target) {
            (Some(_), Some(_)) => None,
            (Some(role), None) => Some(format!("Vault has no {role}, which the files have")),
            (None, _) => Some(self.missing(environment.flatten())),
        };
        JobAnswer {
            asked: Asked {
                job: self.title(environment),
                missing,
            },
            explanation: access::explain(judge, &filter.with_claims(job), target),
        }
    }

    /// What is known of its jobs.
    fn job(&self) -> Job {
        match self.mappings.first() {
            Some((_, known)) => {
                let id = known.project_id.to_string();
                Job::of_project(Some(&id), Some(known.project.as_str()))
            }
            None if self.name.contains('/') => Job::of_project(None, Some(self.name)),
            None => Job::of_project(Some(self.name), None),
        }
    }

    fn title(&self, environment: Option<Option<&str>>) -> String {
        let project = match self.mappings.first() {
            Some((_, known)) => format!("{} ({})", known.project, known.project_id),
            None => self.name.to_owned(),
        };
        match environment {
            None => format!("{project}, any environment"),
            Some(None) => format!("{project}, no environment"),
            Some(Some(environment)) => format!("{project}, environment {environment}"),
        }
    }

    /// Why there is no AWS role to ask about.
    fn missing(&self, environment: Option<&str>) -> String {
        let Some((_, known)) = self.mappings.first() else {
            let projects = self.desired.mappings.values();
            let projects = projects.map(|mapping| mapping.project.as_str());
            return format!(
                "the files have no project {}{}",
                self.name,
                near(self.name, projects)
            );
        };
        let id = known.project_id;
        let Some(environment) = environment else {
            return format!("no default mapping of project {id}, for jobs without an environment");
        };
        let names = self.mappings.iter();
        let hint = near(
            environment,
            names.filter_map(|(_, mapping)| self::environment(mapping)),
        );
        format!("no mapping for environment {environment} of project {id}{hint}")
    }
}

fn environment(mapping: &Mapping) -> Option<&str> {
    mapping.environment.as_ref().map(|name| name.as_str())
}
