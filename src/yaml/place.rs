//! Where a message about a path of keys is shown.

use super::tree::Node;
use crate::diagnostic::Span;

/// The key of the entry at a path of keys, or of the last one of them that exists.
pub(crate) fn key_span<'k>(root: &Node, path: impl IntoIterator<Item = &'k str>) -> Span {
    let mut node = root;
    let mut span = root.span.begin();
    for key in path {
        let Some(entry) = node.entry(key) else { break };
        (node, span) = (&entry.value, entry.key_span);
    }
    span
}

/// The value at a path of keys: a scalar itself, a collection by its key.
pub(crate) fn value_span<'k>(root: &Node, path: impl IntoIterator<Item = &'k str> + Clone) -> Span {
    match root.at(path.clone()) {
        Some(node) if node.text().is_some() => node.span,
        _ => key_span(root, path),
    }
}

/// An item of the list at a path of keys; a single value is a list of one.
pub(crate) fn item_span<'k>(
    root: &Node,
    path: impl IntoIterator<Item = &'k str> + Clone,
    item: &str,
) -> Span {
    let items = root.at(path.clone()).map(Node::items).unwrap_or_default();
    let found = items.iter().find(|node| node.text() == Some(item));
    found.map_or_else(|| value_span(root, path), |node| node.span)
}
