//! What one job could get, through which role, and what stands in the way.

use super::admission::Refusal;
use super::configuration::{LoginRole, Target};
use super::job::Job;
use super::matrix::{Admittance, Level, logins};
use super::obstacle::Obstacle;
use super::reach::Judge;

/// All that is to say of a job.
#[derive(Debug)]
pub(crate) struct Explanation<'c> {
    /// The AWS role that was asked about, if there is one.
    pub(crate) target: Option<Target<'c>>,
    /// What each login role says.
    pub(crate) answers: Vec<Answer<'c>>,
}

/// What one login role says of a job.
#[derive(Debug)]
pub(crate) struct Answer<'c> {
    /// The role.
    pub(crate) through: &'c LoginRole<'c>,
    /// What comes of the login.
    pub(crate) login: Result<Admittance<'c>, Refusal>,
    /// How surely it leads to the AWS role that was asked about.
    pub(crate) level: Option<Level>,
    /// What keeps a job that was admitted from that AWS role.
    pub(crate) obstacle: Option<Obstacle>,
    /// Policies of the role of which nobody knows here what they allow.
    pub(crate) unknown_policies: Vec<&'c str>,
}

/// Explains what a job could get, and what of `target`.
pub(crate) fn explain<'c>(
    judge: &Judge<'c>,
    job: &Job,
    target: Option<Target<'c>>,
) -> Explanation<'c> {
    let answers = logins(judge, job).enumerate();
    let answers = answers.map(|(index, (through, login))| {
        let level = login.as_ref().ok().and_then(|admittance| {
            let target = target?;
            let accesses = admittance
                .accesses()
                .filter(|access| access.target == target);
            accesses.map(|access| access.level).max()
        });
        let obstacle = match (&login, target, level) {
            (Ok(admittance), Some(target), None | Some(Level::AfterOthers)) => {
                Some(judge.obstacle(index, &admittance.admitted, target))
            }
            _ => None,
        };
        let configuration = judge.configuration();
        Answer {
            through,
            login,
            level,
            obstacle,
            unknown_policies: configuration.unknown_policies_of(through.role),
        }
    });
    Explanation {
        target,
        answers: answers.collect(),
    }
}

impl Explanation<'_> {
    /// How surely the job reaches the AWS role that was asked about.
    pub(crate) fn level(&self) -> Option<Level> {
        self.answers.iter().filter_map(|answer| answer.level).max()
    }
}
