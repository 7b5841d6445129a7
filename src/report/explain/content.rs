//! The content of an answer, whatever the question was.

use super::context::Context;
use crate::access::{Unknown, Way};

/// All that an answer consists of.
pub(crate) struct Content<'v, 'c> {
    /// What was asked.
    pub(super) question: String,
    /// What is unknown.
    pub(super) unknown: Vec<&'v Unknown<'c>>,
    /// The ways.
    pub(super) ways: Vec<&'v Way<'c>>,
    /// The other facts, a line each.
    pub(super) facts: Vec<String>,
    /// The names of projects, and what was looked at.
    pub(super) context: &'v Context<'v>,
}
