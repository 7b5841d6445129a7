//! What a shell completes from the files: the nearest folder, or the one that VAULT_PROVISIONER_MAPPINGS names.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::SystemTime;

use clap_complete::engine::CompletionCandidate;

use crate::diagnostic::Code;
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

/// The kinds of reports about the files, each before its file.
pub(super) fn check_reports() -> Vec<CompletionCandidate> {
    before_equals(&["codequality", "junit", "sarif"])
}

/// The kinds of reports of a plan, each before its file.
pub(super) fn plan_reports() -> Vec<CompletionCandidate> {
    before_equals(&["codequality", "html", "junit", "sarif", "terraform"])
}

/// The environments by their names in the files, each before its ARN.
pub(super) fn environments_to_map() -> Vec<CompletionCandidate> {
    before_equals(&environment_names())
}

/// The codes of messages.
pub(super) fn codes() -> Vec<CompletionCandidate> {
    candidates(
        Code::ALL
            .iter()
            .map(|code| code.name().to_owned())
            .collect(),
    )
}

/// The environments by their names in the files.
pub(super) fn environments() -> Vec<CompletionCandidate> {
    candidates(environment_names())
}

fn environment_names() -> BTreeSet<String> {
    let desired = loaded().desired.unwrap_or_default();
    let declared = desired.environments.names().map(ToString::to_string);
    let used = desired.mappings.values();
    let used = used
        .filter_map(|mapping| mapping.environment.as_ref())
        .map(ToString::to_string);
    declared.chain(used).collect()
}

fn loaded() -> Loaded {
    let named = std::env::var_os("VAULT_PROVISIONER_MAPPINGS").filter(|folder| !folder.is_empty());
    let folder = named.map_or_else(files::nearest, PathBuf::from);
    mappings::load(&folder, SystemTime::now())
}

fn before_equals<'a>(
    texts: impl IntoIterator<Item = &'a (impl Display + 'a)>,
) -> Vec<CompletionCandidate> {
    candidates(texts.into_iter().map(|text| format!("{text}=")).collect())
}

fn candidates(texts: BTreeSet<String>) -> Vec<CompletionCandidate> {
    texts.into_iter().map(CompletionCandidate::new).collect()
}
