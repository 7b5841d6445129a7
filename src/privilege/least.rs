//! The least policy with which a configuration can be planned or applied.

use std::collections::BTreeSet;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

use super::needs::{Needs, all_of, all_policies, every_policy};
use crate::acl::{Capability, ParameterValue, Parameters, PathError, Rules};
use crate::desired::Desired;
use crate::live::IDENTITY;
use crate::resource::{self, Address, CAS, JwtRole, Kind, POLICIES, Policy, Resource, Typed};

/// The longest text of a policy that a bounded policy holds, in bytes. Vault reads a policy at every request.
const LONGEST_TEXT: usize = 16 << 10;

/// The path that each computed policy allows.
pub(crate) const REVOKE_SELF: &str = "auth/token/revoke-self";

/// Describes its rule.
pub(crate) const END_OF_TOKEN: &str = "End the token with the job";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    /// Read what the files are about
    Plan,
    /// Make it match the files
    Apply,
}

/// How much a policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// To read.
    Plan,
    /// To write whatever the files may declare later, without an administrator. Such a token is root in two requests: it
    /// writes a policy, and a role that gives that policy.
    Apply,
    /// To write policies only with the text that the files have now, and to grant only these policies.
    BoundedApply,
}

impl Extent {
    /// `None` for a plan with bounds.
    pub(crate) fn new(purpose: Purpose, bounded: bool) -> Option<Self> {
        match (purpose, bounded) {
            (Purpose::Plan, false) => Some(Self::Plan),
            (Purpose::Plan, true) => None,
            (Purpose::Apply, false) => Some(Self::Apply),
            (Purpose::Apply, true) => Some(Self::BoundedApply),
        }
    }
}

/// The rules that a token needs with these files; the policy `default` may be missing.
///
/// Whoever may change what it is allowed is allowed everything, so `own`, the roles that `apply` logs in as and their
/// policies, are read only.
///
/// # Errors
/// When a name can't stand in a policy's path.
pub(crate) fn least(
    desired: &Desired,
    own: &BTreeSet<Address>,
    extent: Extent,
) -> Result<Rules, PathError> {
    let mut needs = Needs::default();
    needs.add(REVOKE_SELF.into(), END_OF_TOKEN, &[Capability::Update]);
    if extent != Extent::Plan {
        write(desired, own, extent, &mut needs);
        needs.add(
            "sys/capabilities-self".into(),
            "Check before the first write",
            &[Capability::Update],
        );
    }
    read(desired, &mut needs);
    if extent == Extent::BoundedApply {
        bound(desired, own, &mut needs);
    }
    needs.rules()
}

fn read(desired: &Desired, needs: &mut Needs) {
    let named = desired.named().filter(|address| !is_copy(desired, address));
    for address in named.filter(|address| !address.kind.place().is_listed()) {
        needs.read(address);
    }
    let roles = resource::of_type::<JwtRole>(&desired.resources);
    let given: BTreeSet<&str> = roles
        .flat_map(|(_, role)| role.token_policies.iter())
        .collect();
    let given = given.into_iter().map(Address::of_policy);
    for policy in given.filter(|policy| !desired.resources.contains_key(policy)) {
        needs.read(&policy);
    }
    if desired.identity.is_some() {
        for (folder, what) in IDENTITY {
            needs.add(
                folder.into(),
                format!("The ids of the {what}"),
                &[Capability::List],
            );
            needs.add(
                format!("{folder}/+"),
                format!("The {what}"),
                &[Capability::Read],
            );
        }
        needs.read(&every_policy());
    }
    if !desired.policy_prefixes.is_empty() {
        needs.add(
            POLICIES.into(),
            "The names of the policies",
            &[Capability::List],
        );
    }
    for prefix in &desired.policy_prefixes {
        needs.read(&all_policies(prefix));
    }
    for folder in &desired.owned {
        needs.list(folder);
        needs.read(&all_of(folder));
    }
}

fn write(desired: &Desired, own: &BTreeSet<Address>, extent: Extent, needs: &mut Needs) {
    let is_bounded = extent == Extent::BoundedApply;
    for address in own.iter().filter(|own| is_reached(desired, own)) {
        // A rule for one name counts more than that for all names that begin so, or are in its folder.
        let description = format!(
            "Its own {}, which an administrator changes",
            address.kind.title()
        );
        needs.add(address.path(), description, &[Capability::Read]);
    }
    let others = desired.resources.iter().filter(|(address, resource)| {
        let is_reached = if is_bounded {
            may_be_bounded(address, resource, own)
        } else {
            !is_copy(desired, address)
        };
        !own.contains(address) && is_reached
    });
    let mut folders = BTreeSet::new();
    for (address, resource) in others {
        let is_by_name = is_bounded && address.kind == Kind::JwtRole;
        let folder = address.folder().filter(|_| !is_by_name);
        // What one resource of a folder needs, all of them need, and there are thousands.
        if let Some(folder) = &folder
            && !folders.insert(folder.clone())
        {
            continue;
        }
        let target = folder.map_or_else(|| address.clone(), |folder| all_of(&folder));
        // Without the mount that it logs in at, there would be no token.
        if !own
            .iter()
            .any(|own| own.depends_on().as_ref() == Some(address))
        {
            needs.create(&target, resource);
        }
        needs.update(&target, resource);
    }
    let prefixes = desired.policy_prefixes.iter().filter(|_| !is_bounded);
    for prefix in prefixes {
        let (policies, policy) = (all_policies(prefix), Policy::new(String::new()).into());
        needs.create(&policies, &policy);
        needs.update(&policies, &policy);
    }
    for address in &desired.removed {
        needs.delete(address);
    }
    for folder in &desired.owned {
        // The first role of a kind is equivalent to the next one. With bounds, it is so for what mappings make only.
        if !is_bounded || folder.kind() == Kind::AwsRole {
            needs.write_any(folder);
        }
        needs.delete(&all_of(folder));
    }
}

