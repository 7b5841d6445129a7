//! The least policy with which a configuration can be planned or applied.

use std::collections::BTreeSet;

use clap::ValueEnum;

use super::needs::{Needs, all_of, all_policies};
use crate::acl::{Capability, PathError, Rules};
use crate::desired::Desired;
use crate::resource::{Address, Kind, Policy, Read, Resource};

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
    let targets = desired
        .resources
        .keys()
        .map(|address| target(desired, address));
    for address in targets.chain(desired.removed.iter().cloned()) {
        if address.kind.read() != Read::Listed {
            needs.read(&address);
        }
    }
    for prefix in prefixes(desired) {
        needs.read(&all_policies(prefix));
    }
    for (kind, mount) in folders(desired) {
        needs.list(kind, mount);
        needs.read(&all_of(kind, mount));
    }
}

fn write(desired: &Desired, own: &BTreeSet<Address>, needs: &mut Needs) {
    for (address, resource) in &desired.resources {
        if own.contains(address) {
            // A rule for one name counts more than that for all names in its folder.
            let description = format!(
                "Its own {}, which an administrator changes",
                address.kind.title()
            );
            needs.add(address.path(), description, &[Capability::Read]);
            continue;
        }
        let target = target(desired, address);
        // Without the mount that it logs in at, there would be no token.
        if !own
            .iter()
            .any(|own| own.depends_on().as_ref() == Some(address))
        {
            needs.create(&target, resource);
        }
        needs.update(&target, resource);
    }
    for prefix in prefixes(desired) {
        let (policies, policy) = (all_policies(prefix), Policy::new(String::new()).into());
        needs.create(&policies, &policy);
        needs.update(&policies, &policy);
    }
    for address in &desired.removed {
        needs.delete(address);
    }
    for (kind, mount) in folders(desired) {
        needs.delete(&all_of(kind, mount));
    }
}

/// What a rule is about, so that it need not change with every project and environment: all roles of a mount, and all
/// policies of a `for_each`.
fn target(desired: &Desired, address: &Address) -> Address {
    match address.kind.read() {
        Read::Listed => all_of(address.kind, &address.mount),
        Read::One if address.kind == Kind::Policy => {
            let mut prefixes = prefixes(desired);
            let prefix = prefixes.find(|prefix| address.name.starts_with(prefix));
            prefix.map_or_else(|| address.clone(), all_policies)
        }
        Read::Table(_) | Read::One => address.clone(),
    }
}

/// What the names of a `for_each` begin with; without a beginning they are any policy's.
fn prefixes(desired: &Desired) -> impl Iterator<Item = &str> {
    let prefixes = desired.policy_prefixes.iter().map(String::as_str);
    prefixes.filter(|prefix| !prefix.is_empty())
}

/// The role that logs in, and the policies that it gives, as far as the files declare them.
fn own(desired: &Desired, login: &Address) -> BTreeSet<Address> {
    let Some(Resource::JwtRole(role)) = desired.resources.get(login) else {
        return BTreeSet::new();
    };
    let policies = role.token_policies.iter().map(Address::of_policy);
    policies.chain([login.clone()]).collect()
}

/// The kinds and mounts in which the files own every name.
fn folders(desired: &Desired) -> impl Iterator<Item = (Kind, &str)> {
    desired.resources.keys().flat_map(|mount| {
        let kinds = Kind::ALL.iter().copied();
        let inside =
            kinds.filter(|kind| kind.mount() == Some(mount.kind) && kind.read() == Read::Listed);
        inside.map(|kind| (kind, mount.mount.as_str()))
    })
}
