//! The formats of an answer.

use std::io;

use super::content::Content;
use super::mermaid::{self, DiagramTooLarge};
use super::{Context, Out, PageHeader, csv, html};
use crate::report::Styles;

/// Writes an answer in each format. A method with `out` fails only if that can't be written to.
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
    ///
    /// # Errors
    /// When it is too large for GitLab.
    fn mermaid(&self) -> Result<String, DiagramTooLarge> {
        mermaid::diagram(&self.content())
    }

    /// As a page for a browser.
    fn html(&self, header: &PageHeader, out: Out<'_>) -> io::Result<()> {
        html::write(&self.content(), header, out)
    }
}
