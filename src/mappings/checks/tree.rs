//! What several checks ask of the tree of `vault.yaml`.

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::value::Ttl;
use crate::yaml::{Node, Value};

/// Whether the files declare this name in a section, or have a reported mistake in its place.
pub(in crate::mappings) fn declares(root: &Node, section: &str, name: &str) -> bool {
    match root.entry(section) {
        Some(entry) => {
            let node = &entry.value;
            node.value == Value::Invalid || node.entry(name).is_some() || node.was_reported(name)
        }
        None => root.was_reported(section),
    }
}

/// Whether a mapping has a value for a key, valid or not.
pub(super) fn is_given(node: &Node, key: &str) -> bool {
    let is_empty = |node: &Node| match &node.value {
        Value::Scalar(scalar) => scalar.text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(entries) => entries.is_empty(),
        Value::Invalid => false,
    };
    node.entry(key).is_some_and(|entry| !is_empty(&entry.value)) || node.was_reported(key)
}

/// A TTL and the one that bounds it, with their names.
pub(in crate::mappings) struct Bounded {
    pub(in crate::mappings) ttl: (&'static str, Ttl),
    pub(in crate::mappings) max: (&'static str, Ttl),
}

impl Bounded {
    /// Reports a TTL that is longer than its bound; 0 is the server's default and bounds nothing.
    pub(in crate::mappings) fn check(
        &self,
        place: impl Fn(&str) -> Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let ((name, ttl), (max_name, max)) = (self.ttl, self.max);
        if ttl.is_default() || max.is_default() || ttl <= max {
            return;
        }
        diagnostics.push(
            Diagnostic::error(
                Code::TtlOrder,
                format!("`{name}` is longer than `{max_name}`"),
                place(name),
            )
            .with_secondary(place(max_name), "the longest")
            .with_help(format!(
                "write `{name}: {max}` or less, or a longer `{max_name}`"
            )),
        );
    }
}
