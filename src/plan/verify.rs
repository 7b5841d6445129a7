//! Plan + files + Vault -> what is left to do. A saved plan is carried out only if it matches the files.
//!
//! A plan file is data from outside. Every value in it is derived from the files and from Vault, so it is compared
//! with them, and what is written comes from the files. A value that the plan wants and that Vault already holds is
//! done: an interrupted apply continues from there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{Action, Change, Fingerprint, Plan, warnings};
use crate::desired::{Desired, Mapping};
use crate::live::Live;
use crate::resource::{Address, Resource};

/// A plan that was checked against the files and Vault.
#[derive(Debug)]
pub(crate) struct Verified {
    /// The changes that are still to be made, computed from the files.
    pub(crate) left: Plan,
    /// The changes of the plan that Vault holds already.
    pub(crate) done: Vec<Change>,
    /// What differs from the files and is not in the plan: it has changed in Vault since, and is left alone.
    pub(crate) not_in_plan: Vec<Address>,
}

impl From<Plan> for Verified {
    fn from(left: Plan) -> Self {
        Self {
            left,
            done: Vec::new(),
            not_in_plan: Vec::new(),
        }
    }
}

/// A plan that is not what the files and Vault ask for.
#[derive(Debug, Default, thiserror::Error)]
pub(crate) struct PlanMismatch {
    /// Where the plan differs from the files.
    differs: Vec<String>,
    /// What has changed in Vault since the plan was made.
    moved: Vec<String>,
}

impl fmt::Display for PlanMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

impl PlanMismatch {
    /// What is wrong, and below it each place.
    pub(crate) fn lines(&self) -> Vec<String> {
        let summary = if self.differs.is_empty() {
            "Vault has changed since the plan was made; plan again"
        } else {
            "the plan is not what the files ask for, so nothing was written; plan again"
        };
        let mut all = vec![summary.to_owned()];
        for (label, places) in [("differs: ", &self.differs), ("moved: ", &self.moved)] {
            let indent = " ".repeat(label.len());
            let starts = std::iter::once(label).chain(std::iter::repeat(indent.as_str()));
            all.extend(
                starts
                    .zip(places)
                    .map(|(start, place)| format!("{start}{place}")),
            );
        }
        all
    }
}

impl Plan {
    /// Compares this plan with what the files and Vault ask for now.
    ///
    /// What someone has changed elsewhere in Vault since is not in the plan: it is named and left alone.
    ///
    /// # Errors
    /// When the plan has another value, resource, delete, order, guardrail or source of credentials than the files,
    /// leaves something out, or when Vault holds neither what the plan found nor what it wants.
    pub(crate) fn verify(
        &self,
        desired: &Desired,
        live: &Live,
    ) -> Result<Verified, Box<PlanMismatch>> {
        let mut now = Self::new(desired, live);
        let mut due: BTreeMap<Address, Change> = std::mem::take(&mut now.changes)
            .into_iter()
            .map(|change| (change.address.clone(), change))
            .collect();
        let check = Verification::new(self, desired, live);
        let mut mismatch = PlanMismatch::default();
        check.settings(&mut mismatch);
        check.accounts_for_everything(&mut mismatch);
        let mut done = Vec::new();
        for change in &self.changes {
            if let Err(why) = check.agrees(change) {
                mismatch.differs.push(line(&change.address, why));
                continue;
            }
            match due.remove(&change.address) {
                None => done.push(change.clone()),
                Some(left) if check.has_not_moved(change) => now.changes.push(left),
                Some(_) => mismatch.moved.push(change.address.path()),
            }
        }
        check.mounts(&mut mismatch);
        check.warnings(&done, &mut mismatch);
        if !mismatch.differs.is_empty() || !mismatch.moved.is_empty() {
            mismatch.moved.dedup();
            return Err(Box::new(mismatch));
        }
        now.warnings = warnings(desired, live, &now.changes);
        Ok(Verified {
            left: now,
            done,
            not_in_plan: due.into_keys().collect(),
        })
    }
}

fn line(address: &Address, why: &str) -> String {
    format!("{address}: {why}")
}

