//! What people and programs read: plans, outcomes, answers about access, notes and issues. Nothing else renders.
//!
//! [`diff`] says what differs and [`shown`] makes data harmless; each format only lays that out.

mod access;
mod diff;
pub(crate) mod explain;
mod foreign;
pub(crate) mod issue;
mod json;
pub(crate) mod markdown;
pub(crate) mod note;
mod outcome;
mod review;
pub(crate) mod schema;
mod shown;
mod subject;
pub(crate) mod summary;
mod terraform;
#[cfg(test)]
mod tests;
mod text;
mod totals;
mod trust;
pub(crate) mod usage;

use std::io::{self, Write};

use crate::diagnostic::Code;
use crate::plan::{Change, Plan};

pub(crate) use outcome::outcomes;
pub(crate) use review::{Findings, Protected, Review};
pub(crate) use shown::Shown;
pub(crate) use subject::Subject;
pub(crate) use terraform::write_terraform_report;
pub(crate) use text::Styles;
pub(crate) use trust::trust_policies;

/// How a plan is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For a terminal or a job's log.
    #[default]
    Text,
    /// For a merge request or an issue.
    Markdown,
    /// For programs.
    Json,
}

/// Writes a plan; only text has colours.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn write(
    review: Review<'_>,
    format: Format,
    styles: &Styles,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    match format {
        Format::Text => text::write(review, styles, &mut out)?,
        Format::Markdown => {
            let document = markdown::document(review, "", markdown::LONGEST_DESCRIPTION);
            out.write_all(document.as_bytes())?;
        }
        Format::Json => json::write(review, &mut out)?,
    }
    out.flush()
}

/// One change in one line: `AWS role aws/roles/365-dev  (somenamespace/someproject, dev)`.
fn heading(change: &Change) -> String {
    let (title, path) = (change.address.kind.title(), change.address.path());
    let mut heading = format!("{title} {}", Shown::text(&path));
    if let Some(label) = &change.label {
        heading.push_str(&format!("  ({})", Shown::text(label)));
    }
    heading
}

/// How many warnings are printed; the others are counted.
const WARNINGS: usize = 100;

/// The longest that a warning may be, in characters.
const LONGEST_WARNING: usize = 1000;

/// The warnings of a plan, a line each, and how many are left out. What the files lack comes first.
fn warnings(plan: &Plan) -> (Vec<(Code, String)>, usize) {
    let foreign = plan
        .foreign
        .iter()
        .map(|address| (Code::ForeignPolicy, foreign::line(address)));
    let others = plan.warnings.iter().map(|warning| {
        let (path, message) = (
            Shown::clipped(&warning.path, LONGEST_WARNING),
            Shown::clipped(&warning.message, LONGEST_WARNING),
        );
        (warning.code, format!("{path}: {message}"))
    });
    let count = plan.foreign.len() + plan.warnings.len();
    let lines = foreign.chain(others).take(WARNINGS);
    (lines.collect(), count.saturating_sub(WARNINGS))
}

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
