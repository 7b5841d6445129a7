//! The messages of `validate` and `check` with their places.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::contract::ContractProof;
use crate::diagnostic::{Code, Diagnostic, Severity, Sources, in_order, printable};
use crate::digest;

/// What was checked and what was found.
pub(crate) struct Checked<'a> {
    /// The messages.
    pub(crate) diagnostics: &'a [Diagnostic],
    /// The files that they are about.
    pub(crate) sources: &'a Sources,
    /// What was checked.
    pub(crate) subject: CheckedSubject<'a>,
    /// The path of each file from the repository's root, by the path in messages.
    pub(crate) path: &'a dyn Fn(&str) -> String,
}

/// What was checked, which is more than what was found.
pub(crate) enum CheckedSubject<'a> {
    /// The files alone.
    Files {
        /// The names of all lints.
        lints: Vec<&'static str>,
        /// The proof of the contract; `None` if errors in the files prevented it.
        contract: Option<&'a ContractProof>,
    },
    /// The files, compared with Vault.
    Plan {
        /// The proof of the contract over what Vault will hold; `None` if errors in the files prevented it.
        contract: Option<&'a ContractProof>,
        /// Why `apply` would refuse the plan's deletes, if there is a plan and it would.
        deletes: Option<Option<String>>,
    },
    /// The files, compared with GitLab.
    GitLab {
        /// The codes of the comparison, each with the reason why some of it is unknown.
        comparisons: Vec<(Code, Option<String>)>,
    },
}

/// A message with its place.
pub(super) struct Located<'a> {
    pub(super) diagnostic: &'a Diagnostic,
    pub(super) path: String,
    /// From 1; 1 for a message about the whole file.
    pub(super) line: usize,
    /// From 1, in characters.
    pub(super) column: usize,
    /// Unique in the report, and the same when lines move.
    pub(super) fingerprint: String,
}

impl Checked<'_> {
    /// The messages in the order of the files.
    pub(super) fn located(&self) -> Vec<Located<'_>> {
        let mut same: BTreeMap<(&str, String, &str), usize> = BTreeMap::new();
        in_order(self.diagnostics, self.sources)
            .into_iter()
            .map(|diagnostic| {
                let span = diagnostic.primary.span;
                let position = self.sources.position(span);
                let path = (self.path)(self.sources.path(span.file));
                let code = diagnostic.code.name();
                let number = same
                    .entry((code, path.clone(), &diagnostic.message))
                    .and_modify(|number| *number += 1)
                    .or_insert(0);
                let parts = [code, &path, &diagnostic.message, &number.to_string()];
                Located {
                    diagnostic,
                    fingerprint: digest::hex(parts, 16),
                    line: position.map_or(1, |place| place.line),
                    column: position.map_or(1, |place| place.column),
                    path,
                }
            })
            .collect()
    }
}

impl Located<'_> {
    /// The message and its help in one line.
    pub(super) fn text(&self) -> String {
        let message = printable(&self.diagnostic.message);
        match &self.diagnostic.help {
            Some(help) => format!("{message}; {}", printable(help)),
            None => message.into_owned(),
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.diagnostic.severity == Severity::Error
    }
}

/// A text, cut after `limit` characters, because GitLab accepts no longer one.
pub(super) fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        None => text.into(),
        Some(_) => {
            let start: String = text.chars().take(limit - 1).collect();
            format!("{start}…").into()
        }
    }
}
