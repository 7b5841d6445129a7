//! (Desired, Live) -> Plan: what has to change in Vault, as data.

mod file;
mod fingerprint;
mod scope;
#[cfg(test)]
mod tests;
mod verify;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub(crate) use file::{FileError, Saved};
pub(crate) use fingerprint::Fingerprint;
pub(crate) use scope::{Scope, UnverifiedFields};
pub(crate) use verify::{PlanMismatch, Verified};

use crate::desired::{Desired, Guardrails, Mapping};
use crate::diagnostic::Code;
use crate::live::{Live, Unlisted};
use crate::resource::{Accessors, Address, AwsRoot, Held, Resource, RootCredentials, Typed};
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

/// One resource that has to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// Which one.
    pub(crate) address: Address,
    /// What people call it: for a mapping its project and environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// Why it is deleted, where the files give a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What happens to it.
    pub(crate) action: Action,
    /// Where the secrets that go with the write come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credentials: Option<RootCredentials>,
}

/// What happens to a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    /// It is not there yet.
    Create {
        /// What it will be.
        after: Resource,
    },
    /// It is there and differs.
    Update {
        /// What it is.
        before: Held,
        /// What it will be.
        after: Resource,
    },
    /// It is there and must not be.
    Delete {
        /// What it is.
        before: Held,
    },
}

/// Something that a reviewer should know and that no change shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Warning {
    /// The API path that it is about.
    pub(crate) path: String,
    /// What kind of warning it is.
    pub(crate) code: Code,
    /// What there is to know.
    pub(crate) message: String,
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
    pub(crate) fn applied_to(
        &self,
        live: &BTreeMap<Address, Resource>,
    ) -> BTreeMap<Address, Resource> {
        let mut planned = live.clone();
        for change in &self.changes {
            if let Some(after) = change.after() {
                planned.insert(change.address.clone(), after.clone());
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

impl Change {
    /// What it is after, if it is there.
    pub(crate) fn after(&self) -> Option<&Resource> {
        match &self.action {
            Action::Create { after } | Action::Update { after, .. } => Some(after),
            Action::Delete { .. } => None,
        }
    }

    /// Whether it is deleted and created again, as Vault can't make the change in place.
    pub(crate) fn is_replacement(&self) -> bool {
        let Action::Update { before, after } = &self.action else {
            return false;
        };
        let before = before.to_replace(self.address.kind);
        before.is_none_or(|before| after.replaces(&before))
    }

    /// What it was before, if it was there.
    pub(crate) fn before(&self) -> Option<&Held> {
        match &self.action {
            Action::Update { before, .. } | Action::Delete { before } => Some(before),
            Action::Create { .. } => None,
        }
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

fn warnings(desired: &Desired, live: &Live, changes: &[Change]) -> Vec<Warning> {
    let unmodelled = live.unmodelled.iter().map(|(address, names)| Warning {
        path: address.path(),
        code: Code::UnmodelledFields,
        message: format!(
            "{} set in Vault and can't be managed in the files",
            match names.as_slice() {
                [one] => format!("{one} is"),
                several => format!("{} are", several.join(", ")),
            }
        ),
    });
    let lost = lost_attributes(desired, live, changes);
    let rotated = changes.iter().filter_map(rotated_key);
    let uncompared = desired.credentials.keys().map(|address| Warning {
        path: address.path(),
        code: Code::SecretNotCompared,
        message: "the secret key can't be compared, because Vault never returns it".into(),
    });
    let whole_mounts = changes.iter().filter(|change| {
        change.address.name.is_empty() && matches!(change.action, Action::Delete { .. })
    });
    let everything = whole_mounts.map(|change| Warning {
        path: change.address.path(),
        code: Code::MountContentDeleted,
        message: "deleting the mount deletes everything in it and revokes all its leases".into(),
    });
    let replaced = changes.iter().filter(|change| change.is_replacement());
    let replaced = replaced.map(|change| Warning {
        path: change.address.path(),
        code: Code::Replaced,
        message:
            "Vault can't make this change in place, so apply deletes the role and creates it again"
                .into(),
    });
    let unreadable = changes.iter().filter_map(|change| {
        let why = change.before()?.unreadable()?;
        let done = match change.action {
            Action::Delete { .. } => "deletes it",
            Action::Create { .. } | Action::Update { .. } => "replaces all of it",
        };
        Some(Warning {
            path: change.address.path(),
            code: Code::UnreadableValue,
            message: format!("{why}; apply {done}"),
        })
    });
    let denied = live.unlisted.iter().filter_map(|(path, why)| {
        let Unlisted::Denied(error) = why else {
            return None;
        };
        let why = [Some(error.to_string()), error.help()];
        let why: Vec<String> = why.into_iter().flatten().collect();
        Some(Warning {
            path: path.clone(),
            code: Code::RolesNotListed,
            message: format!(
                "roles that are not in the files can't be seen, and are not deleted: {}",
                why.join("; ")
            ),
        })
    });
    let warnings = unmodelled
        .chain(lost)
        .chain(rotated)
        .chain(uncompared)
        .chain(everything)
        .chain(replaced)
        .chain(unreadable);
    let mut warnings: Vec<Warning> = warnings.chain(denied).collect();
    warnings.sort();
    warnings.dedup();
    warnings
}

/// What a write removes beside the differences that the plan shows, now or when something else changes.
fn lost_attributes(desired: &Desired, live: &Live, changes: &[Change]) -> Vec<Warning> {
    let written: BTreeSet<&Address> = changes.iter().map(|change| &change.address).collect();
    let mut warnings = Vec::new();
    for (address, names) in &live.unmodelled {
        let Some(wanted) = desired.resources.get(address) else {
            continue;
        };
        let when = if written.contains(address) {
            "this plan removes"
        } else {
            "the next change would remove"
        };
        warnings.extend(names.iter().filter_map(|name| {
            let why = wanted.loses(name)?;
            Some(Warning {
                path: address.path(),
                code: Code::LostAttribute,
                message: format!("{when} {name}: {why}"),
            })
        }));
    }
    warnings
}

/// What there is to know of a change that writes another access key than Vault has.
fn rotated_key(change: &Change) -> Option<Warning> {
    let (before, after) = (change.before()?, change.after()?);
    let (before, after) = (AwsRoot::of(before.readable()?)?, AwsRoot::of(after)?);
    let credentials = change.credentials.as_ref()?;
    let is_other = !before.access_key.is_empty() && before.access_key != after.access_key;
    is_other.then(|| Warning {
        path: change.address.path(),
        code: Code::RotatedKey,
        message: format!(
            "Vault may have rotated this key, as `rotate-root` does; the write would put the key of {} in its place",
            credentials.access_key
        ),
    })
}
