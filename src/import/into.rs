//! Changes existing files so that they declare what Vault holds: each difference that a plan finds becomes an edit in its
//! place, and everything else in the files stays as it is.
//!
//! [`place`] finds where the files declare a resource, [`edit()`] changes it there, and [`policy`] does so for the rules of a
//! policy. No rule of the files is repeated here: the edited files are loaded and planned, and an edit counts only if the
//! difference is gone then and there is no new one. All differences are tried at once, and halves of them where that fails.

mod edit;
mod folder;
mod place;
mod policy;
mod reconcile;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use self::edit::{AddedAs, edit};
use self::folder::EditedFolder;
use self::place::rules_of;
use super::ProjectPaths;
use crate::diagnostic::{Severity, has_errors};
use crate::files::{self, Edits};
use crate::live::Live;
use crate::mappings::{self, Loaded};
use crate::plan::{Change, Plan};
use crate::resource::{Address, Policy, Typed};
use crate::value::ProjectId;

/// The result of an import into existing files, which are not written yet.
#[derive(Debug, Default)]
pub(crate) struct Adoption {
    /// The new texts of the files that change, by their paths.
    pub(crate) files: BTreeMap<PathBuf, String>,
    /// Those among them that are new files.
    pub(crate) new_files: BTreeSet<PathBuf>,
    /// The differences that the files no longer have.
    pub(crate) placed: Vec<PlacedChange>,
    /// The differences that they still have, each with the reason.
    pub(crate) not_placed: BTreeMap<Address, String>,
    /// Roles that are in `vault.yaml` and have the name of a mapping, each with the reason.
    pub(crate) no_mappings: BTreeMap<Address, String>,
    /// The policies that are computed from the files, and change with them.
    pub(crate) computed: BTreeSet<Address>,
}

/// A difference that is now in the files.
#[derive(Debug)]
pub(crate) struct PlacedChange {
    /// What differed.
    pub(crate) change: Change,
    /// The files that change for it.
    pub(crate) files: BTreeSet<PathBuf>,
}

/// Edits the files in a folder, which have no errors, until a plan of them has no change that can be avoided.
pub(crate) fn adopt(
    directory: &Path,
    loaded: Loaded,
    live: &Live,
    paths: &ProjectPaths,
    now: SystemTime,
) -> Adoption {
    let Some(plan) = plan_of(&loaded, live) else {
        return Adoption::default();
    };
    let mut adopter = Adopter {
        folder: EditedFolder {
            directory,
            paths,
            live,
            files: files::read(directory, &Edits::new(), &mut Vec::new()),
            loaded,
        },
        now,
        differing: addresses(&plan),
        edits: Edits::new(),
        adoption: Adoption::default(),
    };
    let (candidates, refused) = candidates(&adopter, plan);
    adopter.adoption.not_placed = refused;
    adopter.place(candidates);
    adopter.finish()
}

/// The projects that have no file, and by its name a role.
pub(crate) fn unknown_projects(loaded: &Loaded, live: &Live) -> BTreeSet<ProjectId> {
    let ids = live.resources.keys().filter_map(|address| {
        let rules = rules_of(loaded, address)?;
        rules.role_name.parts(&address.name)?.0.parse().ok()
    });
    let has_file = |id: &ProjectId| loaded.projects.iter().any(|file| file.project.id == *id);
    ids.filter(|id| !has_file(id)).collect()
}

/// The changes that an edit may avoid, and why not for the others.
fn candidates(adopter: &Adopter<'_>, plan: Plan) -> (Vec<Change>, BTreeMap<Address, String>) {
    let mut refused = BTreeMap::new();
    for address in &plan.foreign {
        refused.insert(
            address.clone(),
            "its text was not read; add the policy to the files, or name it under `removed`"
                .to_owned(),
        );
    }
    let mut changes = Vec::new();
    for change in plan.changes {
        match adopter.refusal(&change) {
            Some(reason) => {
                refused.insert(change.address, reason);
            }
            None => changes.push(change),
        }
    }
    (changes, refused)
}

/// The plan of files; none if they have errors.
fn plan_of(loaded: &Loaded, live: &Live) -> Option<Plan> {
    let desired = loaded.desired.as_ref()?;
    Some(Plan::new(desired, live))
}

/// Whether the files declare a policy whose text is computed from all else in them.
fn is_computed(loaded: &Loaded, address: &Address) -> bool {
    let platform = loaded.platform.as_ref();
    let policies = platform.map(|file| &file.platform.policies);
    let mut policies = policies.into_iter().flatten();
    address.kind == Policy::KIND
        && policies
            .any(|(name, policy)| name.as_str() == address.name && policy.generated.is_some())
}

