//! Mappings of projects and groups whose jobs no longer run.

use crate::report::markdown::block;

/// What GitLab says of the projects and groups of the mappings.
#[derive(Debug, Default)]
pub(crate) struct GoneMappings {
    /// A line for each that is gone, archived or marked for deletion, by the place of its number in the files.
    pub(crate) lines: Vec<(String, String)>,
    /// What was not looked at, if anything.
    pub(crate) not_looked_at: Option<String>,
}

impl GoneMappings {
    /// The part of the issue, in about `limit` bytes; empty if there is nothing to say.
    pub(super) fn section(&self, limit: usize) -> String {
        let mut text = String::new();
        if !self.lines.is_empty() {
            let lines = self
                .lines
                .iter()
                .map(|(place, what)| format!("{place}: {what}"));
            let lines: Vec<String> = lines.collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            text.push_str(&format!("\n{HEADING}\n\n{}", block(&lines, limit)));
        }
        if let Some(what) = &self.not_looked_at {
            text.push_str(&format!("\nNot looked at: {what}.\n"));
        }
        text
    }
}

const HEADING: &str = "Mappings whose jobs no longer run, with the line to remove:";
