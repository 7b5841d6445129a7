//! `for_each: environments`: one role or policy for each environment of the project files.

use std::collections::BTreeSet;

use super::placeholder;
use super::tree::{Entry, Node, Value, without_duplicates};
use crate::diagnostic::Diagnostic;
use crate::value::EnvironmentName;

const FOR_EACH: &str = "for_each";
const ENVIRONMENT: &str = "environment";
const PROTECTED_ENVIRONMENTS: [&str; 2] = ["mappings", "protected_environments"];
const PROTECTED_CLAIMS: &str = "protected_bound_claims";
const BOUND_CLAIMS: &str = "bound_claims";

/// Replaces every JWT role and policy that has `for_each` by its copies.
pub(super) fn expand(
    root: &mut Node,
    environments: &BTreeSet<EnvironmentName>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let protected = protected_environments(root);
    if let Some(policies) = root.entry_mut("policies") {
        expand_entries(&mut policies.value, diagnostics, |entry, for_each, all| {
            copies(entry, for_each, environments, all)
        });
    }
    let Some(auth) = root.entry_mut("auth") else {
        return;
    };
    for method in auth.value.entries_mut() {
        if let Some(roles) = method.value.entry_mut("roles") {
            report_stray_claims(&roles.value, diagnostics);
            expand_entries(&mut roles.value, diagnostics, |entry, for_each, all| {
                role_copies(entry, for_each, environments, &protected, all)
            });
        }
    }
}

/// The environments that only protected refs may have, as they are written: their type is checked later.
fn protected_environments(root: &Node) -> BTreeSet<String> {
    let list = root.at(PROTECTED_ENVIRONMENTS);
    let names = list.map(Node::items).unwrap_or_default();
    names
        .iter()
        .filter_map(|name| name.text().map(str::to_owned))
        .collect()
}

fn expand_entries(
    node: &mut Node,
    diagnostics: &mut Vec<Diagnostic>,
    copies: impl Fn(Entry, &Entry, &mut Vec<Diagnostic>) -> Vec<Entry>,
) {
    let Value::Mapping(entries) = &mut node.value else {
        return;
    };
    let mut expanded = Vec::with_capacity(entries.len());
    for mut entry in std::mem::take(entries) {
        match entry.value.take(FOR_EACH) {
            Some(for_each) => expanded.extend(copies(entry, &for_each, diagnostics)),
            None => {
                report_stray_placeholder(&entry, diagnostics);
                expanded.push(entry);
            }
        }
    }
    *entries = without_duplicates(expanded, diagnostics);
}

/// The copies of a role; those for protected environments have the claims that only these need.
fn role_copies(
    mut entry: Entry,
    for_each: &Entry,
    environments: &BTreeSet<EnvironmentName>,
    protected: &BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let Some(claims) = entry.value.take(PROTECTED_CLAIMS) else {
        return copies(entry, for_each, environments, diagnostics);
    };
    let (guarded, open): (BTreeSet<_>, BTreeSet<_>) = environments
        .iter()
        .cloned()
        .partition(|environment| protected.contains(environment.as_str()));
    let mut with_claims = entry.clone();
    add_claims(&mut with_claims.value, claims, diagnostics);
    let mut all = copies(with_claims, for_each, &guarded, diagnostics);
    // What is wrong with the entry itself has been said once.
    all.extend(copies(entry, for_each, &open, &mut Vec::new()));
    all
}

fn add_claims(role: &mut Node, claims: Entry, diagnostics: &mut Vec<Diagnostic>) {
    let claims = match role.take(BOUND_CLAIMS) {
        Some(mut bound) => {
            let all = [bound.value.entries(), claims.value.entries()].concat();
            bound.value.value = Value::Mapping(without_duplicates(all, diagnostics));
            bound
        }
        None => Entry {
            key: BOUND_CLAIMS.into(),
            ..claims
        },
    };
    let all = [role.entries(), &[claims]].concat();
    role.value = Value::Mapping(without_duplicates(all, diagnostics));
}

fn copies(
    entry: Entry,
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
    report_unknown_placeholders(&entry, diagnostics);
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

/// Claims that no copy would get look as if they protected something.
fn report_stray_claims(roles: &Node, diagnostics: &mut Vec<Diagnostic>) {
    for role in roles.entries() {
        if let Some(claims) = role.value.entry(PROTECTED_CLAIMS)
            && role.value.entry(FOR_EACH).is_none()
        {
            diagnostics.push(
                Diagnostic::error(
                    "for-each",
                    format!("`{PROTECTED_CLAIMS}` needs `for_each: environments`"),
                    claims.key_span,
                )
                .with_help(format!("write them under `{BOUND_CLAIMS}`")),
            );
        }
    }
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