/// What a plan is compared with.
struct Verification<'a> {
    plan: &'a Plan,
    desired: &'a Desired,
    live: &'a Live,
    /// What the files ask for, with the accessors that the plan knows.
    wanted: BTreeMap<&'a Address, Resource>,
    changed: BTreeSet<&'a Address>,
}

impl<'a> Verification<'a> {
    fn new(plan: &'a Plan, desired: &'a Desired, live: &'a Live) -> Self {
        let wanted = desired.resolve(&live.resources, &plan.accessors);
        Self {
            plan,
            desired,
            live,
            wanted: wanted
                .map(|(address, resource)| (address, resource.into_owned()))
                .collect(),
            changed: plan.changes.iter().map(|change| &change.address).collect(),
        }
    }

    /// What is not about one resource.
    fn settings(&self, mismatch: &mut PlanMismatch) {
        if self.plan.configuration != self.desired.digest {
            let why = "the plan was made from other files";
            mismatch.differs.push(why.to_owned());
        }
        if self.plan.guardrails != self.desired.guardrails {
            let why = "guardrails: vault.yaml has other ones";
            mismatch.differs.push(why.to_owned());
        }
        if !is_in_order(&self.plan.changes) {
            let why = "the changes are not in the order in which they have to be carried out";
            mismatch.differs.push(why.to_owned());
        }
        let foreign = self.plan.foreign.iter();
        let others = foreign.filter(|address| !self.desired.is_foreign_policy(&address.name));
        let why = "the plan says that the files lack it";
        mismatch
            .differs
            .extend(others.map(|address| line(address, why)));
        let unlisted = self.live.unlisted_paths();
        let others = unlisted.symmetric_difference(&self.plan.unlisted);
        let why = "the list of it can be read now or when the plan was made, and not both times";
        mismatch.differs.extend(
            others
                .filter(|path| !self.is_of_other_mount(path))
                .map(|path| format!("{path}: {why}")),
        );
        for mount in self.plan.accessors.keys().chain(self.live.accessors.keys()) {
            let address = Address::of_auth_mount(mount);
            let (planned, now) = (
                self.plan.accessors.get(mount),
                self.live.accessors.get(mount),
            );
            let comes_or_goes = planned.is_none() || now.is_none();
            if planned == now || (comes_or_goes && self.changed.contains(&address)) {
                continue;
            }
            let moved = format!("{address} (its accessor)");
            if !mismatch.moved.contains(&moved) {
                mismatch.moved.push(moved);
            }
        }
    }

    /// Whether a folder is in a mount that the plan changes, or that does not exist now: without its mount, nothing could
    /// be listed.
    fn is_of_other_mount(&self, path: &str) -> bool {
        let mut owned = self.desired.owned.iter();
        let folder = owned.find(|folder| folder.path() == path);
        folder.is_some_and(|folder| {
            let mount = folder.mount_address();
            self.changed.contains(&mount) || !self.live.has(&mount)
        })
    }

    /// Whether the plan says of everything in the files, and of nothing else, what it was when the plan was made.
    ///
    /// The fingerprint of what the plan does not change must match the files, so that a missing change is detected.
    fn accounts_for_everything(&self, mismatch: &mut PlanMismatch) {
        let mut told = self.plan.fingerprints.clone();
        for change in &self.plan.changes {
            let before = change.before().map(Fingerprint::of);
            if told.remove(&change.address) != before {
                let why = "its fingerprint is not that of the value in the plan";
                mismatch.differs.push(line(&change.address, why));
            }
        }
        for (address, wanted) in &self.wanted {
            if self.changed.contains(address) {
                continue;
            }
            let planned = told.remove(*address);
            if !planned.is_some_and(|planned| self.is_wanted(address, wanted, &planned)) {
                let why = "the plan leaves it out";
                mismatch.differs.push(line(address, why));
            }
        }
        let strangers = told.into_keys();
        let why = "the plan names it, and the files do not have it";
        mismatch
            .differs
            .extend(strangers.map(|address| line(&address, why)));
    }

    /// Whether a fingerprint is of what the files ask for, in one of the ways in which Vault can hold that.
    fn is_wanted(&self, address: &Address, wanted: &Resource, planned: &Fingerprint) -> bool {
        let live = self.live.resources.get(address);
        let mut candidates = [Some(wanted), live.filter(|live| *live == wanted)]
            .into_iter()
            .flatten();
        candidates.any(|candidate| Fingerprint::of(candidate) == *planned)
    }

