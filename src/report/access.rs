//! Who gains and who loses what, in lines of a plan's report.

use super::Shown;
use super::diff::Mark;
use super::explain::words;
use crate::access::{AccessChange, Difference, Level, Who};

/// How many lines of a section are told; JSON has them all.
const LIMIT: usize = 100;

/// How many jobs are named in a line.
const NAMED: usize = 3;

/// What stands in place of the section for a saved plan.
pub(super) const NOT_SAVED: &str = "Access is not part of a saved plan: \
    `plan` and `apply` compute from the files who gains and who loses access.";

/// One line: who gains or loses which identity in AWS.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// [`Mark::Added`] for a gain, [`Mark::Removed`] for a loss.
    pub(super) mark: Mark,
    /// The line without its sign.
    pub(super) text: String,
}

/// The lines of a section, and how many are left out.
pub(super) fn lines(changes: &[AccessChange]) -> (Vec<Line>, usize) {
    let all = changes
        .iter()
        .map(|change| change.differences.len())
        .sum::<usize>();
    let lines = changes.iter().flat_map(|change| {
        let who = names(&change.who);
        let differences = change.differences.iter();
        differences.map(move |difference| line(&who, difference))
    });
    let lines: Vec<Line> = lines.take(LIMIT).collect();
    let left_out = all - lines.len();
    (lines, left_out)
}

/// What stands in place of lines that are left out.
pub(super) fn left_out(count: usize) -> String {
    format!("and {count} more, which `--format json` has")
}

fn line(who: &str, difference: &Difference) -> Line {
    let identity = Shown::text(&difference.identity);
    let note = note(difference);
    let separator = if note.is_empty() { "" } else { ", " };
    Line {
        mark: if difference.is_gain() {
            Mark::Added
        } else {
            Mark::Removed
        },
        text: format!("{who}: {identity}{separator}{note}"),
    }
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
    let when = words::when(level, &difference.conditions, None);
    format!("{tense}{}", Shown::text(&when))
}

fn names(who: &[Who]) -> String {
    let mut names: Vec<String> = who
        .iter()
        .take(NAMED)
        .map(|who| Shown::text(&who.to_string()).to_string())
        .collect();
    if who.len() > NAMED {
        names.push(format!("{} more jobs", who.len() - NAMED));
    }
    names.join("; ")
}
