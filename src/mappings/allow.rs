//! `allow: {LINT: REASON}`: the lints that somebody has looked at in one place, and why they do not matter there.
//!
//! It may stand in an auth method, an engine, a role, a policy, a rule, `mappings`, a project's file and a mapping, and
//! holds for everything in there.

use crate::diagnostic::{Diagnostic, Span};
use crate::yaml::{Entry, Node, Value};

const CODE: &str = "allow";
const ALLOW: &str = "allow";

/// Any key of a mapping.
const EVERY: &str = "*";

/// Where it may stand in `vault.yaml`, by the keys that lead there; the rules of a policy are a list.
const PLATFORM: &[&[&str]] = &[
    &["auth", EVERY],
    &["auth", EVERY, "roles", EVERY],
    &["secrets", EVERY],
    &["secrets", EVERY, "roles", EVERY],
    &["policies", EVERY],
    &["policies", EVERY, "rules", EVERY],
    &["mappings"],
];

/// Where it may stand in a project's file.
const PROJECT: &[&[&str]] = &[&[], &["environments", EVERY], &["default"]];

/// One lint that is allowed in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allow {
    /// The name that is written there.
    pub(crate) lint: String,
    /// Where its name stands.
    pub(crate) span: Span,
    /// Where it is allowed.
    pub(crate) scope: Span,
}

/// Takes what is allowed out of `vault.yaml`, before types see it and before entries are copied.
pub(super) fn take_from_platform(root: &mut Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Allow> {
    take(root, PLATFORM, diagnostics)
}

/// Takes what is allowed out of a project's file.
pub(super) fn take_from_project(root: &mut Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Allow> {
    take(root, PROJECT, diagnostics)
}

fn take(root: &mut Node, places: &[&[&str]], diagnostics: &mut Vec<Diagnostic>) -> Vec<Allow> {
    let mut allows = Vec::new();
    for place in places {
        let scope = root.span;
        take_at(root, scope, place, &mut |allow, scope| {
            allows.extend(read(&allow, scope, diagnostics));
        });
    }
    allows
}

fn take_at(node: &mut Node, scope: Span, place: &[&str], found: &mut impl FnMut(Entry, Span)) {
    let Some((key, rest)) = place.split_first() else {
        if let Some(allow) = node.take(ALLOW) {
            found(allow, scope);
        }
        return;
    };
    match &mut node.value {
        Value::Sequence(items) if *key == EVERY => {
            for item in items {
                take_at(item, item.span, rest, found);
            }
        }
        Value::Mapping(entries) => {
            for entry in entries
                .iter_mut()
                .filter(|entry| *key == EVERY || entry.key == *key)
            {
                let scope = entry.key_span.to(entry.value.span);
                take_at(&mut entry.value, scope, rest, found);
            }
        }
        _ => {}
    }
}

fn read(allow: &Entry, scope: Span, diagnostics: &mut Vec<Diagnostic>) -> Vec<Allow> {
    if !matches!(allow.value.value, Value::Mapping(_) | Value::Invalid) {
        diagnostics.push(
            Diagnostic::error(
                CODE,
                "expected a mapping of lints to reasons",
                allow.key_span,
            )
            .with_help("write `LINT: why it does not matter here` lines, indented below this"),
        );
    }
    let mut allows = Vec::new();
    for entry in allow.value.entries() {
        let reason = entry.value.text().unwrap_or_default().trim();
        if reason.is_empty() && !allow.value.was_reported(&entry.key) {
            diagnostics.push(
                Diagnostic::error(CODE, "a reason is missing", entry.key_span).with_help(format!(
                    "write why it does not matter here, for the next one to read: `{}: …`",
                    entry.key
                )),
            );
        }
        allows.push(Allow {
            lint: entry.key.clone(),
            span: entry.key_span,
            scope,
        });
    }
    allows
}

impl Allow {
    /// Whether a place is one in which the lint is allowed.
    pub(crate) fn covers(&self, place: Span) -> bool {
        let scope = self.scope;
        place.file == scope.file && scope.start <= place.start && place.end <= scope.end
    }
}
