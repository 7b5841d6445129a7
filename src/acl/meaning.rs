//! Decides whether Vault treats two policies alike.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::parse::syntax_tree;
use super::read::parse;
use super::rule::{Capability, Rule};
use super::value::{ParameterSets, Parameters};

/// The meaning of a policy to Vault. It is equal for two texts only if Vault treats them alike.
///
/// Comments, layout, the order of rules and capabilities and a leading `/` are ignored. Blocks of one path are merged,
/// as Vault merges them within a policy and across those of a token (`NewACL` in Vault's `acl.go`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Meaning(Spelling);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Spelling {
    Rules(BTreeMap<String, Permission>),
    /// A text that rules can't express: its keys and values in their order, without comments and layout.
    Tree(Vec<String>),
    /// A text that does not parse equals only itself.
    Verbatim(String),
}

/// The merged rules of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Permission {
    Deny,
    Grant(Grant),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Grant {
    capabilities: BTreeSet<Capability>,
    required: BTreeSet<String>,
    allowed: ParameterSets,
    denied: ParameterSets,
    min_wrapping_ttl: Option<NonZeroU32>,
    max_wrapping_ttl: Option<NonZeroU32>,
}

impl Meaning {
    /// The meaning of a policy's text.
    pub(crate) fn of_text(text: &str) -> Self {
        if let Ok(rules) = parse(text) {
            return Self::of_rules(&rules);
        }
        Self(match syntax_tree(text) {
            Ok(tree) => {
                let items = tree.items.iter();
                Spelling::Tree(items.map(ToString::to_string).collect())
            }
            Err(_) => Spelling::Verbatim(text.to_owned()),
        })
    }

    /// The meaning of rules.
    pub(crate) fn of_rules(rules: &[Rule]) -> Self {
        let mut paths: BTreeMap<String, Permission> = BTreeMap::new();
        for rule in rules {
            let path = rule.path.without_leading_slash().to_owned();
            let permission = Permission::of(rule);
            let merged = match paths.remove(&path) {
                Some(earlier) => earlier.merge(permission),
                None => permission,
            };
            paths.insert(path, merged);
        }
        Self(Spelling::Rules(paths))
    }
}

/// Whether Vault treats the two texts alike.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a == b || Meaning::of_text(a) == Meaning::of_text(b)
}

impl Permission {
    fn of(rule: &Rule) -> Self {
        if rule.capabilities.contains(&Capability::Deny) {
            return Self::Deny;
        }
        Self::Grant(Grant {
            capabilities: rule.capabilities.clone(),
            required: rule
                .required_parameters
                .iter()
                .map(|name| name.to_ascii_lowercase())
                .collect(),
            allowed: lowercased(&rule.allowed_parameters),
            denied: lowercased(&rule.denied_parameters),
            min_wrapping_ttl: rule.min_wrapping_ttl,
            max_wrapping_ttl: rule.max_wrapping_ttl,
        })
    }

    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Grant(a), Self::Grant(b)) => Self::Grant(Grant {
                capabilities: &a.capabilities | &b.capabilities,
                required: &a.required | &b.required,
                allowed: merge(a.allowed, b.allowed),
                denied: merge(a.denied, b.denied),
                min_wrapping_ttl: lesser(a.min_wrapping_ttl, b.min_wrapping_ttl),
                max_wrapping_ttl: lesser(a.max_wrapping_ttl, b.max_wrapping_ttl),
            }),
            _ => Self::Deny,
        }
    }
}

/// Names that differ only in case stay apart, because Vault keeps one of them at random.
fn lowercased(parameters: &Parameters) -> ParameterSets {
    let names: BTreeSet<_> = parameters
        .keys()
        .map(|name| name.to_ascii_lowercase())
        .collect();
    let ambiguous = names.len() < parameters.len();
    parameters
        .iter()
        .map(|(name, values)| {
            let name = if ambiguous {
                name.clone()
            } else {
                name.to_ascii_lowercase()
            };
            (name, values.iter().cloned().collect())
        })
        .collect()
}

/// A parameter that either side allows with every value keeps every value.
fn merge(mut a: ParameterSets, b: ParameterSets) -> ParameterSets {
    for (name, values) in b {
        a.entry(name)
            .and_modify(|earlier| {
                if earlier.is_empty() || values.is_empty() {
                    earlier.clear();
                } else {
                    earlier.extend(values.iter().cloned());
                }
            })
            .or_insert(values);
    }
    a
}

fn lesser(a: Option<NonZeroU32>, b: Option<NonZeroU32>) -> Option<NonZeroU32> {
    a.into_iter().chain(b).min()
}
