//! What gives access besides the JWT roles: policies of entities and groups, and tokens of other logins.

use std::collections::BTreeMap;

use super::configuration::Configuration;
use super::jwts::Jwts;
use super::login_role::WITH_POLICIES_OF;
use super::reachability::reachability;
use super::ways::{Cause, Unknown, Ways};
use crate::live::{Addition, Grantor, OtherGrants, Recipient};
use crate::resource::{
    self, Accessors, Address, AwsRole, JwtRole, Kind, Policy, Resource, Typed, Unreadable,
};

/// A role whose tokens an entity or a group gives policies of its own: once more with these policies, and bound to the JWTs
/// that they are for.
pub(super) struct AddedRole<'a> {
    /// Where the role is.
    pub(super) own: &'a Address,
    /// The entity or group.
    pub(super) what: &'a Grantor,
    /// Where the role with the policies stands, which no server has.
    pub(super) address: Address,
    role: JwtRole,
}

/// Each role with what entities and groups add to it. It is not reported if a policy of an entity takes something away.
pub(super) fn added_roles<'a>(
    resources: &'a BTreeMap<Address, Resource>,
    additions: &'a [Addition],
) -> Vec<AddedRole<'a>> {
    let mut added = Vec::new();
    for addition in additions {
        let roles = resource::of_type::<JwtRole>(resources);
        for (own, role) in roles.filter(|(address, _)| address.mount == addition.mount) {
            let (claim, value) = match &addition.recipient {
                Recipient::Alias(name) => (&role.user_claim, name),
                Recipient::Group(name) if !role.groups_claim.is_empty() => {
                    (&role.groups_claim, name)
                }
                Recipient::Group(_) => continue,
            };
            let mut role = role.clone();
            // A claim and a JSON pointer to it are bounds of their own, and both have to hold.
            let key = if role.bound_claims.contains_key(claim) {
                format!("/{claim}")
            } else {
                claim.clone()
            };
            let values = std::iter::once(value.clone()).collect();
            role.bound_claims.insert(key, values);
            let policies = role.token_policies.iter().map(str::to_owned);
            role.token_policies = policies.chain(addition.policies.iter().cloned()).collect();
            let what = &addition.what;
            let name = format!("{}{WITH_POLICIES_OF}{what}", own.name);
            let address = Address::of_role(JwtRole::KIND, &own.mount, name);
            added.push(AddedRole {
                own,
                what,
                address,
                role,
            });
        }
    }
    added
}

/// The resources, and each role with what entities and groups add to it.
pub(crate) fn with_additions(
    resources: &BTreeMap<Address, Resource>,
    additions: &[Addition],
) -> BTreeMap<Address, Resource> {
    with_added(resources, &added_roles(resources, additions))
}

/// The resources, and the added roles.
pub(super) fn with_added(
    resources: &BTreeMap<Address, Resource>,
    added: &[AddedRole<'_>],
) -> BTreeMap<Address, Resource> {
    let mut all = resources.clone();
    let added = added.iter();
    all.extend(added.map(|one| (one.address.clone(), one.role.clone().into())));
    all
}

/// What could not be read, and may admit every job.
pub(crate) fn unread<'c>(other_grants: &OtherGrants) -> Vec<Unknown<'c>> {
    let unread = other_grants.unread.iter().map(|(what, why)| Unknown {
        what: what.clone(),
        why: why.clone(),
        cause: Cause::Unread,
        jwts: Jwts::any(),
        through: Vec::new(),
        target: None,
    });
    unread.collect()
}

/// What tokens of other logins reach, and what could not be read: both may admit users whom no JWT role admits.
pub(crate) fn of_others<'c>(
    configuration: &Configuration<'c>,
    resources: &BTreeMap<Address, Resource>,
    unreadable: &BTreeMap<Address, Unreadable>,
    other_grants: &OtherGrants,
    is_asked: impl Fn(&str) -> bool,
) -> Vec<Unknown<'c>> {
    let mut found = unread(other_grants);
    if other_grants.holders.is_empty() {
        return found;
    }
    // They are treated as roles that admit every job.
    let holders = other_grants.holders.iter().map(|holder| {
        let role = JwtRole {
            user_claim: "sub".into(),
            token_policies: holder.policies.iter().cloned().collect(),
            ..JwtRole::default()
        };
        (
            Address::of_role(JwtRole::KIND, OTHER, holder.what.to_string()),
            role.into(),
        )
    });
    let is_kept = |kind: Kind| kind == AwsRole::KIND || kind == Policy::KIND;
    let kept = resources
        .iter()
        .filter(|(address, _)| is_kept(address.kind));
    let kept = kept.map(|(address, resource)| (address.clone(), resource.clone()));
    let resources: BTreeMap<Address, Resource> = kept.chain(holders).collect();
    let unreadable = unreadable.iter();
    let unreadable = unreadable.filter(|(address, _)| is_kept(address.kind));
    let others = Configuration::new(&resources, &Accessors::new()).beside_unreadable(unreadable);
    let ways = Ways::new(&others);
    let reached = reachability(&ways, is_asked, &Jwts::any());
    for way in reached.ways {
        let policies: Vec<&str> = way.rules.iter().map(|rule| rule.policy.as_str()).collect();
        found.push(Unknown {
            what: way.through.name.to_owned(),
            why: format!("its tokens have the policy {}", policies.join(" and ")),
            cause: Cause::Login,
            jwts: Jwts::any(),
            through: Vec::new(),
            target: configuration.target(way.target.mount, way.target.name),
        });
    }
    // What the tokens of operators can write is not reported: there are always some.
    let unknown = reached.unknown.into_iter();
    for unknown in unknown.filter(|unknown| unknown.cause != Cause::Power) {
        let holders = unknown.through.iter().map(|role| role.name);
        found.extend(holders.map(|holder| {
            Unknown {
                what: holder.to_owned(),
                why: format!("its tokens have {}, and {}", unknown.what, unknown.why),
                cause: Cause::Login,
                jwts: Jwts::any(),
                through: Vec::new(),
                target: unknown
                    .target
                    .and_then(|target| configuration.target(target.mount, target.name)),
            }
        }));
    }
    found.dedup_by(|a, b| (&a.what, &a.why, a.target) == (&b.what, &b.why, b.target));
    found
}

/// Stands for all methods that are not JWT methods.
const OTHER: &str = "";
