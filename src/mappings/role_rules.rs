//! `for_each: roles` on a rule of a policy with `for_each: environments`: one rule for each name of a role that the
//! environment has.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::MapAccess;

use super::allow::{ALLOW, Allowed};
use super::declared::FileKeys;
use super::placeholder;
use crate::diagnostic::{Code, Diagnostic};
use crate::value::EnvironmentRole;
use crate::yaml::{Entry, Node, Value};

const FOR_EACH: &str = "for_each";
/// What rules are made for, and the placeholder that stands for each.
const ROLES: &str = "roles";
const ROLE: &str = "role";

/// What rules are made for.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum ForEachRole {
    Roles,
}

/// The keys of a rule that mean nothing to Vault.
#[derive(Debug, Default, JsonSchema)]
pub(crate) struct RuleKeys {
    /// The [lints](lints.md) that do not matter here, each with the reason.
    pub(crate) allow: Allowed,
    /// Makes one rule for each name under `roles` of the environment's mappings, in a policy with `for_each: environments`.
    /// `{role}` in its path stands for the name.
    #[schemars(with = "ForEachRole")]
    for_each: Option<ForEachRole>,
}

impl FileKeys for RuleKeys {
    const NAMES: &'static [&'static str] = &[ALLOW, FOR_EACH];

    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            FOR_EACH => self.for_each = map.next_value()?,
            _ => self.allow = map.next_value()?,
        }
        Ok(())
    }
}

/// A policy in which each rule with `for_each: roles` is replaced by one for each of these names.
pub(super) fn expand<'n>(
    policy: &Entry,
    names: impl Iterator<Item = &'n str> + Clone,
    diagnostics: &mut Vec<Diagnostic>,
) -> Entry {
    let mut policy = policy.clone();
    let Some(rules) = rules_mut(&mut policy) else {
        return policy;
    };
    let mut expanded = Vec::with_capacity(rules.len());
    for mut rule in std::mem::take(rules) {
        if !take_for_each(&mut rule) {
            expanded.push(rule);
            continue;
        }
        expanded.extend(names.clone().map(|name| {
            rule.replace_texts(&|text| placeholder::fill(text, ROLE, name), diagnostics)
        }));
    }
    *rules = expanded;
    policy
}

/// The names of an environment's roles as texts.
pub(super) fn texts(names: &BTreeSet<EnvironmentRole>) -> impl Iterator<Item = &str> + Clone {
    names.iter().map(EnvironmentRole::as_str)
}

/// Reports rules whose copies would be useless.
pub(super) fn check(policy: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    for (rule, for_each) in rules_with_for_each(policy) {
        if for_each.value.text() != Some(ROLES) {
            diagnostics.push(
                Diagnostic::error(
                    Code::ForEach,
                    "`for_each` of a rule supports only `roles`",
                    for_each.value.span,
                )
                .with_help("write `for_each: roles`"),
            );
        }
        let Some(path) = rule.at(["path"]) else {
            continue;
        };
        if placeholder::fill(path.text().unwrap_or_default(), ROLE, "").is_none() {
            diagnostics.push(
                Diagnostic::error(
                    Code::ForEach,
                    "the rules for each role would all have this path",
                    path.span,
                )
                .with_help("put `{role}` into it, behind `{environment}` and `-`"),
            );
        }
    }
}

/// Reports rules with `for_each` in a policy of no environment.
pub(super) fn report_stray(policy: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    for (_, for_each) in rules_with_for_each(policy) {
        diagnostics.push(
            Diagnostic::error(
                Code::ForEach,
                "roles belong to an environment, and this policy is for none",
                for_each.key_span,
            )
            .with_help(format!("add `for_each: environments` to `{}`", policy.key)),
        );
    }
}

fn rules_with_for_each(policy: &Entry) -> impl Iterator<Item = (&Node, &Entry)> {
    let rules = policy.value.at(["rules"]).map(Node::items);
    let rules = rules.unwrap_or_default().iter();
    rules.filter_map(|rule| Some((rule, rule.entry(FOR_EACH)?)))
}

fn rules_mut(policy: &mut Entry) -> Option<&mut Vec<Node>> {
    match &mut policy.value.entry_mut("rules")?.value.value {
        Value::Sequence(rules) => Some(rules),
        _ => None,
    }
}

/// Removes the key, and returns whether it was there.
fn take_for_each(rule: &mut Node) -> bool {
    let Value::Mapping(entries) = &mut rule.value else {
        return false;
    };
    let before = entries.len();
    entries.retain(|entry| entry.key != FOR_EACH);
    entries.len() < before
}
