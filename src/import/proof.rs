//! Compares the written files with what Vault holds.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;

use super::adopted::{self, LintsFound};
use super::{Files, ImportError, generated};
use crate::diagnostic::{Diagnostic, Severity};
use crate::live::Live;
use crate::mappings::{self, Loaded};
use crate::plan::{Plan, Warning};
use crate::privilege::Extent;
use crate::resource::Address;

/// The objection to a resource that the files would change.
pub(super) const DIFFERS: &str = "the files can't express it as it is in Vault";

/// The result of loading and planning the files.
#[derive(Debug, Default)]
pub(super) struct Proof {
    /// Why a resource must have another form in the files.
    pub(super) objections: BTreeMap<Address, String>,
    /// What the lints find, once there is no objection.
    pub(super) found: LintsFound,
    /// The policies that are computed from all else, once there is no objection.
    pub(super) generated: BTreeMap<Address, Extent>,
    /// The warnings of the plan.
    pub(super) warnings: Vec<Warning>,
}

/// Loads and plans the files in the folder.
///
/// # Errors
/// When an error is in a place that belongs to no resource.
pub(super) fn of(folder: &Path, files: &Files, live: &Live) -> Result<Proof, ImportError> {
    let loaded = mappings::load(folder, SystemTime::now());
    let mut proof = Proof::default();
    let errors = loaded.diagnostics.iter();
    for error in errors.filter(|diagnostic| diagnostic.severity == Severity::Error) {
        let address =
            about(error, folder, files, &loaded).ok_or_else(|| not_good(error, &loaded))?;
        let objection = proof.objections.entry(address.clone());
        objection.or_insert_with(|| error.message.clone());
    }
    if let Some(desired) = &loaded.desired {
        let plan = Plan::new(desired, live);
        let changes = plan.changes.into_iter().map(|change| change.address);
        proof
            .objections
            .extend(changes.map(|address| (address, DIFFERS.into())));
        proof.warnings = plan.warnings;
    }
    if let (true, Some(desired)) = (proof.objections.is_empty(), &loaded.desired) {
        proof.generated = generated::found(desired, live);
    }
    if proof.objections.is_empty() {
        proof.found = adopted::found(folder, files, &loaded);
    }
    Ok(proof)
}

fn about<'f>(
    error: &Diagnostic,
    folder: &Path,
    files: &'f Files,
    loaded: &Loaded,
) -> Option<&'f Address> {
    let span = error.primary.span;
    let path = Path::new(loaded.sources.path(span.file))
        .strip_prefix(folder)
        .ok()?;
    files.about(path, span.start)
}

fn not_good(error: &Diagnostic, loaded: &Loaded) -> ImportError {
    let span = error.primary.span;
    ImportError::NotGood {
        file: loaded.sources.path(span.file).to_owned(),
        line: loaded
            .sources
            .position(span)
            .map_or(1, |position| position.line),
        message: error.message.clone(),
    }
}
