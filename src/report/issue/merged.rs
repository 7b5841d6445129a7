//! What of a drift waits for an apply, and is no drift.

use crate::plan::MergedChanges;
use crate::report::markdown::block;
use crate::report::{Review, plural};

/// How many characters of a commit's name are shown.
const SHORT: usize = 10;

/// A line for each commit: since when what waits for an apply.
pub(crate) fn lines(merged: &MergedChanges) -> Vec<String> {
    let commits = merged.by_commit().into_iter().map(|(commit, paths)| {
        let id = commit.commit.get(..SHORT).unwrap_or(&commit.commit);
        format!(
            "waiting for apply since {} (commit {id}): {}",
            commit.date,
            paths.join(", ")
        )
    });
    let which = if merged.since.is_empty() {
        "differences"
    } else {
        "the other differences"
    };
    let unknown = merged
        .unknown
        .iter()
        .map(|why| format!("whether {which} wait for an apply is unknown: {why}"));
    commits.chain(unknown).collect()
}

/// The part of the issue, in about `limit` bytes; empty if nothing waits and all is known.
pub(super) fn section(review: Review<'_>, limit: usize) -> String {
    let Some(merged) = review.findings.map(|findings| &findings.merged) else {
        return String::new();
    };
    let lines = lines(merged);
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let (waiting, all) = (merged.since.len(), review.plan.changes.len());
    let heading = match (waiting, merged.unknown.is_some()) {
        (0, _) => "Merged and not yet applied, or drift:".to_owned(),
        (waiting, is_unknown) => {
            let rest = match all - waiting.min(all) {
                _ if is_unknown => String::new(),
                0 => " There is no other drift.".to_owned(),
                others => format!(" {} drift.", are(others)),
            };
            format!(
                "{} merged and not yet applied: Vault holds what the files wanted before.{rest}",
                plural(waiting, "difference")
            )
        }
    };
    format!("\n{heading}\n\n{}", block(&lines, limit))
}

fn are(others: usize) -> String {
    match others {
        1 => "The other one is".to_owned(),
        others => format!("The other {others} are"),
    }
}
