//! What no single value can show: the files held against each other and against what Vault takes.

mod auth;
mod jwt_role;
mod ownership;
mod projects;
mod secrets;

use super::loaded::{PlatformFile, ProjectFile};
use super::trees::Trees;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::value::Ttl;
use crate::yaml::{Node, Value};

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
    if file.platform.version.is_none() && !file.root.was_reported("version") {
        diagnostics.push(
            Diagnostic::error(
                Code::MissingKey,
                "`version` is missing",
                file.root.span.begin(),
            )
            .with_help("begin the file with `version: 1`"),
        );
    }
}

/// Whether the files have this name in a section, or a mistake in its place that was reported.
pub(super) fn declares(root: &Node, section: &str, name: &str) -> bool {
    match root.entry(section) {
        Some(entry) => {
            let node = &entry.value;
            node.value == Value::Invalid || node.entry(name).is_some() || node.was_reported(name)
        }
        None => root.was_reported(section),
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
    node.entry(key).is_some_and(|entry| !is_empty(&entry.value)) || node.was_reported(key)
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
