//! The types of a lint and of its findings.

use super::subject::Subject;
use crate::diagnostic::{Code, Diagnostic, Mend, Span};

/// A check for what is valid and still not safe.
pub(super) struct Lint {
    /// The code, whose name is also the key under `allow`.
    pub(super) code: Code,
    /// Finds every occurrence in the files.
    pub(super) check: fn(&Subject<'_>) -> Vec<Finding>,
}

/// What is not safe, where, and what to write instead.
pub(super) struct Finding {
    message: String,
    pub(super) span: Span,
    help: String,
    others: Vec<(Span, String)>,
    mend: Option<Mend>,
}

impl Finding {
    pub(super) fn new(span: Span, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span,
            help: help.into(),
            others: Vec::new(),
            mend: None,
        }
    }

    /// Adds another place, with a label.
    pub(super) fn with(mut self, span: Span, label: impl Into<String>) -> Self {
        self.others.push((span, label.into()));
        self
    }

    /// Gives what mends it, if anything is certain to.
    pub(super) fn mended(mut self, mend: Option<Mend>) -> Self {
        self.mend = mend;
        self
    }

    pub(super) fn diagnostic(self, lint: Code) -> Diagnostic {
        let diagnostic = Diagnostic::warning(lint, self.message, self.span)
            .with_help(self.help)
            .mended(self.mend);
        self.others
            .into_iter()
            .fold(diagnostic, |diagnostic, (span, words)| {
                diagnostic.with_secondary(span, words)
            })
    }
}
