//! Who gains and who loses access, as lines of a plan's report.
//!
//! What matters must not be pushed out of sight: the lines about protected environments and accounts come first, each
//! part of a line is clipped, and what does not fit is counted by AWS account.

use std::collections::BTreeMap;

use super::diff::Mark;
use super::explain::wording;
use super::review::{Findings, Protected};
use super::{Shown, plural};
use crate::access::{AccessChange, Difference, Level, Who};
use crate::desired::account_of;

/// How many jobs are named in a line.
const NAMED: usize = 3;

/// The longest that a job, an identity and the conditions may be in a line, in characters.
const LONGEST_JOB: usize = 120;
const LONGEST_IDENTITY: usize = 240;
const LONGEST_NOTE: usize = 240;

/// How many AWS accounts are named where lines are left out.
const ACCOUNTS: usize = 10;

/// What stands above the lines.
pub(super) const HEADING: &str = "Access, by this change:";

/// Who gains or loses which identity in AWS: one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessLine {
    /// [`Mark::Added`] for a gain, [`Mark::Removed`] for a loss.
    pub(super) mark: Mark,
    /// The line without its sign.
    pub(super) text: String,
}

/// The lines that fit into `limit` bytes, and a line about those that do not.
pub(super) fn lines(findings: &Findings, limit: usize) -> (Vec<AccessLine>, Option<String>) {
    let mut rows: Vec<AccessRow<'_>> = findings.access.iter().flat_map(AccessRow::of).collect();
    rows.sort_by_key(|row| !row.is_protected(&findings.protected));
    let mut lines = Vec::new();
    let mut size = 0;
    for row in &rows {
        let line = row.line();
        size += line.text.len() + 3;
        if size > limit {
            break;
        }
        lines.push(line);
    }
    let left_out = left_out(&rows[lines.len()..]);
    (lines, left_out)
}

/// A difference and whom it concerns.
struct AccessRow<'a> {
    who: &'a [Who],
    difference: &'a Difference,
}

impl<'a> AccessRow<'a> {
    fn of(change: &'a AccessChange) -> impl Iterator<Item = Self> {
        let differences = change.differences.iter();
        differences.map(|difference| Self {
            who: &change.who,
            difference,
        })
    }

    /// Whether a protected environment or account is concerned, or projects that no file names.
    fn is_protected(&self, protected: &Protected) -> bool {
        let account = account_of(&self.difference.identity);
        account.is_some_and(|account| protected.accounts.contains(account))
            || self.who.iter().any(|who| {
                let environment = who.environment.as_ref();
                who.project_id.is_none()
                    || environment.is_some_and(|name| protected.environments.contains(name))
            })
    }

    fn line(&self) -> AccessLine {
        let identity = Shown::clipped(&self.difference.identity, LONGEST_IDENTITY);
        let note = Shown::clipped(&note(self.difference), LONGEST_NOTE);
        let separator = if note.as_str().is_empty() { "" } else { ", " };
        AccessLine {
            mark: if self.difference.is_gain() {
                Mark::Added
            } else {
                Mark::Removed
            },
            text: format!("{}: {identity}{separator}{note}", names(self.who)),
        }
    }
}

/// `and 900 more (890 in 123456789012, 10 in 123456789013), which …`
fn left_out(rows: &[AccessRow<'_>]) -> Option<String> {
    if rows.is_empty() {
        return None;
    }
    let mut accounts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let account = account_of(&row.difference.identity).unwrap_or("no account");
        *accounts.entry(account).or_default() += 1;
    }
    let mut parts: Vec<String> = accounts
        .iter()
        .take(ACCOUNTS)
        .map(|(account, count)| format!("{count} in {}", Shown::clipped(account, 20)))
        .collect();
    if accounts.len() > ACCOUNTS {
        parts.push(plural(accounts.len() - ACCOUNTS, "more account"));
    }
    Some(format!(
        "and {} more ({}), which `--format json` has",
        rows.len(),
        parts.join(", ")
    ))
}

/// When it is reached, where that is not plainly always or never.
fn note(difference: &Difference) -> String {
    let (lost, level) = match difference.after {
        Some(level) => (false, level),
        None => (true, difference.before.unwrap_or(Level::Yes)),
    };
    if level == Level::Yes {
        let is_surer = difference.before.is_some() && !lost;
        return if is_surer { "now always" } else { "" }.into();
    }
    let tense = match (lost, difference.before) {
        (true, _) => "which it had ",
        (false, Some(before)) if before > level && level == Level::AfterOthers => "now only ",
        (false, Some(before)) if before > level => "now ",
        _ => "",
    };
    let when = wording::when(level, &difference.conditions, None);
    format!("{tense}{when}")
}

fn names(who: &[Who]) -> String {
    let mut names: Vec<String> = who
        .iter()
        .take(NAMED)
        .map(|who| Shown::clipped(&who.to_string(), LONGEST_JOB).to_string())
        .collect();
    if who.len() > NAMED {
        names.push(format!("{} more jobs", who.len() - NAMED));
    }
    names.join("; ")
}
