//! The effect of a plan on access: who gains and who loses what.

use std::collections::BTreeSet;

use super::changes::{self, AccessChange};
use super::configuration::Configuration;
use super::phrase::ProjectNames;
use super::ways::Identity;
use crate::desired::Desired;
use crate::live::Live;
use crate::plan::Plan;
use crate::resource::{Accessors, Kind};

/// Compares what Vault holds with what it will hold after `plan`.
pub(crate) fn changes(desired: &Desired, live: &Live, plan: &Plan) -> Vec<AccessChange> {
    if plan.is_empty() {
        return Vec::new();
    }
    let planned = plan.applied_to(&live.resources);
    let before = Configuration::new(&live.resources, &live.accessors).on(live.version);
    let after = Configuration::new(&planned, &live.accessors).on(live.version);
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
