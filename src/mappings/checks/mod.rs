//! What no single value can show: the files held against each other and against what Vault takes.

mod auth;
mod ownership;
mod projects;
mod secrets;

use super::tree::Node;
use super::{PlatformFile, ProjectFile};
use crate::diagnostic::{Diagnostic, Span};
use crate::value::Ttl;

/// Reports everything that is wrong with decoded files.
pub(super) fn check(
    platform: &PlatformFile,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    auth::check(platform, diagnostics);
    secrets::check(platform, diagnostics);
    ownership::check(platform, diagnostics);
    projects::check(platform, projects, diagnostics);
}

/// Where the entry at a path of keys stands, or the last one of them that is there.
fn key_span<'k>(root: &Node, path: impl IntoIterator<Item = &'k str>) -> Span {
    let mut node = root;
    let mut span = root.span;
    for key in path {
        let Some(entry) = node.entry(key) else { break };
        (node, span) = (&entry.value, entry.key_span);
    }
    span
}

/// Where the value at a path of keys stands, or the key of it.
fn value_span<'k>(root: &Node, path: impl IntoIterator<Item = &'k str> + Clone) -> Span {
    let value = root.at(path.clone()).map(|node| node.span);
    value.unwrap_or_else(|| key_span(root, path))
}

/// A TTL and the one that bounds it, with their names.
struct Bounded {
    ttl: (&'static str, Ttl),
    max: (&'static str, Ttl),
}

impl Bounded {
    /// Reports a TTL that is longer than its bound; 0 is the server's default and bounds nothing.
    fn check(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
        let ((name, ttl), (max_name, max)) = (self.ttl, self.max);
        if ttl.is_default() || max.is_default() || ttl <= max {
            return;
        }
        diagnostics.push(
            Diagnostic::error(
                "ttl-order",
                format!("`{name}` is longer than `{max_name}`"),
                value_span(node, [name]),
            )
            .with_secondary(value_span(node, [max_name]), format!("at most {max}"))
            .with_help(format!("write at most {max}")),
        );
    }
}
