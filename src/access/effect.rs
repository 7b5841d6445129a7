//! The effect of a plan on access: who gains and who loses what.

use super::changes::{self, AccessChange};
use super::configuration::Configuration;
use super::everybody::Everybody;
use super::reach::Judge;
use crate::desired::Desired;
use crate::live::Live;
use crate::plan::Plan;

/// Compares what Vault holds with what it will hold after `plan`.
pub(crate) fn changes(desired: &Desired, live: &Live, plan: &Plan) -> Vec<AccessChange> {
    if plan.is_empty() {
        return Vec::new();
    }
    let planned = plan.applied_to(&live.resources);
    let before = Configuration::new(&live.resources, &live.accessors);
    let after = Configuration::new(&planned, &live.accessors);
    let everybody = Everybody::new(desired, live.resources.keys());
    changes::between(
        &Judge::new(&before, &everybody.projects),
        &Judge::new(&after, &everybody.projects),
        &everybody.projects,
        everybody.jobs.iter(),
    )
}
