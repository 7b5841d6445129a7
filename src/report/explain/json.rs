//! What `explain` found, for programs.

use std::io;

use serde::Serialize;

use super::{JobAnswer, Out, Row, reason, wording};
use crate::access::{Access, Admittance, Answer, Condition, Grant, Level, RuleRef, Who};

/// The version of the formats: it grows when a field goes or gets another meaning, not when one comes.
pub(super) const FORMAT_VERSION: u32 = 2;

/// What one job could get.
#[derive(Debug, Serialize)]
struct Job<'a> {
    format_version: u32,
    job: &'a str,
    /// `yes`, `only_if`, `after_others` or `no`, for the AWS role that was asked about.
    answer: &'static str,
    /// The AWS role that was asked about; null where there is none.
    aws_role: Option<String>,
    /// The first thing that keeps the job from it.
    reason: Option<String>,
    roles: Vec<Role<'a>>,
}

/// What one login role says.
#[derive(Debug, Serialize)]
struct Role<'a> {
    mount: &'a str,
    name: &'a str,
    /// `yes`, `only_if` or `no`.
    admits: &'static str,
    refusal: Option<String>,
    conditions: &'a [Condition],
    /// The job's JWT needs one of these; without any, it must have none.
    audiences: Vec<&'a str>,
    /// Policies of which nobody knows here what they allow.
    unknown_policies: &'a [&'a str],
    /// What keeps an admitted job from the AWS role that was asked about.
    obstacle: Option<String>,
    reaches: Vec<Reached>,
}

/// An AWS role that is reached.
#[derive(Debug, Serialize)]
struct Reached {
    aws_role: String,
    /// The path of the request.
    path: String,
    /// `update` for a POST, `read` for a GET.
    capability: String,
    identities: Vec<String>,
    /// `yes`, `only_if` or `after_others`.
    answer: Level,
    /// What has to be true; for `after_others` of the other job.
    conditions: Vec<Condition>,
    /// Whether rules ask for certain parameters or a wrapped response.
    restricted: bool,
    /// Whether OpenBao refuses every request of the token, for a `/`, `*` or `+` in a value that rules are made of.
    only_on_vault: bool,
    rules: Vec<Rule>,
    /// The role that the other job logs in with.
    other_role: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rule {
    policy: String,
    /// From 1.
    number: usize,
    path: String,
}

/// What several jobs could get.
#[derive(Debug, Serialize)]
struct Jobs<'a> {
    format_version: u32,
    jobs: Vec<Job<'a>>,
}

/// Writes what one job could get: one object, or, if several were asked about, a list of them under `jobs`.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn jobs(answers: &[JobAnswer<'_>], is_one: bool, out: Out<'_>) -> io::Result<()> {
    let mut jobs: Vec<Job<'_>> = answers.iter().map(job).collect();
    if is_one && let Some(job) = jobs.pop() {
        return write(&job, out);
    }
    let format_version = FORMAT_VERSION;
    write(
        &Jobs {
            format_version,
            jobs,
        },
        out,
    )
}

fn job<'a>(JobAnswer { asked, explanation }: &'a JobAnswer<'_>) -> Job<'a> {
    Job {
        format_version: FORMAT_VERSION,
        job: &asked.job,
        answer: wording::key(explanation.level()),
        aws_role: explanation.target.map(|target| target.to_string()),
        reason: reason(asked, explanation),
        roles: explanation.answers.iter().map(role).collect(),
    }
}

fn role<'a>(answer: &'a Answer<'_>) -> Role<'a> {
    let admittance = answer.login.as_ref().ok();
    let conditions = admittance.map_or(&[][..], |admittance| &admittance.admitted.conditions);
    Role {
        mount: answer.through.mount,
        name: answer.through.name,
        admits: match admittance {
            None => "no",
            Some(_) if conditions.is_empty() => "yes",
            Some(_) => "only_if",
        },
        refusal: answer.login.as_ref().err().map(ToString::to_string),
        conditions,
        audiences: answer.through.role.bound_audiences.iter().collect(),
        unknown_policies: &answer.unknown_policies,
        obstacle: answer.obstacle.as_ref().map(ToString::to_string),
        reaches: admittance.map(reached).unwrap_or_default(),
    }
}

fn reached(admittance: &Admittance<'_>) -> Vec<Reached> {
    let reach = &admittance.reach;
    let grants = reach.grants().map(|grant| Reached {
        answer: admittance.level(grant),
        conditions: admittance.conditions(grant),
        only_on_vault: reach.closed_on_openbao.is_some(),
        ..Reached::from(grant)
    });
    let after_others = reach.after_others.iter().map(|after| Reached {
        answer: Level::AfterOthers,
        only_on_vault: after.only_on_vault,
        other_role: Some(after.other_role.to_owned()),
        ..Reached::from(&after.grant)
    });
    grants.chain(after_others).collect()
}

impl From<&Grant<'_>> for Reached {
    fn from(grant: &Grant<'_>) -> Self {
        Self {
            aws_role: grant.target.to_string(),
            path: grant.target.path(grant.door),
            capability: grant.capability.to_string(),
            identities: grant.target.identities(),
            answer: Level::Yes,
            conditions: grant.conditions.clone(),
            restricted: grant.restricted,
            only_on_vault: false,
            rules: grant.rules.iter().map(Rule::from).collect(),
            other_role: None,
        }
    }
}

impl From<&RuleRef> for Rule {
    fn from(rule: &RuleRef) -> Self {
        Self {
            policy: rule.policy.clone(),
            number: rule.number,
            path: rule.path.clone(),
        }
    }
}

/// Who reaches what.
#[derive(Debug, Serialize)]
struct Matrix<'a> {
    format_version: u32,
    jobs: Vec<JobRow<'a>>,
}

#[derive(Debug, Serialize)]
struct JobRow<'a> {
    who: &'a Who,
    reaches: Vec<Cell<'a>>,
}

#[derive(Debug, Serialize)]
struct Cell<'a> {
    identity: &'a str,
    /// `yes`, `only_if` or `after_others`.
    answer: Level,
    aws_role: String,
    /// What has to be true; for `after_others` of the other job.
    conditions: &'a [Condition],
    /// The role to log in with.
    mount: &'a str,
    role: &'a str,
    /// The role that the other job logs in with.
    other_role: Option<&'a str>,
    rules: Vec<Rule>,
}

/// Writes who reaches what.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn rows<'c>(rows: impl Iterator<Item = Row<'c>>, out: Out<'_>) -> io::Result<()> {
    let rows: Vec<Row<'c>> = rows.collect();
    let jobs = rows.iter().map(|row| JobRow {
        who: &row.who,
        reaches: row.accesses.iter().map(cell).collect(),
    });
    let matrix = Matrix {
        format_version: FORMAT_VERSION,
        jobs: jobs.collect(),
    };
    write(&matrix, out)
}

fn cell<'a>(access: &'a Access<'_>) -> Cell<'a> {
    Cell {
        identity: &access.identity,
        answer: access.level,
        aws_role: access.target.to_string(),
        conditions: &access.conditions,
        mount: access.through.mount,
        role: access.through.name,
        other_role: access.other_role,
        rules: access.rules.iter().map(Rule::from).collect(),
    }
}

pub(super) fn write(value: &impl Serialize, out: Out<'_>) -> io::Result<()> {
    crate::report::json::write_plain(value, out)
}
