//! What the rules of a token's policies allow, by the priorities of Vault and OpenBao.
//!
//! Source: <https://developer.hashicorp.com/vault/docs/concepts/policies#priority-matching>, checked on OpenBao 2.7.2.

use std::cmp::Reverse;

use super::rule::{Capability, Rule};

/// The policy that allows everything.
const ROOT: &str = "root";

/// One policy of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedPolicy<'a> {
    /// Its name in Vault.
    pub(crate) name: &'a str,
    /// Its rules.
    pub(crate) rules: &'a [Rule],
}

/// A rule that decides a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decider<'a> {
    /// The name of its policy.
    pub(crate) policy: &'a str,
    /// Its number in the policy, from 0.
    pub(crate) index: usize,
    /// The rule.
    pub(crate) rule: &'a Rule,
}

/// Whether a request is allowed, and which rules decided. All deciding rules have the same path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RequestVerdict<'a> {
    /// The policy `root` allows everything.
    Root,
    /// These rules allow it.
    Allowed(Vec<Decider<'a>>),
    /// These rules allow it with certain parameters or response wrapping only.
    Restricted(Vec<Decider<'a>>),
    /// These rules match the path best, and one of them has `deny`.
    Denied(Vec<Decider<'a>>),
    /// These rules match the path best, and no rule has the capability.
    NotGranted(Vec<Decider<'a>>),
    /// No rule matches the path.
    Unmatched,
}

#[cfg(test)]
impl RequestVerdict<'_> {
    /// Whether at least some requests are allowed.
    pub(crate) fn is_allowed(&self) -> bool {
        matches!(self, Self::Root | Self::Allowed(_) | Self::Restricted(_))
    }
}

/// Evaluates a request to a path. The path has no `/v1/`, and is in the namespace of the policies.
///
/// A POST to a path without an existence check, like `aws/sts/R`, needs [`Capability::Update`].
pub(crate) fn evaluate<'a>(
    policies: &[NamedPolicy<'a>],
    path: &str,
    capability: Capability,
) -> RequestVerdict<'a> {
    if policies.iter().any(|policy| policy.name == ROOT) {
        return RequestVerdict::Root;
    }
    let rules: Vec<_> = policies.iter().flat_map(deciders).collect();
    let Some(best) = best_match(&rules, path.trim_start_matches('/'), capability) else {
        return RequestVerdict::Unmatched;
    };
    let deciding: Vec<_> = rules
        .into_iter()
        .filter(|decider| decider.rule.path.without_leading_slash() == best)
        .collect();
    merge(deciding, capability)
}

fn deciders<'a>(policy: &NamedPolicy<'a>) -> impl Iterator<Item = Decider<'a>> {
    let name = policy.name;
    policy
        .rules
        .iter()
        .enumerate()
        .map(move |(index, rule)| Decider {
            policy: name,
            index,
            rule,
        })
}

/// Merges the rules of one path: `deny` wins, capabilities add up, and so do restrictions.
fn merge(deciding: Vec<Decider<'_>>, capability: Capability) -> RequestVerdict<'_> {
    let having = |capability| -> Vec<_> {
        deciding
            .iter()
            .filter(|decider| decider.rule.capabilities.contains(&capability))
            .copied()
            .collect()
    };
    let denying = having(Capability::Deny);
    if !denying.is_empty() {
        return RequestVerdict::Denied(denying);
    }
    let granting = having(capability);
    if granting.is_empty() {
        return RequestVerdict::NotGranted(deciding);
    }
    if deciding
        .iter()
        .any(|decider| restricts(decider.rule, capability))
    {
        return RequestVerdict::Restricted(granting);
    }
    RequestVerdict::Allowed(granting)
}

/// Servers check parameters of requests that can change something, and of reads.
fn restricts(rule: &Rule, capability: Capability) -> bool {
    use Capability::{Create, Patch, Read, Update};
    let has_parameters = !rule.required_parameters.is_empty()
        || !rule.allowed_parameters.is_empty()
        || !rule.denied_parameters.is_empty();
    rule.min_wrapping_ttl.is_some()
        || rule.max_wrapping_ttl.is_some()
        || has_parameters && matches!(capability, Create | Read | Update | Patch)
}

/// The path of the rules that decide: an exact one, else the most specific pattern.
///
/// LIST and SCAN go to a path with a trailing slash. The order is OpenBao's since its fix of GHSA-xp3c-3jw3-4vcr;
/// Vault 1.21 first tries patterns on the path without the slash, so that a deny on `path/*` does not stop a LIST.
fn best_match<'a>(rules: &[Decider<'a>], path: &str, capability: Capability) -> Option<&'a str> {
    let patterns = || {
        rules
            .iter()
            .map(|decider| decider.rule.path.without_leading_slash())
    };
    let exact = |path: &str| patterns().find(|pattern| !has_wildcard(pattern) && *pattern == path);
    let pattern = |path: &str| {
        patterns()
            .filter(|pattern| has_wildcard(pattern) && path_matches(pattern, path))
            .max_by_key(|pattern| specificity(pattern))
    };
    let bare = path.strip_suffix('/').unwrap_or(path);
    let directory = format!("{bare}/");
    match capability {
        Capability::List | Capability::Scan => exact(&directory)
            .or_else(|| exact(bare))
            .or_else(|| pattern(&directory))
            .or_else(|| pattern(bare)),
        _ => exact(path).or_else(|| pattern(path)),
    }
}

/// Whether a rule's path is a pattern. A path without wildcards takes precedence over every pattern.
pub(crate) fn has_wildcard(pattern: &str) -> bool {
    pattern.ends_with('*') || has_segment_wildcard(pattern)
}

/// Servers look for a `+` that begins a segment, and treat it as a wildcard if it is the whole segment.
fn has_segment_wildcard(pattern: &str) -> bool {
    pattern == "+" || pattern.starts_with("+/") || pattern.contains("/+")
}

/// Whether a path with wildcards matches. `+` matches one segment, and a `*` at the end matches any rest.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    let (pattern, open) = split_glob(pattern);
    let mut wanted = pattern.split('/').peekable();
    let mut segments = path.split('/');
    while let Some(wanted_segment) = wanted.next() {
        let Some(segment) = segments.next() else {
            return false;
        };
        let is_last = wanted.peek().is_none();
        let is_match = wanted_segment == "+"
            || wanted_segment == segment
            || open && is_last && segment.starts_with(wanted_segment);
        if !is_match {
            return false;
        }
    }
    open || segments.next().is_none()
}

/// Greater is more specific: a later first wildcard, no `*` at the end, fewer `+`, a longer path, and finally the alphabet.
pub(crate) fn specificity(pattern: &str) -> (usize, bool, Reverse<usize>, usize, &str) {
    let (text, open) = split_glob(pattern);
    let first_wildcard = match text.find('+') {
        Some(plus) if has_segment_wildcard(pattern) => plus,
        _ => text.len(),
    };
    let wildcards = text.split('/').filter(|segment| *segment == "+").count();
    (first_wildcard, !open, Reverse(wildcards), text.len(), text)
}

/// The pattern without a `*` at its end, and whether there was one.
fn split_glob(pattern: &str) -> (&str, bool) {
    match pattern.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (pattern, false),
    }
}

#[cfg(test)]
mod tests;
