//! Rules that let the holders of a token give themselves everything: they write what decides.

use std::collections::BTreeMap;

use super::collect::{Token, Ways};
use super::token::{Asked, TokenRule, decide};
use super::unknown::{Cause, Unknown};
use crate::access::jwts::Jwts;
use crate::acl::Capability;

/// Paths by whose writing everything can be had; `+` stands for any name.
const POWERS: [&str; 24] = [
    "auth/+/cel/role/+",
    "auth/+/config",
    "auth/+/role/+",
    "auth/token/create",
    "auth/token/create-orphan",
    "auth/token/create/+",
    "auth/token/roles/+",
    "identity/entity",
    "identity/entity-alias",
    "identity/entity-alias/id/+",
    "identity/entity/id/+",
    "identity/entity/merge",
    "identity/entity/name/+",
    "identity/group",
    "identity/group-alias",
    "identity/group-alias/id/+",
    "identity/group/id/+",
    "identity/group/name/+",
    "sys/auth/+",
    "sys/mounts/+",
    "sys/policies/acl/+",
    "sys/policy/+",
    "sys/raw/+",
    "sys/remount",
];

/// What writes something.
const WRITES: [Capability; 3] = [Capability::Create, Capability::Update, Capability::Patch];

/// Stands for a name that nobody wrote down.
const ANY_NAME: &str = "any";

impl<'c> Ways<'c> {
    /// The policies that let their holders give themselves everything, one entry each, with those who have them.
    pub(super) fn powers(&self) -> Vec<Unknown<'c>> {
        let roles = &self.configuration.login_roles;
        let mounts = roles
            .chunk_by(|a, b| a.mount == b.mount)
            .map(|of| of[0].mount);
        let of_mounts = mounts.flat_map(|mount| {
            ["cel/role/+", "config", "role/+"].map(|end| format!("auth/{mount}/{end}"))
        });
        let of_engines = self
            .configuration
            .engines()
            .map(|mount| format!("{mount}/roles/+"));
        let powers: Vec<String> = POWERS.map(str::to_owned).into_iter().collect();
        let powers: Vec<String> = powers
            .into_iter()
            .chain(of_mounts)
            .chain(of_engines)
            .collect();
        let mut found: BTreeMap<(&str, String), Unknown<'c>> = BTreeMap::new();
        let own = |token: &&Token<'c>| token.latest.is_none() && token.opaque.is_none();
        for token in self.tokens.iter().filter(own) {
            let rules = token.rules.iter();
            for rule in rules.filter(|rule| writes(rule) && !self.configuration.trusts(rule.policy))
            {
                let Some((path, jwts)) = self.power(token, rule, &powers) else {
                    continue;
                };
                let through = &roles[token.role];
                let why = format!("it lets its holders write {path}, and so get everything");
                let known = found
                    .entry((rule.policy, why.clone()))
                    .or_insert_with(|| Unknown {
                        what: format!("policy {}", rule.policy),
                        why,
                        cause: Cause::Power,
                        jwts: Jwts::none(),
                        through: Vec::new(),
                        target: None,
                    });
                known.jwts = known.jwts.or(&jwts);
                if !known
                    .through
                    .iter()
                    .any(|role| std::ptr::eq(*role, through))
                {
                    known.through.push(through);
                }
            }
        }
        // The first path of each policy says enough.
        let mut found: Vec<Unknown<'c>> = found.into_values().collect();
        found.dedup_by(|next, first| next.what == first.what && next.jwts == first.jwts);
        found
    }

    /// The first of such paths that a rule lets be written, and by whom.
    fn power(
        &self,
        token: &Token<'c>,
        rule: &TokenRule<'c>,
        powers: &[String],
    ) -> Option<(String, Jwts)> {
        let pattern = rule.template.example();
        let paths = powers.iter().filter_map(|power| meeting(&pattern, power));
        let requests = paths.flat_map(|path| WRITES.map(|capability| (path.clone(), capability)));
        let mut given = requests.filter_map(|(path, capability)| {
            let asked = Asked {
                path: &path,
                capability,
                arns: &[None],
            };
            let (server, refused) = token.servers.first()?;
            let decision = decide(&token.rules, asked, *server, &token.source).ok()?;
            let by_rule = decision.given.iter().filter(|given| {
                let mut rules = given.rules.iter();
                rules.any(|one| std::ptr::eq(*one, rule))
            });
            let latest = by_rule.fold(Jwts::none(), |all, given| all.or(&given.jwts));
            let jwts = self.admitted[token.role].and(&latest.minus(refused));
            (!jwts.is_empty()).then_some((path, jwts))
        });
        given.next()
    }
}

fn writes(rule: &TokenRule<'_>) -> bool {
    let body = rule.body;
    body.is_some_and(|body| WRITES.iter().any(|write| body.capabilities.contains(write)))
}

/// A path that both a rule's path and a power match.
fn meeting(pattern: &str, power: &str) -> Option<String> {
    let (pattern, is_open) = match pattern.strip_suffix('*') {
        Some(start) => (start, true),
        None => (pattern, false),
    };
    let (pattern, power): (Vec<&str>, Vec<&str>) =
        (pattern.split('/').collect(), power.split('/').collect());
    if pattern.len() > power.len() || !is_open && pattern.len() < power.len() {
        return None;
    }
    let segments = power.iter().enumerate().map(|(index, power)| {
        let is_last = is_open && index + 1 == pattern.len();
        match (pattern.get(index), *power) {
            (None, "+") => Some(ANY_NAME.to_owned()),
            (None, power) => Some(power.to_owned()),
            (Some(start), "+") if is_last => Some(format!("{start}{ANY_NAME}")),
            (Some(start), power) if is_last => power.starts_with(start).then(|| power.to_owned()),
            (Some(&"+"), "+") => Some(ANY_NAME.to_owned()),
            (Some(&"+"), power) => Some(power.to_owned()),
            (Some(segment), "+") => Some((*segment).to_owned()),
            (Some(segment), power) => (*segment == power).then(|| power.to_owned()),
        }
    });
    let segments: Option<Vec<String>> = segments.collect();
    Some(segments?.join("/"))
}

#[cfg(test)]
mod tests {
    use super::meeting;

    #[test]
    fn a_rule_and_a_power_meet_at_a_path() {
        for (pattern, power, path) in [
            (
                "sys/policies/acl/aws-*",
                "sys/policies/acl/+",
                Some("sys/policies/acl/aws-any"),
            ),
            ("sys/*", "sys/policies/acl/+", Some("sys/policies/acl/any")),
            ("*", "sys/remount", Some("sys/remount")),
            (
                "auth/gitlab/role/+",
                "auth/+/role/+",
                Some("auth/gitlab/role/any"),
            ),
            (
                "auth/+/role/aws",
                "auth/gitlab/role/+",
                Some("auth/gitlab/role/aws"),
            ),
            (
                "identity/entity/id/7",
                "identity/entity/id/+",
                Some("identity/entity/id/7"),
            ),
            ("identity/entity/*", "identity/entity", None),
            ("sys/policies/acl", "sys/policies/acl/+", None),
            ("aws/sts/365", "aws/roles/+", None),
            ("aws/r*", "aws/roles/+", Some("aws/roles/any")),
        ] {
            assert_eq!(
                meeting(pattern, power).as_deref(),
                path,
                "{pattern} {power}"
            );
        }
    }
}
