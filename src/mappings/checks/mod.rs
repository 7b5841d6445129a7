//! What no single value can show: the files held against each other and against what Vault takes.

mod auth;
mod jwt_role;
mod ownership;
mod projects;
mod secrets;

use super::decode::was_reported;
use super::tree::{Node, Value};
use super::{PlatformFile, ProjectFile, Trees};
use crate::diagnostic::{Diagnostic, Span};
use crate::value::Ttl;

/// Reports everything that is wrong with decoded files; without a platform, what the project files alone show.
pub(super) fn check(
    platform: Option<&PlatformFile>,
    projects: &[ProjectFile],
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    projects::check_twins(projects, trees, diagnostics);
    let Some(platform) = platform else { return };
    check_version(platform, diagnostics);
    auth::check(platform, diagnostics);
    secrets::check(platform, diagnostics);
    ownership::check(platform, diagnostics);
    projects::check(platform, projects, trees, diagnostics);
}

fn check_version(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    if file.platform.version.is_none() && !was_reported(&file.root, "version") {
        diagnostics.push(
            Diagnostic::error(
                "missing-key",
                "`version` is missing",
                file.root.span.begin(),
            )
            .with_help("begin the file with `version: 1`"),
        );
    }
}

/// Where the entry at a path of keys stands, or the last one of them that is there.
pub(crate) fn key_span<'k>(root: &Node, path: impl IntoIterator<Item = &'k str>) -> Span {
    let mut node = root;
    let mut span = root.span.begin();
    for key in path {
        let Some(entry) = node.entry(key) else { break };
        (node, span) = (&entry.value, entry.key_span);
    }
    span
}

/// Where the value at a path of keys stands: a scalar itself, a collection by its key.
pub(crate) fn value_span<'k>(root: &Node, path: impl IntoIterator<Item = &'k str> + Clone) -> Span {
    match root.at(path.clone()) {
        Some(node) if node.text().is_some() => node.span,
        _ => key_span(root, path),
    }
}

/// Where an item of the list at a path of keys stands; a single value is a list of one.
pub(crate) fn item_span<'k>(
    root: &Node,
    path: impl IntoIterator<Item = &'k str> + Clone,
    item: &str,
) -> Span {
    let items = root.at(path.clone()).map(Node::items).unwrap_or_default();
    let found = items.iter().find(|node| node.text() == Some(item));
    found.map_or_else(|| value_span(root, path), |node| node.span)
}

/// Whether the files have this name in a section, or a mistake in its place that was reported.
pub(super) fn declares(root: &Node, section: &str, name: &str) -> bool {
    match root.entry(section) {
        Some(entry) => {
            let node = &entry.value;
            node.value == Value::Invalid || node.entry(name).is_some() || was_reported(node, name)
        }
        None => was_reported(root, section),
    }
}

/// Whether a mapping says something of a key, right or wrong.
fn is_given(node: &Node, key: &str) -> bool {
    let is_empty = |node: &Node| match &node.value {
        Value::Scalar(scalar) => scalar.text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(entries) => entries.is_empty(),
        Value::Invalid => false,
    };
    node.entry(key).is_some_and(|entry| !is_empty(&entry.value)) || was_reported(node, key)
}

/// A TTL and the one that bounds it, with their names.
pub(super) struct Bounded {
    pub(super) ttl: (&'static str, Ttl),
    pub(super) max: (&'static str, Ttl),
}

impl Bounded {
    /// Reports a TTL that is longer than its bound; 0 is the server's default and bounds nothing.
    pub(super) fn check(&self, place: impl Fn(&str) -> Span, diagnostics: &mut Vec<Diagnostic>) {
        let ((name, ttl), (max_name, max)) = (self.ttl, self.max);
        if ttl.is_default() || max.is_default() || ttl <= max {
            return;
        }
        diagnostics.push(
            Diagnostic::error(
                "ttl-order",
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
