//! [`Node`] tree -> types, by their ordinary `serde::Deserialize`, with every mistake at its place.
//!
//! serde stops at the first error. [`decode`] reports it, strikes out the entry that it is about, and decodes what
//! is left, until nothing is wrong any more.
//!
//! # For the types
//! - They know nothing of this module: the same types are read from Vault's JSON.
//! - An error of a `TryFrom` or a visitor says what to write instead after its last `; `, as `value::Invalid` does:
//!   ``"`1w` is not a duration; write `90s`, `10m` or `1h30m`"`` becomes a message and a help.
//! - A visitor's `expecting` completes "expected …", in YAML's words: "a string", "a list of strings".
//! - `flatten`, `tag` and `untagged` make serde copy a mapping before it is understood, so that mistakes inside are
//!   shown at the whole mapping. A visitor over `deserialize_any` keeps the places.

mod deserializer;
mod error;
mod words;

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use self::deserializer::{NodeDeserializer, place_of, place_of_value};
use super::tree::{Entry, Node, Value};
use crate::diagnostic::{Diagnostic, Span};

/// Each mistake costs one more pass over the value: decode large mappings entry by entry.
const MAX_PASSES: usize = 100;

/// Makes a `T` of `node`, and reports everything that is in the way.
///
/// The result holds what could be read, so that further checks can find more; it may be used for anything else only
/// if nothing was pushed onto `diagnostics`. There is none when nothing sensible is left.
pub(crate) fn decode<T: DeserializeOwned>(
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    decode_at(node, place_of(node), diagnostics)
}

/// [`decode`] for the value of an entry: what concerns the value as a whole is shown at its key.
pub(crate) fn decode_entry<T: DeserializeOwned>(
    entry: &Entry,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    decode_at(&entry.value, place_of_value(entry), diagnostics)
}

fn decode_at<T: DeserializeOwned>(
    node: &Node,
    place: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let mut rest = Cow::Borrowed(node);
    for _ in 0..MAX_PASSES {
        let error = match T::deserialize(NodeDeserializer::new(&rest)) {
            Ok(value) => return Some(value),
            Err(error) => error.located(place),
        };
        diagnostics.extend(error.diagnostic());
        if !strike_out(rest.to_mut(), error.path()) {
            return None;
        }
    }
    diagnostics.push(too_many(place));
    None
}

fn too_many(place: Span) -> Diagnostic {
    Diagnostic::error(
        "too-many-mistakes",
        "there may be more mistakes in here than are shown",
        place,
    )
    .with_help("correct these, and check again")
}

/// Makes the value at `path` invalid. Nothing can be struck out of the root: then there is nothing left.
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
