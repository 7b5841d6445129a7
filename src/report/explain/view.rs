//! The formats of an answer.

use std::io;

use super::content::Content;
use super::{Context, Out, csv, html, mermaid};
use crate::report::Styles;

/// Writes an answer in each format. Every method fails only if `out` can't be written to.
pub(crate) trait View<'c> {
    /// The names of projects, and what was looked at.
    fn context(&self) -> &Context<'_>;

    /// All that it consists of.
    fn content(&self) -> Content<'_, 'c>;

    /// For a terminal or a job's log: a fact is one line.
    fn text(&self, styles: &Styles, out: Out<'_>) -> io::Result<()>;

    /// For a merge request or an issue.
    fn markdown(&self, out: Out<'_>) -> io::Result<()>;

    /// For programs.
    fn json(&self, out: Out<'_>) -> io::Result<()>;

    /// For spreadsheets: a line for each way, each unknown and each other fact.
    fn csv(&self, out: Out<'_>) -> io::Result<()> {
        csv::write(&self.content(), out)
    }

    /// As a diagram that GitLab draws.
    fn mermaid(&self, out: Out<'_>) -> io::Result<()> {
        mermaid::write(&self.content(), out)
    }

    /// As a page for a browser.
    fn html(&self, out: Out<'_>) -> io::Result<()> {
        html::write(&self.content(), out)
    }
}
