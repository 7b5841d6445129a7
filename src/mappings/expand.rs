//! `for_each: environments`: one role or policy for each environment of the project files.

use std::collections::BTreeSet;

use super::placeholder;
use super::tree::{Entry, Node, Value, without_duplicates};
use crate::diagnostic::Diagnostic;
use crate::value::EnvironmentName;

const FOR_EACH: &str = "for_each";
const ENVIRONMENT: &str = "environment";

/// Replaces every JWT role and policy that has `for_each` by its copies.
pub(super) fn expand(
    root: &mut Node,
    environments: &BTreeSet<EnvironmentName>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if let Some(policies) = root.entry_mut("policies") {
        expand_entries(&mut policies.value, environments, diagnostics);
    }
    let Some(auth) = root.entry_mut("auth") else {
        return;
    };
    for method in auth.value.entries_mut() {
        if let Some(roles) = method.value.entry_mut("roles") {
            expand_entries(&mut roles.value, environments, diagnostics);
        }
    }
}

fn expand_entries(
    node: &mut Node,
    environments: &BTreeSet<EnvironmentName>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Value::Mapping(entries) = &mut node.value else {
        return;
    };
    let mut expanded = Vec::with_capacity(entries.len());
    for mut entry in std::mem::take(entries) {
        match entry.value.take(FOR_EACH) {
            Some(for_each) => expanded.extend(copies(&entry, &for_each, environments, diagnostics)),
            None => {
                report_stray_placeholder(&entry, diagnostics);
                expanded.push(entry);
            }
        }
    }
    *entries = without_duplicates(expanded, diagnostics);
}

fn copies(
    entry: &Entry,
    for_each: &Entry,
    environments: &BTreeSet<EnvironmentName>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    if for_each.value.text() != Some("environments") {
        diagnostics.push(
            Diagnostic::error(
                "for-each",
                "`for_each` goes over the environments only",
                for_each.value.span,
            )
            .with_help("write `for_each: environments`"),
        );
        return Vec::new();
    }
    if placeholder::fill(&entry.key, ENVIRONMENT, "").is_none() {
        diagnostics.push(
            Diagnostic::error(
                "for-each",
                format!("all copies of `{}` would have one name", entry.key),
                entry.key_span,
            )
            .with_help("put `{environment}` into the name"),
        );
        return Vec::new();
    }
    report_unknown_placeholders(entry, diagnostics);
    let copy = |environment: &EnvironmentName| {
        let fill = |text: &str| placeholder::fill(text, ENVIRONMENT, environment.as_str());
        Entry {
            key: fill(&entry.key).unwrap_or_else(|| entry.key.clone()),
            key_span: entry.key_span,
            value: entry
                .value
                .substitute(ENVIRONMENT, environment.as_str(), &mut Vec::new()),
        }
    };
    environments.iter().map(copy).collect()
}

/// A placeholder that nothing fills would reach Vault as it is.
fn report_stray_placeholder(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    if placeholder::fill(&entry.key, ENVIRONMENT, "").is_some() {
        diagnostics.push(
            Diagnostic::error(
                "for-each",
                "nothing fills `{environment}` here",
                entry.key_span,
            )
            .with_help("add `for_each: environments` to this entry"),
        );
    }
    entry.value.visit_scalars(&mut |text, span| {
        if placeholder::fill(text, ENVIRONMENT, "").is_some() {
            diagnostics.push(
                Diagnostic::error("for-each", "nothing fills `{environment}` here", span)
                    .with_help(format!("add `for_each: environments` to `{}`", entry.key)),
            );
        }
    });
}

fn report_unknown_placeholders(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    let mut report = |text: &str, span| {
        let names = placeholder::find(text).map(|range| &text[range.start + 1..range.end - 1]);
        for name in names.filter(|name| *name != ENVIRONMENT) {
            diagnostics.push(
                Diagnostic::error(
                    "for-each",
                    format!("there is no placeholder `{{{name}}}`"),
                    span,
                )
                .with_help("write `{environment}`; Vault's own templates have two braces: `{{…}}`"),
            );
        }
    };
    report(&entry.key, entry.key_span);
    entry.value.visit_scalars(&mut report);
}
