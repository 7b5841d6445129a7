//! What can be wrong with a value, and its message.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::wording;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::yaml::tree::Node;

/// The mistake that stopped serde.
#[derive(Debug)]
pub(super) struct DecodeError(Box<ErrorParts>);

#[derive(Debug)]
struct ErrorParts {
    mistake: Mistake,
    help: Option<String>,
    /// The text that mends it in place of the value, if that is certain.
    mend: Option<String>,
    span: Option<Span>,
    /// The path from the root to the value to strike out, innermost step first.
    path: Vec<usize>,
}

#[derive(Debug)]
enum Mistake {
    /// It has been reported already.
    Reported,
    UnknownKey {
        key: String,
        known: &'static [&'static str],
    },
    UnknownValue {
        value: String,
        known: &'static [&'static str],
    },
    MissingKey(&'static str),
    WrongType {
        found: String,
        expected: String,
    },
    Invalid(String),
}

impl DecodeError {
    /// A consequence of a mistake that has been reported.
    pub(super) fn reported() -> Self {
        Self::new(Mistake::Reported)
    }

    /// See [`Plain::Unclear`](crate::yaml::scalar::Plain::Unclear).
    pub(super) fn unclear(text: &str) -> Self {
        Self::new(Mistake::Invalid(format!(
            "YAML parsers disagree about what `{text}` is; write \"{text}\" for a string, or a number in plain decimal digits"
        )))
    }

    fn new(mistake: Mistake) -> Self {
        Self(Box::new(ErrorParts {
            mistake,
            help: None,
            mend: None,
            span: None,
            path: Vec::new(),
        }))
    }

    /// Adds what is known from the value in which the mistake is.
    pub(super) fn inside(mut self, node: &Node) -> Self {
        if let Mistake::UnknownKey { key, known } = &self.0.mistake
            && self.0.help.is_none()
            && let Some(above) = node.empty_above(key)
        {
            let known = wording::help_for_name(key, known);
            self.0.help = Some(format!(
                "indent it below `{above}`, if it belongs there; {known}"
            ));
        }
        if self.0.span.is_some() {
            return self;
        }
        match &self.0.mistake {
            Mistake::MissingKey(key) if node.was_reported(key) || node.was_reported_whole() => {
                self.0.mistake = Mistake::Reported
            }
            Mistake::WrongType { expected, .. } if self.0.help.is_none() => {
                let (help, mend) = wording::help_for_type(node, expected);
                (self.0.help, self.0.mend) = (Some(help), mend);
            }
            _ => {}
        }
        self
    }

    /// Puts the mistake at `span`, unless it has a closer place.
    pub(super) fn located(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    /// One step further out: the value is the child `index`.
    pub(super) fn below(mut self, index: usize) -> Self {
        self.0.path.push(index);
        self
    }

    /// The path from the root to the value to strike out.
    pub(super) fn path(&self) -> impl Iterator<Item = usize> {
        self.0.path.iter().rev().copied()
    }

    /// The message, unless the mistake has been reported.
    pub(super) fn diagnostic(&self) -> Option<Diagnostic> {
        let span = self.0.span?;
        let code = match &self.0.mistake {
            Mistake::Reported => return None,
            Mistake::UnknownKey { .. } => Code::UnknownKey,
            Mistake::UnknownValue { .. } => Code::UnknownValue,
            Mistake::MissingKey(_) => Code::MissingKey,
            Mistake::WrongType { .. } => Code::WrongType,
            Mistake::Invalid(_) => Code::InvalidValue,
        };
        let (message, help) = self.message();
        let mut diagnostic = Diagnostic::error(code, message, span);
        diagnostic.help = self.0.help.clone().or(help);
        let mend = match (self.meant(), &self.0.mistake) {
            (Some(meant), _) => Some(meant),
            (None, Mistake::Invalid(_)) => diagnostic.help.as_deref().and_then(only_text_to_write),
            (None, _) => self.0.mend.as_deref(),
        };
        Some(match mend.map(str::to_owned) {
            Some(mend) => diagnostic.mended_by(mend),
            None => diagnostic,
        })
    }

    /// The name that was probably meant.
    fn meant(&self) -> Option<&'static str> {
        match &self.0.mistake {
            Mistake::UnknownKey { key: name, known }
            | Mistake::UnknownValue { value: name, known } => wording::closest(name, known),
            _ => None,
        }
    }

    fn message(&self) -> (String, Option<String>) {
        match &self.0.mistake {
            Mistake::Reported => (String::new(), None),
            Mistake::UnknownKey { key, known } => (
                format!("unknown key `{key}`"),
                Some(wording::help_for_name(key, known)),
            ),
            Mistake::UnknownValue { value, known } => (
                format!("unknown value `{value}`"),
                Some(wording::help_for_name(value, known)),
            ),
            Mistake::MissingKey(key) => (
                format!("`{key}` is missing"),
                Some(format!("add `{key}: …`")),
            ),
            Mistake::WrongType { found, expected } => {
                (format!("expected {expected}, found {found}"), None)
            }
            Mistake::Invalid(message) => match message.rsplit_once("; ") {
                Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
                None => (message.clone(), None),
            },
        }
    }
}

/// The text in a help that names nothing but one text to write. serde carries no more than a message from the type.
fn only_text_to_write(help: &str) -> Option<&str> {
    let text = help.strip_prefix("write `")?.strip_suffix('`')?;
    (!text.contains('`')).then_some(text)
}

impl de::Error for DecodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Mistake::Invalid(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Mistake::WrongType {
            found: wording::found(&found),
            expected: wording::expected(expected),
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Str(text) => format!("{text:?}"),
            found => wording::found(&found),
        };
        let expected = wording::expected(expected);
        Self::new(Mistake::WrongType { found, expected })
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(Mistake::WrongType {
            found: format!("{length} items"),
            expected: wording::expected(expected),
        })
    }

    fn unknown_variant(value: &str, known: &'static [&'static str]) -> Self {
        let value = value.to_owned();
        Self::new(Mistake::UnknownValue { value, known })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Self {
        let key = key.to_owned();
        Self::new(Mistake::UnknownKey { key, known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Mistake::MissingKey(key))
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message().0)
    }
}

impl std::error::Error for DecodeError {}
