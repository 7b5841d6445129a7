//! Translates serde's terms into those of YAML, with what to write instead.

use std::fmt;

use serde::de::{Expected, Unexpected};

use crate::yaml::scalar::Plain;
use crate::yaml::similar::{is_close, is_part};
use crate::yaml::tree::{Node, Scalar, Value};

/// The kind of value that the file has. Its text is shown anyway.
pub(super) fn found(found: &Unexpected<'_>) -> String {
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

/// The kind of value that is expected. serde names Rust types where a type has no description of its own.
pub(super) fn expected(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    let yaml = match words.as_str() {
        "a sequence" | "a set" => "a list",
        "a map" => "a mapping",
        "u8" | "u16" | "u32" | "u64" | "usize" | "u128" => "a positive whole number",
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        derived if derived.starts_with("struct ") => "a mapping",
        other => other,
    };
    yaml.to_owned()
}

/// The names of an enum's variants.
pub(super) struct OneOf(pub(super) &'static [&'static str]);

impl Expected for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }
}

/// What to write in place of a value of the wrong type, and the text that mends it if that is certain.
pub(super) fn help_for_type(node: &Node, expected: &str) -> (String, Option<String>) {
    if let Value::Scalar(scalar) = &node.value {
        if let Some((help, mend)) = in_the_type(scalar, expected) {
            return (help, Some(mend));
        }
        if let Some(help) = help_for_scalar(scalar, expected) {
            return (help.to_owned(), None);
        }
    }
    let help = match expected {
        "a mapping" => "write `key: value` lines, indented below this".to_owned(),
        "a list" => {
            "write each item as `- item` on a line of its own, or `[item, item]`".to_owned()
        }
        expected => format!("write {expected}"),
    };
    (help, None)
}

/// Whether a text may be a key and a value without the space between them.
fn has_narrow_colon(text: &str) -> bool {
    text.contains(':') && !text.contains(": ")
}

fn help_for_scalar(scalar: &Scalar, expected: &str) -> Option<&'static str> {
    match (scalar.meaning(), expected) {
        (Plain::Null, "a mapping") => {
            Some("write `key: value` lines, indented below this, or `{}` for an empty one")
        }
        (Plain::Null, "a list") => {
            Some("write each item as `- item` on a line of its own, or `[]` for none")
        }
        (Plain::Null, _) => Some("write a value, or remove this"),
        (_, "a mapping") if has_narrow_colon(&scalar.text) => {
            Some("write `key: value` lines, with a space after the `:`, indented below this")
        }
        _ => None,
    }
}

/// How to write the same value in the expected type, and that value.
fn in_the_type(scalar: &Scalar, expected: &str) -> Option<(String, String)> {
    let text = &scalar.text;
    match scalar.meaning() {
        Plain::Text if expected == "true or false" => {
            let value = boolean(text)?.to_string();
            Some((format!("write {value}"), value))
        }
        Plain::Text if expected.ends_with("number") && is_number(text) => {
            Some((format!("write {text} without quotes"), text.clone()))
        }
        Plain::Bool(_) | Plain::Unsigned(_) | Plain::Negative(_) | Plain::Float(_)
            if expected.contains("string") =>
        {
            let quoted = format!("\"{text}\"");
            Some((format!("write {quoted}"), quoted))
        }
        _ => None,
    }
}

/// The boolean that a word of YAML 1.1 or a quoted boolean is meant to be.
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

/// The known name that was probably meant, or all of them.
pub(super) fn help_for_name(name: &str, known: &[&str]) -> String {
    match closest(name, known) {
        Some(known) => format!("write `{known}`"),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// The known name that was probably meant.
pub(super) fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let name = name.to_lowercase();
    let distance = |known: &&&str| strsim::damerau_levenshtein(&name, known);
    let closest = known.iter().min_by_key(distance).copied();
    closest.filter(|known| is_close(&name, known)).or_else(|| {
        let mut shortened = known.iter().filter(|known| is_part(&name, known));
        shortened
            .next()
            .filter(|_| shortened.next().is_none())
            .copied()
    })
}
