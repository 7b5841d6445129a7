//! `for_each: environments`: one role or policy for each environment that the files declare or use.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde::de::MapAccess;

use super::allow::Allowed;
use super::bound_environment::{self, BOUND_CLAIMS, ENVIRONMENT};
use super::declared::FileKeys;
use super::environments::{Environments, KnownEnvironment};
use super::group_roles::{self, GroupJobs};
use super::{placeholder, role_rules};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::value::{BoundClaims, EnvironmentName};
use crate::yaml::{self, Entry, Node, Value, without_duplicates};

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
    /// Makes one copy for each environment that `mappings.environments` declares or a project file names. `{environment}`
    /// in its name and body stands for the environment, and in `bound_claims.environment` for GitLab's names of it.
    #[schemars(with = "ForEach")]
    pub(crate) for_each: Option<ForEach>,
    /// More claims that a JWT must have, in the copies for protected environments.
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
const PROTECTED_CLAIMS: &str = "protected_bound_claims";

/// Replaces every JWT role and policy that has `for_each` by its copies, and adds those of groups. Returns the prefix that
/// the names of the copies of each policy have, even if there is no environment; a name that begins with the environment
/// has none.
pub(super) fn expand(
    root: &mut Node,
    environments: &Environments,
    groups: &[GroupJobs],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeSet<String> {
    let mut prefixes = BTreeSet::new();
    if let Some(policies) = root.entry_mut("policies") {
        prefixes = prefixes_of(&policies.value);
        expand_entries(&mut policies.value, diagnostics, |policy, all| {
            let each = environments.iter();
            let copies = each.filter_map(|(name, known)| {
                let roles = role_rules::texts(&known.roles);
                copy(&role_rules::expand(&policy, roles, all), name, known, all)
            });
            copies.collect()
        });
    }
    let engine = group_roles::engine_of(root).map(|(mount, names)| (mount.to_owned(), names));
    let mut policies = BTreeMap::new();
    let methods = root.entry_mut("auth");
    let methods = methods.map(|auth| auth.value.entries_mut());
    for method in methods.into_iter().flatten() {
        let Some(roles) = method.value.entry_mut("roles") else {
            continue;
        };
        if !groups.is_empty() {
            prefixes.extend(prefixes_of(&roles.value));
        }
        expand_entries(&mut roles.value, diagnostics, |role, all| {
            let mut copies = role_copies(&role, environments, all);
            for jobs in groups {
                let Some(name) = placeholder::fill(&role.key, ENVIRONMENT, &jobs.segment()) else {
                    continue;
                };
                let own = Environments::from([(jobs.environment.clone(), jobs.known.clone())]);
                copies.extend(role_copies(&jobs.bind(&role, &name), &own, all));
                let is_lower = !name.contains(char::is_uppercase);
                if let Some((mount, names)) = engine.as_ref().filter(|_| is_lower) {
                    let policy = jobs.policy(&name, mount, names);
                    policies.insert(name, policy);
                }
            }
            copies
        });
    }
    group_roles::add_policies(root, policies, diagnostics);
    prefixes
}

/// What the names of the copies of these roles or policies begin with.
fn prefixes_of(entries: &Node) -> BTreeSet<String> {
    let entries = entries.entries().iter();
    let copied = entries.filter(|entry| entry.value.entry(FOR_EACH).is_some());
    let prefixes = copied.filter_map(|entry| {
        let placeholder = placeholder::find(&entry.key).next()?;
        Some(entry.key[..placeholder.start].to_owned())
    });
    prefixes.filter(|prefix| !prefix.is_empty()).collect()
}

fn expand_entries(
    node: &mut Node,
    diagnostics: &mut Vec<Diagnostic>,
    mut copies: impl FnMut(Entry, &mut Vec<Diagnostic>) -> Vec<Entry>,
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
                role_rules::report_stray(&entry, diagnostics);
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
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    let guarded = with_protected_claims(role, diagnostics);
    let copies = environments.iter().filter_map(|(name, known)| {
        let role = guarded
            .as_ref()
            .filter(|_| known.is_protected)
            .unwrap_or(role);
        let role = bound_environment::bind(role, &known.globs, diagnostics);
        copy(&role, name, known, diagnostics)
    });
    copies.collect()
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
        with_claims.value.set(Entry {
            key: BOUND_CLAIMS.to_owned(),
            ..protected.clone()
        });
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
    role_rules::check(entry, diagnostics);
    // With a name of a role in place of `{role}`, where that may stand.
    let filled = role_rules::expand(entry, ["role"].into_iter(), diagnostics);
    report_unknown_placeholders(&filled, diagnostics);
    diagnostics.len() == before
}

fn copy(
    entry: &Entry,
    name: &EnvironmentName,
    known: &KnownEnvironment,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Entry> {
    let name = name.as_str();
    if name.chars().any(char::is_uppercase) {
        // One mistake, of which each role and policy would make a message.
        let is_reported =
            |one: &Diagnostic| one.code == Code::ForEach && one.primary.span == known.span;
        if !diagnostics.iter().any(is_reported) {
            diagnostics.push(upper_case(name, known, entry));
        }
        return None;
    }
    Some(Entry {
        key: placeholder::fill(&entry.key, ENVIRONMENT, name).unwrap_or_else(|| entry.key.clone()),
        key_span: entry.key_span,
        value: entry.value.replace_texts(
            &|text| placeholder::fill(text, ENVIRONMENT, name),
            diagnostics,
        ),
    })
}

/// Vault would have one role for the copies of `Prod` and `prod`.
fn upper_case(name: &str, known: &KnownEnvironment, entry: &Entry) -> Diagnostic {
    let lower = name.to_lowercase();
    let problem = Diagnostic::error(
        Code::ForEach,
        format!("the environment `{name}` has upper-case letters, and Vault lowercases the names of roles and policies"),
        known.span,
    )
    .with_secondary(entry.key_span, "its name would be part of this one");
    problem.with_help(match &known.how_to_declare {
        None => format!("name the entry `{lower}`, with GitLab's name under `match`"),
        Some(how) => how.clone(),
    })
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
