//! What a shell completes from the files: the nearest folder, or the one that VAULT_PROVISIONER_MAPPINGS names.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::SystemTime;

use clap_complete::engine::CompletionCandidate;

use crate::files;
use crate::mappings::{self, Loaded};

/// The paths of the projects that have a file.
pub(super) fn projects() -> Vec<CompletionCandidate> {
    let loaded = loaded();
    let paths = loaded
        .projects
        .iter()
        .map(|file| file.project.project.to_string());
    candidates(paths.collect())
}

/// The environments by their names in the files.
pub(super) fn environments() -> Vec<CompletionCandidate> {
    let desired = loaded().desired.unwrap_or_default();
    let declared = desired.environments.names().map(ToString::to_string);
    let used = desired.mappings.values();
    let used = used
        .filter_map(|mapping| mapping.environment.as_ref())
        .map(ToString::to_string);
    candidates(declared.chain(used).collect())
}

fn loaded() -> Loaded {
    let named = std::env::var_os("VAULT_PROVISIONER_MAPPINGS").filter(|folder| !folder.is_empty());
    let folder = named.map_or_else(files::nearest, PathBuf::from);
    mappings::load(&folder, SystemTime::now())
}

fn candidates(texts: BTreeSet<String>) -> Vec<CompletionCandidate> {
    texts.into_iter().map(CompletionCandidate::new).collect()
}