fn addresses(plan: &Plan) -> BTreeSet<Address> {
    let changes = plan.changes.iter();
    changes.map(|change| change.address.clone()).collect()
}

/// The edits so far, and what they lead to.
struct Adopter<'a> {
    folder: EditedFolder<'a>,
    now: SystemTime,
    edits: Edits,
    /// What a plan of them changes.
    differing: BTreeSet<Address>,
    adoption: Adoption,
}

impl Adopter<'_> {
    /// Why no edit is tried.
    fn refusal(&self, change: &Change) -> Option<String> {
        let desired = self.folder.loaded.desired.as_ref()?;
        if desired.removed.contains(&change.address) {
            return Some("the files name it under `removed`; take it out there".to_owned());
        }
        if desired.expired.contains_key(&change.address) {
            return Some(
                "its mapping has expired; change `expires` in the project's file".to_owned(),
            );
        }
        let unreadable = change.before().and_then(|before| before.unreadable());
        unreadable.map(|unreadable| format!("{unreadable}; mend it in Vault"))
    }

    /// Places these changes: together, or else each half by itself.
    fn place(&mut self, changes: Vec<Change>) {
        let Err(reason) = self.try_all(&changes, AddedAs::Mapping) else {
            return;
        };
        if changes.len() > 1 {
            let mut first = changes;
            let second = first.split_off(first.len() / 2);
            self.place(first);
            self.place(second);
            return;
        }
        for change in changes {
            // What was in the way may be gone with an earlier edit.
            if !self.differing.contains(&change.address) {
                continue;
            }
            let as_role = self.try_all(std::slice::from_ref(&change), AddedAs::Role);
            let reasons = match as_role {
                Ok(()) => &mut self.adoption.no_mappings,
                Err(_) => &mut self.adoption.not_placed,
            };
            reasons.insert(change.address, reason.clone());
        }
    }

    /// Keeps the edits for these changes if they are valid and avoid all of the changes, with no new one.
    fn try_all(&mut self, changes: &[Change], form: AddedAs) -> Result<(), String> {
        let mut edits = self.edits.clone();
        let mut placed = Vec::new();
        for change in changes
            .iter()
            .filter(|change| self.differing.contains(&change.address))
        {
            let files = edit(&self.folder, &mut edits, change, form)?;
            let files = files
                .iter()
                .map(|file| self.folder.directory.join(file))
                .collect();
            placed.push(PlacedChange {
                change: change.clone(),
                files,
            });
        }
        if placed.is_empty() {
            return Ok(());
        }
        let loaded = mappings::load_with(self.folder.directory, &edits, self.now);
        if has_errors(&loaded.diagnostics) {
            let mut errors = loaded.diagnostics.iter();
            let error = errors.find(|diagnostic| diagnostic.severity == Severity::Error);
            let error = error.map_or("", |error| error.message.as_str());
            return Err(format!("the files would have an error: {error}"));
        }
        let plan = plan_of(&loaded, self.folder.live);
        let differing = plan.as_ref().map(addresses).unwrap_or_default();
        let mut new = differing.difference(&self.differing);
        if let Some(new) = new.find(|address| !is_computed(&loaded, address)) {
            return Err(format!(
                "the same lines of the files declare {} too",
                new.path()
            ));
        }
        if changes
            .iter()
            .any(|change| differing.contains(&change.address))
        {
            return Err("the files can't express it where they declare it".to_owned());
        }
        (self.folder.loaded, self.edits, self.differing) = (loaded, edits, differing);
        self.adoption.placed.extend(placed);
        Ok(())
    }

    fn finish(mut self) -> Adoption {
        let edits = std::mem::take(&mut self.edits);
        for (path, text) in edits {
            let there = self.folder.files.text_at(&path);
            if there.as_ref() == Some(&text) {
                continue;
            }
            let place = self.folder.directory.join(&path);
            if there.is_none() {
                self.adoption.new_files.insert(place.clone());
            }
            self.adoption.files.insert(place, text);
        }
        // An edit for one difference may have avoided others.
        let differing = self.differing;
        let not_placed = &self.adoption.not_placed;
        let computed = differing
            .iter()
            .filter(|address| !not_placed.contains_key(*address));
        self.adoption.computed = computed.cloned().collect();
        self.adoption.not_placed.retain(|address, _| {
            differing.contains(address)
                || !self
                    .adoption
                    .placed
                    .iter()
                    .any(|placed| placed.change.address == *address)
        });
        self.adoption
    }
}
