//! Rules that let the holders of a token give themselves everything: they write what decides.

use std::collections::BTreeMap;

use super::collect::{Token, Ways};
use super::token::{Asked, TokenRule, decide};
use super::unknown::{Cause, Unknown};
use crate::access::jwts::{Bounds, Jwts};
use crate::acl::Capability;

/// Paths whose writing gives full access, the most informative first; `+` stands for any name.
const POWERS: [&str; 35] = [
    "sys/policies/acl/+",
    "sys/policy/+",
    "auth/+/role/+",
    "auth/+/role/+/policies",
    "auth/+/roles/+",
    "auth/+/users/+",
    "auth/+/users/+/policies",
    "auth/+/groups/+",
    "auth/+/map/+/+",
    "auth/+/certs/+",
    "auth/+/cel/role/+",
    "auth/+/config",
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
    "sys/plugins/catalog/+/+",
    "sys/raw/+",
    "sys/raw/+/+",
    "sys/remount",
    "sys/storage/raft/snapshot",
    "sys/storage/raft/snapshot-force",
];

/// Paths at which servers give a token more policies than its parent has only if the parent may `sudo` there.
const WITH_SUDO: [&str; 2] = ["auth/token/create", "auth/token/create-orphan"];

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
        let powers: Vec<String> = POWERS
            .into_iter()
            .map(str::to_owned)
            .chain(of_mounts)
            .chain(of_engines)
            .collect();
        let mut found: BTreeMap<(&str, usize, String), Unknown<'c>> = BTreeMap::new();
        let own = |token: &&Token<'c>| token.latest.is_none() && token.opaque.is_none();
        for token in self.tokens.iter().filter(own) {
            for rule in token.rules.iter().filter(|rule| writes(rule)) {
                let Some((place, path, jwts)) = self.power(token, rule, &powers) else {
                    continue;
                };
                let through = &roles[token.role];
                let known = found.entry((rule.policy, place, path)).or_insert_with_key(
                    |(policy, _, path)| Unknown {
                        what: format!("policy {policy}"),
                        why: format!("it lets its holders write {path}"),
                        cause: Cause::Power,
                        jwts: Jwts::none(),
                        through: Vec::new(),
                        target: None,
                    },
                );
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

    /// The first of such paths that a rule lets be written, its place among them, and by whom.
    fn power(
        &self,
        token: &Token<'c>,
        rule: &TokenRule<'c>,
        powers: &[String],
    ) -> Option<(usize, String, Jwts)> {
        let pattern = rule.template.example();
        let powers = powers.iter().enumerate();
        let paths = powers.filter_map(|(place, power)| Some((place, meeting(&pattern, power)?)));
        let mut given = paths.filter_map(|(place, path)| {
            let writing = WRITES.map(|write| self.given_by(token, Some(rule), &path, write));
            let mut jwts = writing.iter().fold(Jwts::none(), |all, jwts| all.or(jwts));
            if WITH_SUDO.contains(&path.as_str()) {
                jwts = jwts.and(&self.given_by(token, None, &path, Capability::Sudo));
            }
            if self.configuration.trusts(rule.policy) {
                jwts = outside_pipelines(&jwts);
            }
            (!jwts.is_empty()).then_some((place, path, jwts))
        });
        given.next()
    }

    /// The JWTs whose tokens have a capability at a path, by any rule or by one.
    fn given_by(
        &self,
        token: &Token<'c>,
        rule: Option<&TokenRule<'c>>,
        path: &str,
        capability: Capability,
    ) -> Jwts {
        let asked = Asked {
            path,
            capability,
            arns: &[None],
        };
        let Some((server, refused)) = token.servers.first() else {
            return Jwts::none();
        };
        let Ok(decision) = decide(&token.rules, asked, *server, &token.source) else {
            return Jwts::none();
        };
        let by_rule = decision.given.iter().filter(|given| {
            let mut rules = given.rules.iter();
            rule.is_none_or(|wanted| rules.any(|one| std::ptr::eq(*one, wanted)))
        });
        let latest = by_rule.fold(Jwts::none(), |all, given| all.or(&given.jwts));
        self.admitted[token.role].and(&latest.minus(refused))
    }
}

/// The JWTs that are not those of a pipeline which applies the files: of a protected branch or tag of a project that is
/// named. A policy that is computed for such a pipeline lets everyone else do what it lets the pipeline do.
fn outside_pipelines(jwts: &Jwts) -> Jwts {
    let is_of_pipeline = |bounds: &Bounds| {
        let names = |claim| {
            let texts = bounds.get(claim).only_texts();
            texts.is_some_and(|texts| texts.texts().is_some())
        };
        let protected = &bounds.get("ref_protected").scalars.texts;
        (names("project_id") || names("sub")) && !protected.contains("false")
    };
    let others = jwts.bounds().iter();
    others
        .filter(|bounds| !is_of_pipeline(bounds))
        .cloned()
        .collect()
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
