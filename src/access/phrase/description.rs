//! Descriptions of the jobs that have some JWTs, in parts that fit into lines.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serializer;

use super::jobs::{PARTS, part_of};
use super::names::ProjectNames;
use super::values::LISTED;
use crate::access::jwts::{Bounds, ClaimSet, Jwts};

/// Jobs of some projects that have some JWTs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Description {
    /// The projects, and the environment and the ref as far as these are the same for all of the jobs.
    pub(crate) jobs: String,
    /// Further conditions, all of which hold.
    pub(crate) conditions: Vec<String>,
    /// What distinguishes the jobs; empty if nothing does.
    pub(crate) cases: Vec<String>,
}

impl ProjectNames {
    /// Describes the jobs that have these JWTs, in one line.
    pub(crate) fn who(&self, jwts: &Jwts) -> String {
        in_one_line(&self.described(jwts))
    }

    /// The same in two parts: the projects, and the environment, the ref and further conditions with the comma before them.
    /// If there are several cases, the first part has all of it.
    pub(crate) fn who_and_when(&self, jwts: &Jwts) -> (String, String) {
        let [bounds] = jwts.bounds() else {
            return (self.who(jwts), String::new());
        };
        let mut phrases = self.phrases(bounds);
        let when = phrases.split_off(1);
        let when: String = when.iter().map(|phrase| format!(", {phrase}")).collect();
        (phrases.concat(), when)
    }

    /// Describes the conditions on JWTs; empty if there are none.
    ///
    /// To describe only what does not follow from what is known, call [`Jwts::beyond`] first.
    pub(crate) fn conditions(&self, jwts: &Jwts) -> String {
        let all = jwts.bounds();
        let shown = all
            .iter()
            .take(LISTED)
            .map(|bounds| self.conditions_of(bounds).join(", "));
        let mut conditions: Vec<String> = shown.collect();
        if conditions.iter().any(String::is_empty) {
            return String::new();
        }
        if all.len() > LISTED {
            conditions.push(more_cases(all.len() - LISTED));
        }
        conditions.join("; or ")
    }

    /// Describes the jobs that have these JWTs, grouped by their projects.
    pub(crate) fn described(&self, jwts: &Jwts) -> Vec<Description> {
        let mut places: BTreeMap<Vec<Option<&ClaimSet>>, usize> = BTreeMap::new();
        let mut groups: Vec<Vec<&Bounds>> = Vec::new();
        for bounds in jwts.bounds() {
            let projects = PARTS[0].iter().map(|claim| bounds.named(claim));
            let place = places.entry(projects.collect()).or_insert(groups.len());
            if *place == groups.len() {
                groups.push(Vec::new());
            }
            groups[*place].push(bounds);
        }
        let groups = groups.iter().map(|group| self.description_of(group));
        groups.collect()
    }

    fn description_of(&self, all: &[&Bounds]) -> Description {
        let common = common_parts(all);
        let in_common = |claim: &str| match part_of(claim) {
            Some(part) => common.contains(&part),
            None => is_common(claim, all),
        };
        let [first, others @ ..] = all else {
            return Description::default();
        };
        let of_all = first.only(in_common);
        let jobs = common.iter().map(|part| self.part(*part, &of_all));
        let case = |bounds: &&Bounds| {
            let own = bounds.only(|claim| !in_common(claim));
            let distinct = (0..PARTS.len()).filter(|part| !common.contains(part));
            let parts = distinct.map(|part| self.part(part, &own));
            let phrases: Vec<String> = parts.chain(self.rest(&own)).collect();
            phrases.join(", ")
        };
        let mut cases = Vec::new();
        if !others.is_empty() {
            cases.extend(all.iter().take(LISTED).map(case));
        }
        if all.len() > LISTED {
            cases.push(more_cases(all.len() - LISTED));
        }
        Description {
            jobs: jobs.collect::<Vec<_>>().join(", "),
            conditions: self.rest(&of_all),
            cases,
        }
    }
}

/// The [`PARTS`] that are the same in all bounds.
fn common_parts(all: &[&Bounds]) -> Vec<usize> {
    let is_same = |part: &usize| PARTS[*part].iter().all(|claim| is_common(claim, all));
    (0..PARTS.len()).filter(is_same).collect()
}

fn is_common(claim: &str, all: &[&Bounds]) -> bool {
    all.windows(2)
        .all(|pair| pair[0].named(claim) == pair[1].named(claim))
}

impl Description {
    /// The conditions and cases, each for a line of its own.
    pub(crate) fn details(&self) -> impl Iterator<Item = String> {
        let conditions = self.conditions.iter();
        let conditions = conditions.map(|condition| format!("if {condition}"));
        let cases = self.cases.iter().enumerate();
        let cases = cases.map(|(place, case)| match place {
            0 => format!("either {case}"),
            _ => format!("or {case}"),
        });
        conditions.chain(cases)
    }
}

/// One line.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.jobs)?;
        for condition in &self.conditions {
            write!(f, ", {condition}")?;
        }
        match self.cases.as_slice() {
            [] => Ok(()),
            cases => write!(f, " (either {})", cases.join("; or ")),
        }
    }
}

/// Descriptions of jobs, in one line.
pub(crate) fn in_one_line(jobs: &[Description]) -> String {
    let shown = jobs.iter().take(LISTED).map(Description::to_string);
    let left_out = jobs.len().saturating_sub(LISTED);
    let more = (left_out > 0).then(|| more_cases(left_out));
    shown.chain(more).collect::<Vec<_>>().join("; or ")
}

/// Writes descriptions as one string.
///
/// # Errors
/// When the serializer can't write a string.
pub(crate) fn serialize_line<S: Serializer>(
    jobs: &[Description],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&in_one_line(jobs))
}

/// How many cases are not listed.
fn more_cases(left_out: usize) -> String {
    match left_out {
        1 => "1 more case".into(),
        more => format!("{more} more cases"),
    }
}
