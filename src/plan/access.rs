//! Who gains and who loses what by a plan.

use std::collections::BTreeMap;

use super::Change;
use crate::access::{self, AccessChange, Configuration, Everybody, Judge};
use crate::desired::Desired;
use crate::live::Live;
use crate::resource::{Address, Resource};

/// Compares Vault as it is with Vault as it will be.
pub(super) fn changes(desired: &Desired, live: &Live, changes: &[Change]) -> Vec<AccessChange> {
    if changes.is_empty() {
        return Vec::new();
    }
    let planned = planned(live, changes);
    let before = Configuration::new(&live.resources, &live.accessors);
    let after = Configuration::new(&planned, &live.accessors);
    let everybody = Everybody::new(desired, live.resources.keys());
    access::changes(
        &Judge::new(&before, &everybody.projects),
        &Judge::new(&after, &everybody.projects),
        &everybody.projects,
        everybody.jobs.iter(),
    )
}

/// What Vault will hold. Deleting a mount deletes what is in it.
fn planned(live: &Live, changes: &[Change]) -> BTreeMap<Address, Resource> {
    let mut planned = live.resources.clone();
    for change in changes {
        match change.after() {
            Some(after) => {
                planned.insert(change.address.clone(), after.clone());
            }
            None => {
                planned.remove(&change.address);
                let emptied =
                    |address: &Address| address.depends_on().as_ref() == Some(&change.address);
                if change.address.name.is_empty() {
                    planned.retain(|address, _| !emptied(address));
                }
            }
        }
    }
    planned
}