    /// Whether the files ask for a change.
    fn agrees(&self, change: &Change) -> Result<(), &'static str> {
        let address = &change.address;
        let Some(after) = change.after() else {
            return self.agrees_to_delete(change);
        };
        let Some(wanted) = self.wanted.get(address) else {
            return Err("the files do not have it");
        };
        let credentials = self.desired.credentials.get(address);
        if change.credentials.as_ref() != credentials {
            return Err("the files name other sources of the credentials");
        }
        if json(wanted) != json(after) {
            return Err(match credentials {
                Some(_) => {
                    "the files ask for another value; `plan` and `apply` have to see the same access key"
                }
                None => "the files ask for another value",
            });
        }
        self.agrees_to_description(change)
    }

    fn agrees_to_delete(&self, change: &Change) -> Result<(), &'static str> {
        let address = &change.address;
        let is_unwanted = !self.desired.resources.contains_key(address)
            && (self.desired.removed.contains(address) || self.desired.owns(address));
        if !is_unwanted {
            return Err("the files do not delete it");
        }
        if change.credentials.is_some() {
            return Err("a delete has no credentials");
        }
        self.agrees_to_description(change)
    }

    /// Whether the files give what a reviewer reads beside the values.
    fn agrees_to_description(&self, change: &Change) -> Result<(), &'static str> {
        let address = &change.address;
        if change.label != self.desired.mapping(address).map(Mapping::to_string) {
            return Err("the files call it otherwise");
        }
        let expired = self.desired.expired.get(address);
        if change.reason != expired.and_then(Mapping::end) {
            return Err("the files give another reason");
        }
        Ok(())
    }

    /// Whether Vault still holds what the plan found.
    fn has_not_moved(&self, change: &Change) -> bool {
        let live = self.live.held(&change.address);
        live.as_ref().map(json) == change.before().map(json)
    }

    /// The mounts of what changes have to be there, as they were.
    fn mounts(&self, mismatch: &mut PlanMismatch) {
        let mounts = self
            .changed
            .iter()
            .filter_map(|address| address.depends_on());
        let mounts: BTreeSet<Address> = mounts.collect();
        for mount in mounts.iter().filter(|mount| !self.changed.contains(mount)) {
            let now = self.live.held(mount).as_ref().map(Fingerprint::of);
            if now.as_ref() != self.plan.fingerprints.get(mount) {
                mismatch.moved.insert(0, mount.path());
            }
        }
    }

    /// The warnings that a reviewer has seen must be those of now, except for changes that are already done.
    fn warnings(&self, done: &[Change], mismatch: &mut PlanMismatch) {
        let done: BTreeSet<String> = done.iter().map(|change| change.address.path()).collect();
        let now = warnings(self.desired, self.live, &self.plan.changes);
        let planned = &self.plan.warnings;
        let gone = planned.iter().filter(|warning| !now.contains(warning));
        let new = now.iter().filter(|warning| !planned.contains(warning));
        let others = gone
            .chain(new)
            .filter(|warning| !done.contains(&warning.path));
        if !planned.is_sorted_by(|a, b| a < b) {
            let why = "a warning is there twice, or not in its place";
            mismatch.differs.push(why.to_owned());
        }
        let paths: BTreeSet<&str> = others.map(|warning| warning.path.as_str()).collect();
        let why = "the plan warns of something else";
        mismatch
            .differs
            .extend(paths.into_iter().map(|path| format!("{path}: {why}")));
    }
}

/// The exact value: unlike `==`, the text of a policy with its comments and layout.
fn json(held: &impl Serialize) -> Value {
    serde_json::to_value(held).unwrap_or_else(|error| unreachable!("a resource is JSON: {error}"))
}

/// Whether the writes come first, and nothing comes twice.
fn is_in_order(changes: &[Change]) -> bool {
    let key = |change: &Change| {
        let is_delete = matches!(change.action, Action::Delete { .. });
        let rank = is_delete.then(|| Reverse(change.address.kind.rank()));
        (is_delete, rank, change.address.clone())
    };
    changes.iter().map(key).is_sorted_by(|a, b| a < b)
}
