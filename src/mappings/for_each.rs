//! `for_each: environments`: one role or policy for each environment of the project files.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::MapAccess;

use super::allow::Allowed;
use super::declared::FileKeys;
use super::placeholder;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::value::{BoundClaims, EnvironmentName};
use crate::yaml::{self, Entry, Node, Value, without_duplicates};

/// The environments of all project files, each with the place of its first name.
pub(super) type Environments = BTreeMap<EnvironmentName, Span>;

/// What copies are made for.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum ForEach {
    Environments,
}

/// The keys of a JWT role that mean nothing to Vault.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct JwtRoleKeys {
    /// The [lints](lints.md) that do not matter here, each with the reason.
    pub(crate) allow: Allowed,
    /// Makes one copy for each environment of the project files. `{environment}` in its name and body stands for the environment.
    #[schemars(with = "ForEach")]
    pub(crate) for_each: Option<ForEach>,
    /// More claims that a JWT must have, in the copies for `mappings.protected_environments`.
    #[schemars(with = "BoundClaims")]
    pub(crate) protected_bound_claims: Option<BoundClaims>,
}

impl FileKeys for JwtRoleKeys {
    const NAMES: &'static [&'static str] = &["allow", FOR_EACH, PROTECTED_CLAIMS];

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            FOR_EACH => self.for_each = map.next_value()?,
            PROTECTED_CLAIMS => self.protected_bound_claims = Some(map.next_value()?),
            _ => self.allow = map.next_value()?,
        }
        Ok(())
    }
}

/// Completes the schema of a map whose names are checked after `for_each`: until then they hold `{environment}`.
pub(super) fn names_may_hold_environment(schema: &mut Schema) {
    let names = schema
        .get_mut("patternProperties")
        .and_then(|names| names.as_object_mut());
    if let Some(names) = names
        && let Some(value) = names.values().next().cloned()
    {
        names.insert(r"\{environment\}".into(), value);
    }
}

const FOR_EACH: &str = "for_each";
const ENVIRONMENT: &str = "environment";
const PROTECTED_ENVIRONMENTS: [&str; 2] = ["mappings", "protected_environments"];
const PROTECTED_CLAIMS: &str = "protected_bound_claims";
const BOUND_CLAIMS: &str = "bound_claims";

/// Replaces every JWT role and policy that has `for_each` by its copies. Returns the prefix that the names of the copies
/// of each policy have, even if there is no environment; a name that begins with the environment has none.
pub(super) fn expand(
    root: &mut Node,
    environments: &Environments,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let protected = protected_environments(root);
    let mut prefixes = BTreeSet::new();
    if let Some(policies) = root.entry_mut("policies") {
        prefixes = prefixes_of(&policies.value);
        expand_entries(&mut policies.value, diagnostics, |policy, all| {
            copies(&policy, environments, all)
        });
    }
    let Some(auth) = root.entry_mut("auth") else {
        return prefixes;
    };
    for method in auth.value.entries_mut() {
        if let Some(roles) = method.value.entry_mut("roles") {
            expand_entries(&mut roles.value, diagnostics, |role, all| {
                role_copies(&role, environments, &protected, all)
            });
        }
    }
    prefixes
}

fn prefixes_of(policies: &Node) -> BTreeSet<String> {
    let entries = policies.entries().iter();
    let copied = entries.filter(|entry| entry.value.entry(FOR_EACH).is_some());
    let prefixes = copied.filter_map(|entry| {
        let placeholder = placeholder::find(&entry.key).next()?;
        Some(entry.key[..placeholder.start].to_owned())
    });
    prefixes.filter(|prefix| !prefix.is_empty()).collect()
}

/// The environments for protected refs alone, as text: their type is checked later.
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
    copies: impl Fn(Entry, &mut Vec<Diagnostic>) -> Vec<Entry>,
) {
    let Value::Mapping(entries) = &mut node.value else {
        return;
    };
    let mut expanded = Vec::with_capacity(entries.len());
    for mut entry in std::mem::take(entries) {
        yaml::report_misspelt(&mut entry.value, &[FOR_EACH], diagnostics);
        match entry.value.entry(FOR_EACH) {
            Some(for_each) if is_sound(&entry, for_each, diagnostics) => {
                expanded.extend(copies(entry, diagnostics));
            }
            Some(_) => {
                entry.value.value = Value::Invalid;
                expanded.push(entry);
            }
            None => {
                report_stray_placeholder(&mut entry, diagnostics);
                expanded.push(entry);
            }
        }
    }
    *entries = without_duplicates(expanded, diagnostics);
}

/// The copies of a role; those for protected environments have the claims that only these need.
fn role_copies(
    role: &Entry,
    environments: &Environments,
    protected: &BTreeSet<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let Some(with_claims) = with_protected_claims(role, diagnostics) else {
        return copies(role, environments, diagnostics);
    };
    let (guarded, open): (Environments, Environments) = environments
        .iter()
        .map(|(environment, span)| (environment.clone(), *span))
        .partition(|(environment, _)| protected.contains(environment.as_str()));
    let mut all = copies(&with_claims, &guarded, diagnostics);
    all.extend(copies(role, &open, diagnostics));
    all
}

