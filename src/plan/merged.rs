//! Which changes wait for an apply: Vault holds what the files wanted before they changed.
//!
//! Nothing records what was applied last, so the history of the files and Vault have to say it. The files of an older
//! revision R explain changes if nothing that differs between R and now has been applied: then Vault still holds the values
//! of R, and someone who merged, not someone who wrote to Vault, made the difference. Where some of it has been applied and
//! some not, the rest is drift.

use std::collections::{BTreeMap, BTreeSet};

use super::Plan;
use crate::desired::Desired;
use crate::files::Commit;
use crate::live::Live;
use crate::resource::Address;

/// Which changes of a plan wait for an apply, as far as the history of the files says.
#[derive(Debug, Default)]
pub(crate) struct MergedChanges {
    /// The commit since which each waits, by its API path.
    pub(crate) since: BTreeMap<String, Commit>,
    /// Why the history could not be read far enough, if that is so.
    pub(crate) unknown: Option<String>,
}

/// The files before a commit that changed them.
#[derive(Debug)]
pub(crate) struct OlderFiles {
    /// The commit.
    pub(crate) replaced_by: Commit,
    /// What they declare.
    pub(crate) desired: Desired,
}

impl MergedChanges {
    /// Compares Vault with older files, the newest first. An error ends the history, with its reason.
    pub(crate) fn new(
        plan: &Plan,
        desired: &Desired,
        live: &Live,
        history: impl Iterator<Item = Result<OlderFiles, String>>,
    ) -> Self {
        let changed: BTreeSet<&Address> =
            plan.changes.iter().map(|change| &change.address).collect();
        let mut merged = Self::default();
        for older in history {
            if merged.since.len() == changed.len() {
                break;
            }
            let older = match older {
                Ok(older) => older,
                Err(why) => {
                    merged.unknown = Some(why);
                    break;
                }
            };
            let differing = differing(desired, &older.desired);
            if !differing.is_subset(&changed) {
                break;
            }
            let from_older = Plan::new(&older.desired, live);
            let others = from_older.changes.iter().map(|change| &change.address);
            let others: BTreeSet<&Address> = others.collect();
            for address in differing.difference(&others) {
                let commit = || older.replaced_by.clone();
                merged.since.entry(address.path()).or_insert_with(commit);
            }
        }
        merged
    }

    /// The API paths that wait since each commit, the oldest commit first.
    pub(crate) fn by_commit(&self) -> Vec<(&Commit, Vec<&str>)> {
        let mut commits: BTreeMap<(&str, &str), (&Commit, Vec<&str>)> = BTreeMap::new();
        for (path, commit) in &self.since {
            let key = (commit.date.as_str(), commit.commit.as_str());
            let entry = commits.entry(key).or_insert((commit, Vec::new()));
            entry.1.push(path);
        }
        commits.into_values().collect()
    }
}

/// What two revisions of the files declare otherwise.
fn differing<'d>(new: &'d Desired, old: &'d Desired) -> BTreeSet<&'d Address> {
    let all = new.resources.keys().chain(old.resources.keys());
    let removed = new.removed.symmetric_difference(&old.removed);
    all.filter(|address| new.resources.get(*address) != old.resources.get(*address))
        .chain(removed)
        .collect()
}
