//! Plan -> what people and machines read.
//!
//! [`diff`] says what differs and [`shown`] makes data harmless; each format only lays that out.

mod access;
mod diff;
pub(crate) mod explain;
mod gitlab;
mod json;
pub(crate) mod markdown;
mod outcome;
mod shown;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, Write};

use crate::access::AccessChange;
use crate::plan::{Change, Plan, Warning};

pub(crate) use gitlab::write_terraform_report;
pub(crate) use outcome::outcomes;
pub(crate) use shown::Shown;
pub(crate) use text::Styles;

/// A plan and what was found out beside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Review<'a> {
    /// What has to change.
    pub(crate) plan: &'a Plan,
    /// Who gains and who loses access by it. `None` for a saved plan: it takes the files to tell.
    pub(crate) access: Option<&'a [AccessChange]>,
}

impl<'a> Review<'a> {
    /// A plan that was saved, without the files that it was computed from.
    pub(crate) fn of_saved(plan: &'a Plan) -> Self {
        Self { plan, access: None }
    }
}

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
        Format::Markdown => out.write_all(markdown::document(review, usize::MAX).as_bytes())?,
        Format::Json => json::write(review, &mut out)?,
    }
    out.flush()
}

/// The plan in one line: `Plan: 3 to create, 1 to update, 2 to delete.`
pub(crate) fn summary(plan: &Plan) -> String {
    if plan.is_empty() {
        return "No changes. Vault is as the files say.".into();
    }
    let count = plan.summary();
    format!(
        "Plan: {} to create, {} to update, {} to delete.",
        count.create, count.update, count.delete
    )
}

/// One change in a few words: `AWS role aws/roles/365-dev  (somenamespace/someproject, dev)`.
pub(crate) fn heading(change: &Change) -> String {
    let (title, path) = (change.address.kind.title(), change.address.path());
    let mut heading = format!("{title} {}", Shown::text(&path));
    if let Some(label) = &change.label {
        heading.push_str(&format!("  ({})", Shown::text(label)));
    }
    heading
}

/// A warning in one line.
fn about(Warning { path, message }: &Warning) -> String {
    format!("{}: {}", Shown::text(path), Shown::text(message))
}