/// The role with its protected claims among its claims. None if it has no such claims, or a mistake in their place,
/// which decoding reports.
fn with_protected_claims(role: &Entry, diagnostics: &mut Vec<Diagnostic>) -> Option<Entry> {
    let protected = role.value.entry(PROTECTED_CLAIMS)?;
    let Value::Mapping(claims) = &protected.value.value else {
        return None;
    };
    let mut with_claims = role.clone();
    if let Some(bound) = with_claims.value.entry_mut(BOUND_CLAIMS) {
        if let Value::Mapping(entries) = &mut bound.value.value {
            entries.extend_from_slice(claims);
            *entries = without_duplicates(std::mem::take(entries), diagnostics);
        }
    } else {
        let bound = Entry {
            key: BOUND_CLAIMS.to_owned(),
            ..protected.clone()
        };
        let all = [role.value.entries(), &[bound]].concat();
        with_claims.value.value = Value::Mapping(without_duplicates(all, diagnostics));
    }
    Some(with_claims)
}

/// Reports mistakes that make the copies useless, and returns whether there is none.
fn is_sound(entry: &Entry, for_each: &Entry, diagnostics: &mut Vec<Diagnostic>) -> bool {
    let before = diagnostics.len();
    if for_each.value.text() != Some("environments") {
        diagnostics.push(
            Diagnostic::error(
                Code::ForEach,
                "`for_each` supports only `environments`",
                for_each.value.span,
            )
            .with_help("write `for_each: environments`"),
        );
    }
    if placeholder::find(&entry.key).next().is_none() {
        diagnostics.push(
            Diagnostic::error(
                Code::ForEach,
                format!(
                    "the copies for each environment would all have the name `{}`",
                    entry.key
                ),
                entry.key_span,
            )
            .with_help(format!(
                "put `{{environment}}` into the name, such as `{}-{{environment}}`",
                entry.key
            )),
        );
    }
    report_unknown_placeholders(entry, diagnostics);
    diagnostics.len() == before
}

fn copies(
    entry: &Entry,
    environments: &Environments,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let mut copies = Vec::with_capacity(environments.len());
    for (environment, named_at) in environments {
        let environment = environment.as_str();
        if environment.chars().any(char::is_uppercase) {
            diagnostics.push(upper_case(environment, *named_at, entry));
            continue;
        }
        copies.push(Entry {
            key: placeholder::fill(&entry.key, ENVIRONMENT, environment)
                .unwrap_or_else(|| entry.key.clone()),
            key_span: entry.key_span,
            value: entry.value.replace_texts(
                &|text| placeholder::fill(text, ENVIRONMENT, environment),
                diagnostics,
            ),
        });
    }
    copies
}

/// Vault would have one role for the copies of `Prod` and `prod`.
fn upper_case(environment: &str, named_at: Span, entry: &Entry) -> Diagnostic {
    Diagnostic::error(
        Code::ForEach,
        format!("the environment `{environment}` has upper-case letters, and Vault lowercases the names of roles and policies"),
        named_at,
    )
    .with_secondary(entry.key_span, "its name would be part of this one")
    .with_help(format!(
        "rename the environment to `{}`, here and in the project's pipeline",
        environment.to_lowercase()
    ))
}

/// Reports placeholders outside `for_each`, which would reach Vault unchanged.
fn report_stray_placeholder(entry: &mut Entry, diagnostics: &mut Vec<Diagnostic>) {
    let is_stray = |text: &str| placeholder::fill(text, ENVIRONMENT, "").is_some();
    visit(entry, &mut |text, span| {
        if is_stray(text) {
            diagnostics.push(
                Diagnostic::error(Code::ForEach, "nothing fills `{environment}` here", span).with_help(
                    format!(
                        "add `for_each: environments` to `{}`: then there is one for each environment",
                        entry.key
                    ),
                ),
            );
        }
    });
    if is_stray(&entry.key) {
        entry.value.value = Value::Invalid;
    }
}

fn report_unknown_placeholders(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    visit(entry, &mut |text, span| {
        let names = placeholder::find(text).map(|range| &text[range.start + 1..range.end - 1]);
        for name in names.filter(|name| *name != ENVIRONMENT) {
            diagnostics.push(
                Diagnostic::error(
                    Code::ForEach,
                    format!("there is no placeholder `{{{name}}}`"),
                    span,
                )
                .with_help("write `{environment}`; Vault's own templates have two braces: `{{…}}`"),
            );
        }
    });
}

fn visit(entry: &Entry, visit: &mut impl FnMut(&str, Span)) {
    visit(&entry.key, entry.key_span);
    entry.value.visit_texts(visit);
}
