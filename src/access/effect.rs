//! The effect of a plan on access: who gains and who loses what.

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
    let held = with(live.resources.iter().collect(), besides);
    let besides_planned = besides.iter();
    let besides_planned =
        besides_planned.filter(|(address, _)| !live.resources.contains_key(address));
    let planned = with(plan.applied_to(&live.resources), besides_planned);
    let trusted = &desired.apply_policies;
    let changed: BTreeSet<&Address> = plan.changes.iter().map(|change| &change.address).collect();
    let kept = live.unreadable.iter();
    let kept = kept.filter(|(address, _)| !changed.contains(address));
    let before = Configuration::of(&held, &live.accessors)
        .beside_unreadable(&live.unreadable)
        .trusting(trusted)
        .on(live.version);
    let after = Configuration::of(&planned, &live.accessors)
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
    mut resources: BTreeMap<&'r Address, &'r Resource>,
    others: impl IntoIterator<Item = (&'r Address, &'r Resource)>,
) -> BTreeMap<&'r Address, &'r Resource> {
    for (address, other) in others {
        resources.entry(address).or_insert(other);
    }
    resources
}
