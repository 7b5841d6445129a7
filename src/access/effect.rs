//! The effect of a plan on access: who gains and who loses what.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{self, AccessChange};
use super::configuration::Configuration;
use super::phrase::ProjectNames;
use super::ways::Identity;
use crate::desired::Desired;
use crate::live::Live;
use crate::plan::Plan;
use crate::resource::{Accessors, Address, Kind, Resource};

/// Compares what Vault holds with what it will hold after `plan`. `besides` stays as it is.
pub(crate) fn changes(
    desired: &Desired,
    live: &Live,
    besides: &BTreeMap<Address, Resource>,
    plan: &Plan,
) -> Vec<AccessChange> {
    if plan.is_empty() {
        return Vec::new();
    }
    let besides = besides
        .iter()
        .filter(|(address, _)| !live.resources.contains_key(address));
    let held = with(live.resources.clone(), besides.clone());
    let planned = with(plan.applied_to(&live.resources), besides);
    let trusted = &desired.apply_policies;
    let changed: BTreeSet<&Address> = plan.changes.iter().map(|change| &change.address).collect();
    let kept = live.unreadable.iter();
    let kept = kept.filter(|(address, _)| !changed.contains(address));
    let before = Configuration::new(&held, &live.accessors)
        .beside_unreadable(&live.unreadable)
        .trusting(trusted)
        .on(live.version);
    let after = Configuration::new(&planned, &live.accessors)
        .beside_unreadable(kept)
        .trusting(trusted)
        .on(live.version);
    let names = ProjectNames::new(desired, &[&before, &after]);
    let touched = touched(plan, &before, &after);
    changes::between(&before, &after, &names, touched.as_ref())
}

/// Compares what files say with what other files say.
pub(crate) fn difference(old: &Desired, new: &Desired) -> Vec<AccessChange> {
    let none = Accessors::new();
    let before = Configuration::new(&old.resources, &none);
    let after = Configuration::new(&new.resources, &none);
    let names = ProjectNames::new(new, &[&before, &after]).or(old);
    changes::between(&before, &after, &names, None)
}

/// Some resources, and those others that are not among them.
fn with<'r>(
    mut resources: BTreeMap<Address, Resource>,
    others: impl Iterator<Item = (&'r Address, &'r Resource)>,
) -> BTreeMap<Address, Resource> {
    for (address, other) in others {
        let place = resources.entry(address.clone());
        place.or_insert_with(|| other.clone());
    }
    resources
}

/// Where only AWS roles change, nothing changes for the identities of the others.
fn touched(
    plan: &Plan,
    before: &Configuration<'_>,
    after: &Configuration<'_>,
) -> Option<BTreeSet<Identity>> {
    let mut touched = BTreeSet::new();
    for change in &plan.changes {
        let address = &change.address;
        if address.kind != Kind::AwsRole {
            return None;
        }
        for side in [before, after] {
            let target = side.target(&address.mount, &address.name);
            touched.extend(target.into_iter().flat_map(Identity::of));
        }
    }
    Some(touched)
}
