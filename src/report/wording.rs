//! Wording that all formats share.

use super::Review;
use super::foreign;
use super::shown::{LONGEST_WARNING, Shown};
use crate::diagnostic::Code;
use crate::plan::Change;

/// `1 error`, `2 errors`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let stem = noun.strip_suffix('y');
    match (
        count,
        stem.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])),
    ) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

/// One change in one line: `AWS role aws/roles/365-dev  (somenamespace/someproject, dev)`.
pub(super) fn heading(change: &Change) -> String {
    let (title, path) = (change.address.kind.title(), change.address.path());
    let mut heading = format!("{title} {}", Shown::text(&path));
    if let Some(label) = &change.label {
        heading.push_str(&format!("  ({})", Shown::text(label)));
    }
    heading
}

/// How many warnings are printed; the others are counted.
const WARNINGS: usize = 100;

/// The warnings of a plan, a line each, and how many are left out. Those about what the files lack come first.
pub(super) fn warnings(review: Review<'_>) -> (Vec<(Code, String)>, usize) {
    let foreign = foreign::lines(&review);
    let count = foreign.len() + review.plan.warnings.len();
    let foreign = foreign.into_iter().map(|(_, code, line)| (code, line));
    let others = review.plan.warnings.iter().map(|warning| {
        let (path, message) = (
            Shown::clipped(&warning.path, LONGEST_WARNING),
            Shown::clipped(&warning.message, LONGEST_WARNING),
        );
        (warning.code, format!("{path}: {message}"))
    });
    let lines = foreign.chain(others).take(WARNINGS);
    (lines.collect(), count.saturating_sub(WARNINGS))
}
