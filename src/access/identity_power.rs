//! Entities and groups whose policies reach AWS roles: servers add these policies to a token at each request.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::configuration::Configuration;
use super::jwts::Jwts;
use super::other_grants::{added_roles, of_others, with_added};
use super::reachability::reachability;
use super::ways::{RuleRef, Unknown, Ways};
use crate::desired::Desired;
use crate::live::{Grantor, Live, OtherGrants};
use crate::resource::{Address, JwtRole, Typed};

/// An entity or a group with policies that reach AWS roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct IdentityPower {
    /// The API path.
    pub(crate) path: String,
    /// What it is.
    pub(crate) what: Grantor,
    /// All policies that it has, with those of the groups that it is in.
    pub(crate) policies: BTreeSet<String>,
    /// What they reach in AWS.
    pub(crate) identities: BTreeSet<String>,
    /// What they may reach besides is not known for these reasons.
    pub(crate) unknown: BTreeSet<String>,
}

/// The entities and groups whose policies reach any of the AWS roles in Vault. `live` has all JWT roles, policies and AWS
/// roles, also those that the files lack, and `others` the policies that entities and groups give.
pub(crate) fn identity_powers(
    desired: &Desired,
    live: &Live,
    others: &OtherGrants,
) -> Vec<IdentityPower> {
    let resources = &live.resources;
    let additions = others.additions.iter();
    let additions = additions.map(|one| (&one.path, &one.what, &one.policies));
    let holders = others.holders.iter();
    let holders = holders.map(|one| (&one.path, &one.what, &one.policies));
    let mut powers: BTreeMap<&Grantor, IdentityPower> = BTreeMap::new();
    for (path, what, policies) in additions.chain(holders) {
        let power = powers.entry(what).or_insert_with(|| IdentityPower {
            path: path.clone(),
            what: what.clone(),
            policies: BTreeSet::new(),
            identities: BTreeSet::new(),
            unknown: BTreeSet::new(),
        });
        power.policies.extend(policies.iter().cloned());
    }
    if powers.is_empty() {
        return Vec::new();
    }
    let added = added_roles(resources, &others.additions);
    let all = with_added(resources, &added);
    let configuration = Configuration::new(&all, &live.accessors)
        .beside_unreadable(&live.unreadable)
        .trusting(desired.unchanged_apply_policies(resources, &live.accessors))
        .on(live.version);
    let ways = Ways::new(&configuration);
    let reached = reachability(&ways, |_| true, &Jwts::any());
    let mut by_role = BTreeMap::new();
    for one in &added {
        by_role.insert((one.address.mount.as_str(), one.address.name.as_str()), one);
    }
    for way in reached.ways {
        let Some(added) = by_role.get(&(way.through.mount, way.through.name)) else {
            continue;
        };
        let own = resources.get(added.own).and_then(JwtRole::of);
        let is_own = |rule: &RuleRef| own.is_some_and(|role| has_policy(role, &rule.policy));
        if !way.rules.iter().all(is_own)
            && let Some(power) = powers.get_mut(added.what)
        {
            power.identities.insert(way.identity.to_string());
        }
    }
    for unknown in reached.unknown {
        let reason = reason(&unknown);
        let is_through = |address: &Address| {
            let mut roles = unknown.through.iter();
            roles.any(|role| role.name == address.name && role.mount == address.mount)
        };
        // What the role gives by itself is no power of the entity's or group's.
        let added = added.iter();
        for one in added.filter(|one| is_through(&one.address) && !is_through(one.own)) {
            if let Some(power) = powers.get_mut(one.what) {
                power.unknown.insert(reason.clone());
            }
        }
    }
    for unknown in of_others(&configuration, &all, &live.unreadable, others, |_| true) {
        let is_of = |power: &&mut IdentityPower| power.what.to_string() == unknown.what;
        let Some(power) = powers.values_mut().find(is_of) else {
            continue;
        };
        match unknown.target {
            Some(target) => power.identities.extend(target.identities()),
            None => drop(power.unknown.insert(unknown.why.clone())),
        }
    }
    let reaching = powers.into_values();
    reaching
        .filter(|power| !power.identities.is_empty() || !power.unknown.is_empty())
        .collect()
}

fn has_policy(role: &JwtRole, policy: &str) -> bool {
    role.token_policies.contains(policy) || policy == "default" && !role.token_no_default_policy
}

fn reason(unknown: &Unknown<'_>) -> String {
    format!("{}: {}", unknown.what, unknown.why)
}
