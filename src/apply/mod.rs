//! Plan -> Vault: carries out a plan, and records the outcome of each change.

mod event;
mod outcome;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashSet;

use futures::stream::StreamExt;

pub(crate) use event::{Events, EventsError, Origin, Pipeline};
pub(crate) use outcome::{Outcome, Reason};
pub(crate) use write::ChangeError;

use crate::compatibility::{self, UnsupportedFields};
use crate::plan::{Action, Change, Plan};
use crate::progress::Progress;
use crate::resource::{Accessors, Address, Policy, Rank, Typed};
use crate::stop::Stop;
use crate::vault::{self, WriteVault};

/// Carries out the changes, one rank after the other. Changes of one rank run concurrently.
///
/// A change that fails stops only those that need it. The outcomes are in the plan's order.
pub(crate) async fn apply(
    plan: &Plan,
    vault: &impl WriteVault,
    stop: &Stop,
    events: &Events,
    progress: &Progress,
) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(plan.changes.len());
    let mut lost = HashSet::new();
    let mut accessors = plan.accessors.clone();
    let new_mounts: HashSet<&Address> = new_mounts(plan).collect();
    progress.start("Applying", plan.changes.len());
    for stage in plan.changes.chunk_by(run_together) {
        if stage.iter().any(needs_accessor) {
            // After a failure here, the policies without their accessor fail.
            let found = stop.finish(write::accessors(vault)).await;
            accessors.extend(found.and_then(Result::ok).unwrap_or_default());
        }
        // Only now a new mount can say what it takes.
        let in_new_mounts = stage.iter().filter(|change| {
            let mount = change.address.depends_on();
            mount.is_some_and(|mount| new_mounts.contains(&mount))
        });
        let lacking = stop.finish(compatibility::lacking(in_new_mounts, vault));
        let mut lacking = lacking.await.unwrap_or_default();
        let stage_changes = stage
            .iter()
            .enumerate()
            .map(|(index, change)| (index, change, lacking.remove(&change.address)));
        let run = async |(index, change, lacking): (usize, &Change, Option<UnsupportedFields>)| {
            let outcome = attempt(change, lacking, vault, stop, &lost, &accessors).await;
            events.record(change, &outcome);
            progress.step();
            (index, outcome)
        };
        let run = vault::each(vault, stage_changes, run);
        let mut done: Vec<(usize, Outcome)> = run.collect().await;
        done.sort_unstable_by_key(|(index, _)| *index);
        let failed = done
            .iter()
            .filter(|(_, outcome)| !matches!(outcome, Outcome::Done))
            .map(|(index, _)| &stage[*index])
            .filter(|change| is_needed(change));
        lost.extend(failed.map(|change| change.address.clone()));
        outcomes.extend(done.into_iter().map(|(_, outcome)| outcome));
    }
    progress.finish();
    outcomes
}

/// Whether two changes may run concurrently. Mounts are written one after the other: HashiCorp Vault 1.21.1 locks its two
/// tables of mounts in different orders, and concurrent requests that enable, tune and disable mounts can deadlock it.
fn run_together(one: &Change, other: &Change) -> bool {
    stage(one) == stage(other) && one.address.kind.rank() != Rank::Mounts
}

/// The mounts that the plan adds.
fn new_mounts(plan: &Plan) -> impl Iterator<Item = &Address> {
    let created = plan.changes.iter().filter(|change| {
        change.address.kind.rank() == Rank::Mounts && matches!(change.action, Action::Create { .. })
    });
    created.map(|change| &change.address)
}

/// Equal for all writes, and for all deletes, of one rank.
fn stage(change: &Change) -> (bool, Rank) {
    (
        matches!(change.action, Action::Delete { .. }),
        change.address.kind.rank(),
    )
}

fn needs_accessor(change: &Change) -> bool {
    let policy = change.after().and_then(Policy::of);
    policy.is_some_and(|policy| !policy.unresolved_mounts.is_empty())
}

async fn attempt(
    change: &Change,
    lacking: Option<UnsupportedFields>,
    vault: &impl WriteVault,
    stop: &Stop,
    lost: &HashSet<Address>,
    accessors: &Accessors,
) -> Outcome {
    if stop.requested() {
        return Outcome::NotTried(Reason::Interrupted);
    }
    if let Some(needed) = needs(change).find(|address| lost.contains(address)) {
        return Outcome::NotTried(Reason::Needs(needed.path()));
    }
    if let Some(fields) = lacking {
        return Outcome::Failed(ChangeError::UnsupportedFields(fields));
    }
    match stop
        .finish(write::carry_out(change, vault, accessors))
        .await
    {
        Some(Ok(())) => Outcome::Done,
        Some(Err(error)) => Outcome::Failed(error),
        None => Outcome::Failed(ChangeError::GivenUp),
    }
}

/// Whether other changes depend on its success: nothing can be written into a mount that does not exist, and no role may
/// grant a policy that still has its old text. Nothing depends on the new description of a mount.
fn is_needed(change: &Change) -> bool {
    matches!(change.action, Action::Create { .. }) || change.address.kind.gates_updates()
}

/// The resources that must exist first. A delete needs none.
fn needs(change: &Change) -> impl Iterator<Item = Address> {
    change
        .after()
        .map(|after| {
            let mount = change.address.depends_on();
            mount.into_iter().chain(after.needs())
        })
        .into_iter()
        .flatten()
}
