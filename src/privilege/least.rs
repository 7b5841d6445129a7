//! The least policy with which a configuration can be planned or applied.

use std::collections::BTreeSet;

use clap::ValueEnum;

use super::needs::{Needs, all_of, all_policies};
use crate::acl::{Capability, PathError, Rules};
use crate::desired::Desired;
use crate::resource::{Address, JwtRole, Kind, Policy, Typed};

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    /// Read what the files are about
    Plan,
    /// Make it as the files say
    Apply,
}

/// The rules that a token for this purpose needs with these files; the policy `default` may be missing.
///
/// Whoever may change what it is allowed is allowed everything, so the role that `apply` logs in as, and its policies,
/// are read only; `login` is that role.
///
/// # Errors
/// When a name can't stand in a policy's path.
pub(crate) fn least(
    desired: &Desired,
    login: &Address,
    purpose: Purpose,
) -> Result<Rules, PathError> {
    let mut needs = Needs::default();
    needs.add(
        "auth/token/revoke-self".into(),
        "End the token with the job",
        &[Capability::Update],
    );
    if purpose == Purpose::Apply {
        write(desired, &own(desired, login), &mut needs);
        needs.add(
            "sys/capabilities-self".into(),
            "Check before the first write",
            &[Capability::Update],
        );
    }
    read(desired, &mut needs);
    needs.rules()
}

fn read(desired: &Desired, needs: &mut Needs) {
    let named = desired.named().filter(|address| !is_copy(desired, address));
    for address in named.filter(|address| !address.kind.place().is_listed()) {
        needs.read(address);
    }
    for prefix in &desired.policy_prefixes {
        needs.read(&all_policies(prefix));
    }
    for folder in &desired.owned {
        needs.list(folder);
        needs.read(&all_of(folder));
    }
}

fn write(desired: &Desired, own: &BTreeSet<Address>, needs: &mut Needs) {
    for address in own.iter().filter(|own| is_reached(desired, own)) {
        // A rule for one name counts more than that for all names that begin so, or are in its folder.
        let description = format!(
            "Its own {}, which an administrator changes",
            address.kind.title()
        );
        needs.add(address.path(), description, &[Capability::Read]);
    }
    let others = desired.resources.iter().filter(|(address, _)| {
        let is_own = own.contains(address);
        !is_own && !is_copy(desired, address)
    });
    for (address, resource) in others {
        let folder = address.folder();
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
    for prefix in &desired.policy_prefixes {
        let (policies, policy) = (all_policies(prefix), Policy::new(String::new()).into());
        needs.create(&policies, &policy);
        needs.update(&policies, &policy);
    }
    for address in &desired.removed {
        needs.delete(address);
    }
    for folder in &desired.owned {
        needs.delete(&all_of(folder));
    }
}

/// Whether the rule for a `for_each` covers a policy that is to be there.
fn is_copy(desired: &Desired, address: &Address) -> bool {
    let mut prefixes = desired.policy_prefixes.iter();
    address.kind == Kind::Policy
        && !desired.removed.contains(address)
        && prefixes.any(|prefix| address.name.starts_with(prefix))
}

/// The role that logs in, and the policies that it gives. A role that is kept elsewhere is taken to give the policy of
/// its own name.
fn own(desired: &Desired, login: &Address) -> BTreeSet<Address> {
    let role = desired.resources.get(login).and_then(JwtRole::of);
    let policies: Vec<Address> = match role {
        Some(role) => role.token_policies.iter().map(Address::of_policy).collect(),
        None => vec![Address::of_policy(&login.name)],
    };
    policies.into_iter().chain([login.clone()]).collect()
}

/// Whether another rule would let it be changed, or the files declare it.
fn is_reached(desired: &Desired, own: &Address) -> bool {
    let is_in_our_folder = own
        .folder()
        .is_some_and(|folder| desired.owned.contains(&folder));
    desired.resources.contains_key(own) || is_in_our_folder || is_copy(desired, own)
}
