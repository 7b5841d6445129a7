//! Entities and groups whose policies reach AWS roles: servers add these policies to a token at each request.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::configuration::Configuration;
use super::jwts::Jwts;
use super::other_grants::{WITH_POLICIES, of_others, with_additions};
use super::reachability::reachability;
use super::ways::{RuleRef, Unknown, Ways};
use crate::desired::Desired;
use crate::live::{Live, OtherGrants};
use crate::resource::{Address, JwtRole, Typed};

/// An entity or a group with policies that reach AWS roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct IdentityPower {
    /// The API path.
    pub(crate) path: String,
    /// `entity deployer`
    pub(crate) what: String,
    /// All policies that it has, with those of the groups that it is in.
    pub(crate) policies: BTreeSet<String>,
    /// What they reach in AWS.
    pub(crate) identities: BTreeSet<String>,
    /// What they may reach besides is not known for these reasons.
    pub(crate) unknown: BTreeSet<String>,
}

impl IdentityPower {
    /// Its name: `deployer`.
    pub(crate) fn name(&self) -> &str {
        self.what.split_once(' ').map_or("", |(_, name)| name)
    }
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
    let mut powers: BTreeMap<&str, IdentityPower> = BTreeMap::new();
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
    let all = with_additions(resources, &others.additions);
    let configuration = Configuration::new(&all, &live.accessors)
        .beside_unreadable(&live.unreadable)
        .trusting(desired.unchanged_apply_policies(resources))
        .on(live.version);
    let ways = Ways::new(&configuration);
    let reached = reachability(&ways, |_| true, &Jwts::any());
    for way in reached.ways {
        let Some((own, power)) = of_role(&mut powers, way.through.name) else {
            continue;
        };
        let own = Address::of_role(JwtRole::KIND, way.through.mount, own);
        let own = resources.get(&own).and_then(JwtRole::of);
        let is_own = |rule: &RuleRef| own.is_some_and(|role| has_policy(role, &rule.policy));
        if !way.rules.iter().all(is_own) {
            power.identities.insert(way.identity.to_string());
        }
    }
    for unknown in reached.unknown {
        let reason = reason(&unknown);
        let is_of = |name: &str, mount: &str| {
            let mut roles = unknown.through.iter();
            roles.any(|role| role.name == name && role.mount == mount)
        };
        for role in &unknown.through {
            // What the role gives by itself is no power of the entity's or group's.
            if let Some((own, power)) = of_role(&mut powers, role.name)
                && !is_of(own, role.mount)
            {
                power.unknown.insert(reason.clone());
            }
        }
    }
    for unknown in of_others(&configuration, &all, &live.unreadable, others, |_| true) {
        let Some(power) = powers.get_mut(unknown.what.as_str()) else {
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

/// The name of a role, and the entity or group whose policies its tokens have.
fn of_role<'p, 'r>(
    powers: &'p mut BTreeMap<&str, IdentityPower>,
    role: &'r str,
) -> Option<(&'r str, &'p mut IdentityPower)> {
    let (own, what) = role.split_once(WITH_POLICIES)?;
    Some((own, powers.get_mut(what)?))
}

fn has_policy(role: &JwtRole, policy: &str) -> bool {
    role.token_policies.contains(policy) || policy == "default" && !role.token_no_default_policy
}

fn reason(unknown: &Unknown<'_>) -> String {
    format!("{}: {}", unknown.what, unknown.why)
}