/// Whether a bounded token may write this at all: not how an auth method verifies JWTs, no program that decides who may
/// log in, no role that grants what the token itself has, and no policy that is too long to be repeated.
fn may_be_bounded(address: &Address, resource: &Resource, own: &BTreeSet<Address>) -> bool {
    if let Some(policy) = Policy::of(resource) {
        return policy.policy.len() <= LONGEST_TEXT;
    }
    if let Some(role) = JwtRole::of(resource) {
        let mut policies = role.token_policies.iter().map(Address::of_policy);
        return !policies.any(|policy| own.contains(&policy));
    }
    let mount = address.depends_on();
    mount.is_none_or(|mount| mount.kind != Kind::AuthMount)
}

/// Bounds each policy to its text and each JWT role to its policies.
///
/// Servers compare a value of `allowed_parameters` with the request's: a list only with a list of the same items in the
/// same order, as the tool sends it. A parameter that is not named is refused, unless `*` stands for it.
fn bound(desired: &Desired, own: &BTreeSet<Address>, needs: &mut Needs) {
    let written = desired.resources.iter().filter(|(address, resource)| {
        !own.contains(address) && may_be_bounded(address, resource, own)
    });
    for (address, resource) in written {
        let path = address.path();
        if let Some(policy) = Policy::of(resource) {
            let settings = policy.clone().over(None).settings().into_iter();
            let settings = settings.filter_map(|(name, value)| {
                Some((name, vec![serde_json::from_value(value).ok()?]))
            });
            let text = ParameterValue::Text(policy.policy.clone());
            let text = [
                ("policy".to_owned(), vec![text]),
                (CAS.to_owned(), Vec::new()),
            ];
            let allowed = text.into_iter().chain(settings).collect();
            needs.add(path.clone(), "", &[Capability::Read]);
            needs.bound(&path, allowed, Parameters::new());
        }
        if let Some(role) = JwtRole::of(resource) {
            let policies = role.token_policies.iter();
            let policies = policies.map(|name| ParameterValue::Text(name.to_owned()));
            let list = ParameterValue::List(policies.collect());
            let allowed = Parameters::from([
                ("*".into(), Vec::new()),
                ("token_policies".into(), vec![list]),
            ]);
            let denied = Parameters::from([("policies".into(), Vec::new())]);
            needs.add(path.clone(), "", &[Capability::Read, Capability::Delete]);
            needs.bound(&path, allowed, denied);
        }
    }
}

/// Whether the rule for a `for_each` covers a policy that is to be there.
fn is_copy(desired: &Desired, address: &Address) -> bool {
    let mut prefixes = desired.policy_prefixes.iter();
    address.kind == Kind::Policy
        && !desired.removed.contains(address)
        && prefixes.any(|prefix| address.name.starts_with(prefix))
}

/// A role that logs in, the policies that it gives, and those with which other pipelines write. A role that is kept
/// elsewhere is taken to give the policy of its own name.
pub(crate) fn own_of_login(desired: &Desired, login: &Address) -> BTreeSet<Address> {
    let role = desired.resources.get(login).and_then(JwtRole::of);
    let policies: Vec<Address> = match role {
        Some(role) => role.token_policies.iter().map(Address::of_policy).collect(),
        None => vec![Address::of_policy(&login.name)],
    };
    let others = desired.apply_policies.iter().cloned();
    let own = policies.into_iter().chain([login.clone()]);
    own.chain(others).collect()
}

/// A policy, the roles that give it, and what else they give.
pub(crate) fn own_of_policy(desired: &Desired, policy: &Address) -> BTreeSet<Address> {
    let gives = |role: &JwtRole| role.token_policies.iter().any(|name| name == policy.name);
    let roles = desired.resources.iter();
    let roles = roles.filter(|(_, role)| JwtRole::of(role).is_some_and(gives));
    let own = roles.flat_map(|(role, _)| own_of_login(desired, role));
    own.chain([policy.clone()]).collect()
}

/// Whether another rule would let it be changed, or the files declare it.
fn is_reached(desired: &Desired, own: &Address) -> bool {
    let is_in_our_folder = own
        .folder()
        .is_some_and(|folder| desired.owned.contains(&folder));
    desired.resources.contains_key(own) || is_in_our_folder || is_copy(desired, own)
}
