//! What can be wrong with a value, and its words.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use crate::diagnostic::{Diagnostic, Span};
use crate::mappings::scalar::Plain;
use crate::mappings::tree::{Node, Value};

/// The one mistake that stopped serde, on its way out of the tree.
#[derive(Debug)]
pub(super) struct DecodeError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    mistake: Mistake,
    help: Option<String>,
    span: Option<Span>,
    /// The way from the root to what has to be struck out, innermost step first.
    path: Vec<usize>,
}

#[derive(Debug)]
enum Mistake {
    /// The user has been told before.
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
    /// Follows from a mistake that the user has been told.
    pub(super) fn reported() -> Self {
        Self::new(Mistake::Reported)
    }

    /// See [`Plain::Unclear`].
    pub(super) fn unclear(text: &str) -> Self {
        Self::new(Mistake::Invalid(format!(
            "YAML parsers disagree about what `{text}` is; write \"{text}\" for a string, or a number in plain decimal digits"
        )))
    }

    fn new(mistake: Mistake) -> Self {
        Self(Box::new(Inner {
            mistake,
            help: None,
            span: None,
            path: Vec::new(),
        }))
    }

    /// Explains the mistake by the value in which it arose.
    pub(super) fn inside(mut self, node: &Node) -> Self {
        if self.0.span.is_some() {
            return self;
        }
        match &self.0.mistake {
            Mistake::MissingKey(key) if was_struck_out(node, key) => {
                self.0.mistake = Mistake::Reported
            }
            Mistake::WrongType { expected, .. } if self.0.help.is_none() => {
                self.0.help = help_for_type(node, expected);
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

    /// The way from the root to what has to be struck out.
    pub(super) fn path(&self) -> impl Iterator<Item = usize> {
        self.0.path.iter().rev().copied()
    }

    /// What the user is told.
    pub(super) fn diagnostic(&self) -> Option<Diagnostic> {
        let span = self.0.span?;
        let code = match &self.0.mistake {
            Mistake::Reported => return None,
            Mistake::UnknownKey { .. } => "unknown-key",
            Mistake::UnknownValue { .. } => "unknown-value",
            Mistake::MissingKey(_) => "missing-key",
            Mistake::WrongType { .. } => "wrong-type",
            Mistake::Invalid(_) => "invalid-value",
        };
        let (message, help) = self.words();
        let mut diagnostic = Diagnostic::error(code, message, span);
        diagnostic.help = help.or_else(|| self.0.help.clone());
        Some(diagnostic)
    }

    fn words(&self) -> (String, Option<String>) {
        match &self.0.mistake {
            Mistake::Reported => (String::new(), None),
            Mistake::UnknownKey { key, known } => (
                format!("unknown key `{key}`"),
                Some(help_for_name(key, known, "no key is known here")),
            ),
            Mistake::UnknownValue { value, known } => (
                format!("unknown value `{value}`"),
                Some(help_for_name(value, known, "no value is known here")),
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

fn was_struck_out(node: &Node, key: &str) -> bool {
    node.entry(key)
        .is_some_and(|entry| entry.value.value == Value::Invalid)
}

/// The known name that was probably meant, or all of them.
fn help_for_name(name: &str, known: &[&str], none: &str) -> String {
    let distance = |known: &&&str| strsim::damerau_levenshtein(name, known);
    let closest = known.iter().min_by_key(distance);
    match closest.filter(|known| distance(known) <= 1 + name.chars().count() / 4) {
        Some(known) => format!("write `{known}`"),
        None if known.is_empty() => none.to_owned(),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// What to write in place of a value of the wrong type, where it can be told.
fn help_for_type(node: &Node, expected: &str) -> Option<String> {
    let Value::Scalar(scalar) = &node.value else {
        return None;
    };
    let text = &scalar.text;
    match scalar.meaning() {
        Plain::Null => Some("write a value, or remove the key".to_owned()),
        Plain::Text if expected.contains("boolean") => {
            boolean(text).map(|value| format!("write {value}"))
        }
        Plain::Text if expected.contains("number") && is_number(text) => {
            Some(format!("write {text} without quotes"))
        }
        Plain::Text if expected.starts_with("a list") => {
            Some("write each item as `- …` on a line of its own, or `[…]`".to_owned())
        }
        Plain::Bool(_) | Plain::Unsigned(_) | Plain::Negative(_) | Plain::Float(_)
            if expected.contains("string") =>
        {
            Some(format!("write \"{text}\""))
        }
        _ => None,
    }
}

/// What the words of YAML 1.1, and quoted booleans, are meant to be.
fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => Some(true),
        "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    matches!(
        Plain::of(text),
        Plain::Unsigned(_) | Plain::Negative(_) | Plain::Float(_)
    )
}

fn describe(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("the boolean {value}"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Str(_) => "a string".to_owned(),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// serde's own words for what derived types expect, in those of YAML.
fn expectation(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let yaml = match words.as_str() {
        "a sequence" => "a list",
        "a map" => "a mapping",
        "a set" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" | "u128" => "a positive whole number",
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "variant identifier" => "a string",
        derived if derived.starts_with("struct ") => "a mapping",
        derived if derived.starts_with("enum ") => "a string",
        other => other,
    };
    yaml.to_owned()
}

impl de::Error for DecodeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Mistake::Invalid(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Mistake::WrongType {
            found: describe(&found),
            expected: expectation(expected),
        })
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Str(text) => format!("{text:?}"),
            found => describe(&found),
        };
        Self::custom(format_args!(
            "expected {}, found {found}",
            expectation(expected)
        ))
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
        f.write_str(&self.words().0)
    }
}

impl std::error::Error for DecodeError {}
