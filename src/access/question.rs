//! Who reaches an identity in AWS, among all JWTs that GitLab can sign.

use super::configuration::Configuration;
use super::jwts::Jwts;
use super::ways::{Unknown, Way, Ways};

/// What leads to the identities that were asked about.
#[derive(Debug)]
pub(crate) struct Reachability<'c> {
    /// The ways, by identity.
    pub(crate) ways: Vec<Way<'c>>,
    /// What may lead to them besides.
    pub(crate) unknown: Vec<Unknown<'c>>,
}

impl Reachability<'_> {
    /// Whether it is certain that nobody reaches them, as far as was looked.
    pub(crate) fn is_nobody(&self) -> bool {
        self.ways.is_empty() && self.unknown.is_empty()
    }

    /// Leaves out the logins with other roles.
    pub(crate) fn keep_logins_with(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.ways.retain(|way| is_kept(way.through.name));
        for unknown in &mut self.unknown {
            unknown.through.retain(|role| is_kept(role.name));
        }
        self.unknown.retain(|unknown| !unknown.through.is_empty());
    }
}

/// Finds every way to the identities that are asked about, for some JWTs.
pub(crate) fn reachability<'c>(
    ways: &Ways<'c>,
    is_asked: impl Fn(&str) -> bool,
    within: &Jwts,
) -> Reachability<'c> {
    let finder = ways.finder();
    let mut found = Reachability {
        ways: Vec::new(),
        unknown: ways.unknown_policies(),
    };
    for target in ways.configuration().targets() {
        if !target
            .identities()
            .iter()
            .any(|identity| is_asked(identity))
        {
            continue;
        }
        let reached = finder.to(target);
        found.unknown.extend(reached.unknown);
        let asked = reached
            .ways
            .into_iter()
            .filter(|way| is_asked(&way.identity.name));
        found.ways.extend(asked);
    }
    for way in &mut found.ways {
        way.jwts = way.jwts.and(within);
    }
    for unknown in &mut found.unknown {
        unknown.jwts = unknown.jwts.and(within);
    }
    found.ways.retain(|way| !way.jwts.is_empty());
    found.unknown.retain(|unknown| !unknown.jwts.is_empty());
    found
        .ways
        .sort_by_cached_key(|way| (way.identity.clone(), way.after.is_some(), way.target));
    found
}

/// What an answer is based on: `auth/gitlab (6 roles, 5 policies)`.
pub(crate) fn looked_at(configuration: &Configuration<'_>) -> String {
    let roles = &configuration.login_roles;
    let mounts = roles.chunk_by(|a, b| a.mount == b.mount).map(|roles| {
        let policies: std::collections::BTreeSet<&str> = roles
            .iter()
            .flat_map(|role| configuration.known_policies_of(role.role))
            .collect();
        format!(
            "auth/{} ({}, {})",
            roles[0].mount,
            counted(roles.len(), "role", "roles"),
            counted(policies.len(), "policy", "policies")
        )
    });
    let mounts: Vec<String> = mounts.collect();
    match mounts.as_slice() {
        [] => "no JWT role".into(),
        mounts => mounts.join(", "),
    }
}

/// What no answer is based on.
pub(crate) const NOT_LOOKED_AT: &str = "other auth mounts, CEL roles, logins with a browser, identity, tokens, aliases \
     whose names differ in case only, and what a policy that may write policies or roles allows; AWS trust policies";

fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}
