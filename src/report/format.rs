//! The formats of a plan.

use std::io::{self, Write};

use super::{PageOrigin, Review, Styles, json, markdown, plan_page, text};

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
    /// A page for a browser: the whole, in one file.
    Html,
}

/// Writes a plan; only text has colours, and only a page says where it comes from.
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn write(
    review: Review<'_>,
    format: Format,
    origin: Option<&PageOrigin>,
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
        Format::Html => plan_page::write(review, origin, &mut out)?,
    }
    out.flush()
}
