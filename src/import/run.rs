//! An import from beginning to end.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::output::Files;
use super::projects::Mappings;
use super::proof::Proof;
use super::{ByEnvironment, Groups, ImportError, ProjectPaths, platform, proof};
use crate::files::NewFolder;
use crate::live::Discovery;
use crate::plan::Warning;
use crate::resource::{Address, Kind};

/// The result of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    /// How many resources of each kind the files hold.
    pub(crate) counts: BTreeMap<Kind, usize>,
    /// How many projects have a file.
    pub(crate) projects: usize,
    /// How many of them have an invented path.
    pub(crate) without_path: usize,
    /// How many groups have a file, and how many of these have an invented path.
    pub(crate) groups: (usize, usize),
    /// What the files don't hold, and why.
    pub(crate) left_out: BTreeMap<Address, String>,
    /// API paths that this server can't list: nothing there is in the files.
    pub(crate) unlistable: Vec<String>,
    /// How many findings of lints the files allow.
    pub(crate) adopted: usize,
    /// The warnings of a plan of the files.
    pub(crate) warnings: Vec<Warning>,
}

/// Writes files into the folder for which a plan has no changes.
///
/// # Errors
/// When a file can't be written, or the files have an error that belongs to no resource.
pub(crate) fn import(
    discovery: &Discovery,
    paths: &ProjectPaths,
    folder: &NewFolder,
) -> Result<Imported, ImportError> {
    let mut draft = Draft::new(discovery, paths);
    loop {
        let files = files_of(&draft);
        folder.write(&files.texts)?;
        let proof = proof::of(&folder.path(), &files, &discovery.live);
        if let Ok(proof) = &proof
            && draft.give_up_groups(proof.objections.keys())
        {
            continue;
        }
        if draft.by_environment && !proof.as_ref().is_ok_and(|proof| has_answer(&draft, proof)) {
            draft.by_environment = false;
            continue;
        }
        let proof = proof?;
        if proof.objections.is_empty() && draft.generated.is_none() {
            draft.generated = Some(proof.generated);
            continue;
        }
        if proof.objections.is_empty() {
            let shared = ByEnvironment::of(&draft);
            let mappings = Mappings::of(&draft, &shared);
            let groups = Groups::of(&draft, &shared, &mappings);
            let mapped = mappings.addresses().chain(groups.aws_roles());
            let mapped: BTreeSet<Address> = mapped.cloned().collect();
            if draft.adopt(proof.found, |address| mapped.contains(address)) {
                continue;
            }
            return Ok(imported(draft, proof.warnings));
        }
        for (address, reason) in proof.objections {
            draft.object(address, reason)?;
        }
    }
}

/// Whether each objection is to a resource that has another form, and to none that is written for all environments.
fn has_answer(draft: &Draft<'_>, proof: &Proof) -> bool {
    let shared = ByEnvironment::of(draft);
    let mut objections = proof.objections.keys();
    objections
        .all(|address| draft.discovery.live.resources.contains_key(address) && !shared.has(address))
}

fn files_of(draft: &Draft<'_>) -> Files {
    let shared = ByEnvironment::of(draft);
    let mappings = Mappings::of(draft, &shared);
    let groups = Groups::of(draft, &shared, &mappings);
    let mut files = Files::default();
    platform::write(draft, &shared, &mappings, &groups, &mut files);
    mappings.write(draft, &mut files);
    groups.write(draft, &mut files);
    files
}

fn imported(draft: Draft<'_>, warnings: Vec<Warning>) -> Imported {
    let shared = ByEnvironment::of(&draft);
    let mappings = Mappings::of(&draft, &shared);
    let groups = Groups::of(&draft, &shared, &mappings).count(&draft);
    let count = |kind: &Kind| (*kind, draft.all(*kind).count());
    Imported {
        counts: Kind::ALL.iter().map(count).collect(),
        projects: mappings.projects.len(),
        without_path: mappings.without_path(draft.paths),
        groups,
        adopted: draft.allowed.values().map(BTreeSet::len).sum(),
        left_out: draft.left_out,
        unlistable: draft.discovery.live.unlisted.keys().cloned().collect(),
        warnings,
    }
}
