//! Messages: the registry of their [`Code`]s, and those about files with their places.
//!
//! Checks push [`Diagnostic`]s onto a `Vec` and go on, so that one run reports all mistakes. [`render()`] prints them in the
//! order of the files, in the layout of rustc; [`records`] gives the same to programs.

mod code;
mod printable;
mod render;
mod source;

use serde::Serialize;

pub(crate) use code::Code;
pub(crate) use printable::{escaped_json, is_hidden, printable};
pub(crate) use render::render;
pub(crate) use source::{FileId, Sources, Span};

/// Whether a diagnostic stops the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) enum Severity {
    /// The files cannot be used.
    #[serde(rename = "ERROR")]
    Error,
    /// The files can be used, and contain something that is probably not meant.
    #[serde(rename = "WARN")]
    Warning,
}

/// A place in a file, with a short text about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label {
    /// What is underlined.
    pub(crate) span: Span,
    /// Stands next to the underline; may be empty.
    pub(crate) text: String,
}

/// What mends a mistake for certain: a text in place of another one. It never widens access beyond what the files say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mend {
    /// What it replaces; empty where it is an addition.
    pub(crate) span: Span,
    /// What to write there.
    pub(crate) text: String,
}

/// One message about the files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Diagnostic {
    /// Whether it stops the command.
    pub(crate) severity: Severity,
    /// The kind of mistake.
    pub(crate) code: Code,
    /// What is wrong, in one line.
    pub(crate) message: String,
    /// Where it is wrong. An empty span in an empty file stands for the file as a whole.
    pub(crate) primary: Label,
    /// Other places that matter, such as the first of two equal keys.
    pub(crate) secondary: Vec<Label>,
    /// What else a reader has to know, a line each.
    pub(crate) notes: Vec<String>,
    /// What to write instead.
    pub(crate) help: Option<String>,
    /// What mends it, if that is certain.
    pub(crate) mend: Option<Mend>,
}

impl Diagnostic {
    /// An error at `span`.
    pub(crate) fn error(code: Code, message: impl Into<String>, span: Span) -> Self {
        Self::new(Severity::Error, code, &message.into(), span)
    }

    /// A warning at `span`.
    pub(crate) fn warning(code: Code, message: impl Into<String>, span: Span) -> Self {
        Self::new(Severity::Warning, code, &message.into(), span)
    }

    fn new(severity: Severity, code: Code, message: &str, span: Span) -> Self {
        let primary = Label {
            span,
            text: String::new(),
        };
        Self {
            severity,
            code,
            message: clipped(message, MESSAGE_SIDE),
            primary,
            secondary: Vec::new(),
            notes: Vec::new(),
            help: None,
            mend: None,
        }
    }

    /// Puts `text` next to the underline.
    #[must_use]
    pub(crate) fn with_label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Underlines another place, with `text` next to it.
    #[must_use]
    pub(crate) fn with_secondary(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to write instead.
    #[must_use]
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clipped(&help.into(), MESSAGE_SIDE));
        self
    }

    /// Says which text to write in place of the one at the primary span.
    #[must_use]
    pub(crate) fn with_mend(self, text: &str) -> Self {
        self.mended_by(text).with_help(format!("write `{text}`"))
    }

    /// Gives the text that mends it in place of the one at the primary span. The help says so in its own way.
    #[must_use]
    pub(crate) fn mended_by(self, text: impl Into<String>) -> Self {
        let span = self.primary.span;
        self.mended(Some(Mend {
            span,
            text: text.into(),
        }))
    }

    /// Gives what mends it, if anything is certain to.
    #[must_use]
    pub(crate) fn mended(mut self, mend: Option<Mend>) -> Self {
        self.mend = mend;
        self
    }

    /// Says what else a reader has to know.
    #[must_use]
    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(clipped(&note.into(), NOTE_SIDE));
        self
    }
}

/// Half of what is shown of a text, in characters.
const MESSAGE_SIDE: usize = 400;
const NOTE_SIDE: usize = 2000;

/// The beginning and the end of a text that is longer than a person reads: messages name values of any length.
fn clipped(text: &str, side: usize) -> String {
    let cut = |skip: usize| {
        text.char_indices()
            .nth(skip)
            .map_or(text.len(), |(at, _)| at)
    };
    let length = text.chars().count();
    if length <= 2 * side {
        return text.to_owned();
    }
    format!("{} … {}", &text[..cut(side)], &text[cut(length - side)..])
}

/// Whether any of `diagnostics` stops the command.
pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// A [`Diagnostic`] for machines: one object a message, named as in traces, with the place already resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Record<'a> {
    #[serde(rename = "level")]
    severity: Severity,
    code: Code,
    message: &'a str,
    file: &'a str,
    /// From 1; absent when the message is about the file as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// The machine-readable form of `diagnostics`, in the order in which [`render()`] prints them.
pub(crate) fn records<'a>(diagnostics: &'a [Diagnostic], sources: &'a Sources) -> Vec<Record<'a>> {
    let record = |diagnostic: &'a Diagnostic| {
        let span = diagnostic.primary.span;
        let position = sources.position(span);
        Record {
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: &diagnostic.message,
            file: sources.path(span.file),
            line: position.map(|p| p.line),
            column: position.map(|p| p.column),
            notes: &diagnostic.notes,
            help: diagnostic.help.as_deref(),
        }
    };
    in_order(diagnostics, sources)
        .into_iter()
        .map(record)
        .collect()
}

/// By file, then by place, then by message, each message once: the same files give the same output.
pub(crate) fn in_order<'a>(
    diagnostics: &'a [Diagnostic],
    sources: &Sources,
) -> Vec<&'a Diagnostic> {
    let mut ordered: Vec<_> = diagnostics.iter().collect();
    ordered.sort_by_cached_key(|diagnostic| {
        let span = diagnostic.primary.span;
        (sources.path(span.file).to_owned(), span.start, *diagnostic)
    });
    ordered.dedup();
    ordered
}
