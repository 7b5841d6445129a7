//! Errors in a policy's text, with their positions.

/// Line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextPosition {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Why a policy's text could not be turned into rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub(crate) struct ParseError {
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
    /// What is wrong there, and what to write.
    pub(crate) message: String,
    /// Whether Vault refuses the text too.
    pub(crate) kind: ErrorKind,
}

/// Whether the text is invalid, or only not expressible as rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// Vault refuses the text.
    Invalid,
    /// Vault may accept the text, but it cannot be written as rules; compare it as text.
    Inexpressible,
}

impl ParseError {
    pub(super) fn invalid(at: TextPosition, message: impl Into<String>) -> Self {
        Self::new(at, message.into(), ErrorKind::Invalid)
    }

    pub(super) fn inexpressible(at: TextPosition, what: impl AsRef<str>) -> Self {
        let message = format!("{} cannot be written as rules", what.as_ref());
        Self::new(at, message, ErrorKind::Inexpressible)
    }

    fn new(at: TextPosition, message: String, kind: ErrorKind) -> Self {
        Self {
            line: at.line,
            column: at.column,
            message,
            kind,
        }
    }
}
