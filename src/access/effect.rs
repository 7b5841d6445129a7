//! The effect of a plan on access: who gains and who loses what.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::changes::{self, AccessChange};
use super::configuration::Configuration;
use super::phrase::ProjectNames;
use crate::desired::Desired;
use crate::live::Live;
use crate::plan::Plan;
use crate::resource::{Accessors, Address, Resource};

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
    let held = match besides.clone().next() {
        None => Cow::Borrowed(&live.resources),
        Some(_) => Cow::Owned(with(live.resources.clone(), besides.clone())),
    };
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
    changes::between(&before, &after, &names)
}

/// Compares what files say with what other files say.
pub(crate) fn difference(old: &Desired, new: &Desired) -> Vec<AccessChange> {
    let none = Accessors::new();
    let before = Configuration::new(&old.resources, &none);
    let after = Configuration::new(&new.resources, &none);
    let names = ProjectNames::new(new, &[&before, &after]).or(old);
    changes::between(&before, &after, &names)
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
