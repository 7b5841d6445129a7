//! What `explain` found, for people and programs.

mod context;
mod csv;
mod identities;
mod matrix;
mod mermaid;
mod project;
mod record;

use std::io;

use crate::access::{Unknown, Way};
use crate::report::Styles;

pub(crate) use context::Context;
pub(crate) use identities::IdentitiesAnswer;
pub(crate) use matrix::{MatrixAnswer, UnreachedMapping};
pub(crate) use project::{JobAnswer, ProjectAnswer};

/// The version of the formats for programs: it grows when a field goes or gets another meaning, not when one comes.
const FORMAT_VERSION: u32 = 3;

/// A result that is written piece by piece.
pub(crate) type Out<'o> = &'o mut dyn io::Write;

/// An answer in each format. Every method fails only where `out` can't be written to.
pub(crate) trait View<'c> {
    /// What it shares with all other answers.
    fn context(&self) -> &Context<'_>;

    /// All that it consists of: what is not known, and the ways.
    fn parts(&self) -> (Vec<&Unknown<'c>>, Vec<&Way<'c>>);

    /// For a terminal or a job's log: a fact is one line.
    fn text(&self, styles: &Styles, out: Out<'_>) -> io::Result<()>;

    /// For a merge request or an issue.
    fn markdown(&self, out: Out<'_>) -> io::Result<()>;

    /// For programs.
    fn json(&self, out: Out<'_>) -> io::Result<()>;

    /// For spreadsheets: a line for each way and each thing that is not known.
    fn csv(&self, out: Out<'_>) -> io::Result<()> {
        let (unknown, ways) = self.parts();
        csv::write(self.context(), &unknown, &ways, out)
    }

    /// As a diagram that GitLab draws.
    fn mermaid(&self, out: Out<'_>) -> io::Result<()> {
        let (unknown, ways) = self.parts();
        mermaid::write(self.context(), &unknown, &ways, out)
    }
}
