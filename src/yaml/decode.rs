//! [`Node`] tree -> types, by their ordinary `serde::Deserialize`, with every mistake at its place.
//!
//! serde stops at the first error. [`decode`] reports it, strikes out the entry with the mistake, and decodes the rest,
//! until there is no mistake left.
//!
//! # For the types
//! - They do not depend on this module: the same types are read from Vault's JSON.
//! - An error of a `TryFrom` or a visitor says what to write instead after its last `; `, as `value::Invalid` does:
//!   ``"`1w` is not a duration; write `90s`, `10m` or `1h30m`"`` becomes a message and a help.
//! - A visitor's `expecting` completes "expected …", in YAML's words: "a string", "a list of strings".
//! - `flatten`, `tag` and `untagged` make serde copy a mapping before it is understood, so that mistakes inside are
//!   shown at the whole mapping. A visitor over `deserialize_any` keeps the places.

mod deserializer;
mod error;
mod wording;

use serde::de::DeserializeOwned;

use self::deserializer::{NodeDeserializer, place_of};
use super::similar::is_close;
use super::tree::{Node, Value};
use crate::diagnostic::{Code, Diagnostic, Span};

/// Each mistake costs one more pass over the value, so that passes over a large file have to be bounded.
const MAX_PASSES: usize = 100;
const MIN_PASSES: usize = 10;
const MAX_VALUES_PASSED: usize = 1_000_000;

/// Decodes `node` into a `T`. Every mistake is reported and struck out of `node`.
///
/// The result has what could be read, so that further checks can find more; use it for anything else only if nothing
/// was pushed onto `diagnostics`. It is `None` if nothing useful is left.
pub(crate) fn decode<T: DeserializeOwned>(
    node: &mut Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let place = place_of(node);
    let passes = MAX_VALUES_PASSED / node.size().max(1);
    for _ in 0..passes.clamp(MIN_PASSES, MAX_PASSES) {
        let error = match T::deserialize(NodeDeserializer::new(node)) {
            Ok(value) => return Some(value),
            Err(error) => error.located(place),
        };
        diagnostics.extend(error.diagnostic());
        if !strike_out(node, error.path()) {
            return None;
        }
    }
    diagnostics.push(too_many(place));
    None
}

fn too_many(place: Span) -> Diagnostic {
    Diagnostic::error(
        Code::TooManyMistakes,
        "this may contain more mistakes than are shown",
        place,
    )
    .with_help("correct these, and check again")
}

/// Reports keys that nearly are one of `keys`, and strikes them out: for keys that are taken from the tree before a type
/// sees it, and that no type can suggest.
pub(crate) fn report_misspelt(node: &mut Node, keys: &[&str], diagnostics: &mut Vec<Diagnostic>) {
    for entry in node.entries_mut() {
        if keys.contains(&entry.key.as_str()) {
            continue;
        }
        if let Some(meant) = keys.iter().find(|key| is_close(&entry.key, key)) {
            diagnostics.push(
                Diagnostic::error(
                    Code::UnknownKey,
                    format!("unknown key `{}`", entry.key),
                    entry.key_span,
                )
                .with_mend(meant),
            );
            entry.value.value = Value::Invalid;
        }
    }
}

/// Makes the value at `path` invalid. Returns false for the root, without which nothing is left.
fn strike_out(node: &mut Node, path: impl Iterator<Item = usize>) -> bool {
    let mut depth = 0;
    let mut target = node;
    for index in path {
        let child = match &mut target.value {
            Value::Sequence(items) => items.get_mut(index),
            Value::Mapping(entries) => entries.get_mut(index).map(|entry| &mut entry.value),
            Value::Scalar(_) | Value::Invalid => None,
        };
        let Some(child) = child else { return false };
        target = child;
        depth += 1;
    }
    target.value = Value::Invalid;
    depth > 0
}
