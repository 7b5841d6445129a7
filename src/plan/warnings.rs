//! What a reviewer should know of a plan besides its changes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::change::{Action, Change};
use crate::desired::Desired;
use crate::diagnostic::Code;
use crate::live::{Live, Unlisted};
use crate::resource::{Address, AwsRoot, Typed};

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

pub(super) fn warnings(desired: &Desired, live: &Live, changes: &[Change]) -> Vec<Warning> {
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
