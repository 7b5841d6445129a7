//! (Desired, Live) -> Plan: what has to change in Vault, as data.

mod change;
mod file;
mod fingerprint;
mod merged;
mod scope;
#[cfg(test)]
mod tests;
mod verify;
mod warnings;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub(crate) use change::{Action, Change};
pub(crate) use file::{FileError, Saved};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use merged::{MergedChanges, OlderFiles};
pub(crate) use scope::{Scope, UnverifiedFields};
pub(crate) use verify::{PlanMismatch, Verified};
pub(crate) use warnings::Warning;
use warnings::warnings;

use crate::desired::{Desired, Guardrails, Mapping};
use crate::live::Live;
use crate::resource::{Accessors, Address, Resource};
use crate::vault::ServerId;

/// The ordered list of changes, and what it was computed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// The server whose live values it was computed from.
    pub(crate) server: ServerId,
    /// The digest of the files it was computed from.
    pub(crate) configuration: String,
    /// What has to change, in the order in which it is carried out.
    pub(crate) changes: Vec<Change>,
    /// What a reviewer should know besides.
    pub(crate) warnings: Vec<Warning>,
    /// What Vault holds where the files have theirs, and the files lack. No command changes it.
    pub(crate) foreign: BTreeSet<Address>,
    /// API paths that could not be listed: what the files lack there was not seen.
    pub(crate) unlisted: BTreeSet<String>,
    /// How many deletes need approval.
    pub(crate) guardrails: Guardrails,
    /// The fingerprint of every live value it was computed from.
    #[serde(with = "fingerprint::list")]
    pub(crate) fingerprints: BTreeMap<Address, Fingerprint>,
    /// The accessors that its policies name.
    pub(crate) accessors: Accessors,
}

/// How many changes of each kind there are, as GitLab's Terraform report counts them.
///
/// <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsterraform>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// Resources to create.
    pub(crate) create: usize,
    /// Resources to update.
    pub(crate) update: usize,
    /// Resources to delete.
    pub(crate) delete: usize,
}

/// The plan has more deletes than the guardrails allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the plan deletes {deletes} of {live} live resources, more than {percent} percent; \
     if that is meant, apply with --allow-deletes {deletes}"
)]
pub(crate) struct TooManyDeletes {
    deletes: usize,
    live: usize,
    percent: u8,
}

impl Plan {
    /// What makes `live` equal to `desired`.
    pub(crate) fn new(desired: &Desired, live: &Live) -> Self {
        let mut changes = writes(desired, live);
        changes.extend(deletes(desired, live));
        Self {
            server: live.server.clone(),
            configuration: desired.digest.clone(),
            warnings: warnings(desired, live, &changes),
            changes,
            foreign: live.foreign.clone(),
            unlisted: live.unlisted_paths(),
            guardrails: desired.guardrails,
            fingerprints: fingerprint::all(live),
            accessors: live.accessors.clone(),
        }
    }

    /// The deletes of mappings that have expired, and how many other changes there are.
    pub(crate) fn of_expired(mut self, desired: &Desired, live: &Live) -> (Self, usize) {
        let all = self.changes.len();
        self.changes
            .retain(|change| desired.expired.contains_key(&change.address));
        self.warnings = warnings(desired, live, &self.changes);
        let others = all - self.changes.len();
        (self, others)
    }

    /// Whether there is nothing to change.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether Vault holds what the files declare, and nothing else where they have theirs.
    pub(crate) fn finds_a_match(&self) -> bool {
        self.changes.is_empty() && self.foreign.is_empty()
    }

    /// How many changes of each kind there are.
    pub(crate) fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            match change.action {
                Action::Create { .. } => summary.create += 1,
                Action::Update { .. } => summary.update += 1,
                Action::Delete { .. } => summary.delete += 1,
            }
        }
        summary
    }

    /// Checks the number of deletes against the guardrail and against what was allowed by hand.
    ///
    /// # Errors
    /// When there are more deletes than both allow.
    pub(crate) fn check_deletes(&self, allowed: usize) -> Result<(), TooManyDeletes> {
        let (deletes, live) = (self.summary().delete, self.fingerprints.len());
        if deletes <= allowed || self.guardrails.allow(deletes, live) {
            return Ok(());
        }
        Err(TooManyDeletes {
            deletes,
            live,
            percent: self.guardrails.max_delete_percent,
        })
    }

    /// What Vault holds after this plan, given what it holds now. Deleting a mount deletes what is in it.
    pub(crate) fn applied_to<'r>(
        &'r self,
        live: &'r BTreeMap<Address, Resource>,
    ) -> BTreeMap<&'r Address, &'r Resource> {
        let mut planned: BTreeMap<&Address, &Resource> = live.iter().collect();
        for change in &self.changes {
            if let Some(after) = change.after() {
                planned.insert(&change.address, after);
                continue;
            }
            planned.remove(&change.address);
            if change.address.name.is_empty() {
                planned.retain(|address, _| address.depends_on().as_ref() != Some(&change.address));
            }
        }
        planned
    }
}

/// Creates and updates, mounts first.
fn writes(desired: &Desired, live: &Live) -> Vec<Change> {
    let wanted = desired.resolve(&live.resources, &live.accessors);
    let changed = wanted.filter_map(|(address, after)| {
        if live.resources.get(address) == Some(&*after) {
            return None;
        }
        let after = after.into_owned();
        Some(Change {
            address: address.clone(),
            label: desired.mapping(address).map(Mapping::to_string),
            reason: None,
            action: match live.held(address) {
                Some(before) => Action::Update { before, after },
                None => Action::Create { after },
            },
            credentials: desired.credentials.get(address).cloned(),
        })
    });
    changed.collect()
}

/// Deletes, roles first: what the files name as removed, and roles in their mounts that they lack.
fn deletes(desired: &Desired, live: &Live) -> Vec<Change> {
    let unwanted = live.addresses().filter(|address| {
        desired.removed.contains(address)
            || (desired.owns(address) && !desired.resources.contains_key(address))
    });
    let mut deletes: Vec<Change> = unwanted
        .filter_map(|address| {
            Some(Change {
                address: address.clone(),
                label: desired.mapping(address).map(Mapping::to_string),
                reason: desired.expired.get(address).and_then(Mapping::end),
                action: Action::Delete {
                    before: live.held(address)?,
                },
                credentials: None,
            })
        })
        .collect();
    deletes
        .sort_by_cached_key(|change| (Reverse(change.address.kind.rank()), change.address.clone()));
    deletes
}
