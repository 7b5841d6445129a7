//! What a lint is, and what it finds.

use super::subject::Subject;
use crate::diagnostic::{Code, Diagnostic, Span};

/// One check.
pub(super) struct Lint {
    /// Its name is what `allow` takes.
    pub(super) code: Code,
    /// Finds it everywhere in the files.
    pub(super) check: fn(&Subject<'_>) -> Vec<Finding>,
}

/// A finding: what is not safe, where, and what to write instead.
pub(super) struct Finding {
    message: String,
    pub(super) span: Span,
    help: String,
    others: Vec<(Span, String)>,
}

impl Finding {
    pub(super) fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span,
            help: help.into(),
            others: Vec::new(),
        }
    }

    /// Shows another place that matters.
    pub(super) fn with(mut self, span: Span, words: impl Into<String>) -> Self {
        self.others.push((span, words.into()));
        self
    }

    pub(super) fn diagnostic(self, lint: Code) -> Diagnostic {
        let diagnostic = Diagnostic::warning(lint, self.message, self.span).with_help(self.help);
        self.others
            .into_iter()
            .fold(diagnostic, |diagnostic, (span, words)| {
                diagnostic.with_secondary(span, words)
            })
    }
}
