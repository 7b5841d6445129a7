//! Reads and checks a mappings folder.

use std::path::Path;

use rayon::prelude::*;

use super::for_each::Environments;
use super::loaded::{ContractFile, Loaded, PlatformFile, ProjectFile};
use super::trees::{self, Trees};
use super::{allow_places, build, checks, credentials, for_each, policies, redact, reference};
use crate::diagnostic::{Diagnostic, FileId, Sources, Span, has_errors};
use crate::files::{self, Edit, MappingFiles};
use crate::yaml::{self, key_span};

/// Reads and checks everything in the folder.
pub(crate) fn load(directory: &Path) -> Loaded {
    load_with(directory, None)
}

/// What a `vault.yaml` with this text asks for, for tests of what comes after the files.
#[cfg(test)]
pub(crate) fn desired_of(platform: &str) -> crate::desired::Desired {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("vault.yaml"), platform).expect("it can be written");
    let loaded = load(folder.path());
    let messages = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| &diagnostic.message);
    let messages: Vec<_> = messages.collect();
    loaded.desired.unwrap_or_else(|| panic!("{messages:?}"))
}

/// [`load`] of a folder that messages call by another name.
pub(crate) fn load_as(directory: &Path, name: &Path) -> Loaded {
    let mut diagnostics = Vec::new();
    let files = files::read_as(directory, name, &mut diagnostics);
    load_files(files, diagnostics)
}

/// [`load`] with an edit that is not written yet.
pub(super) fn load_with(directory: &Path, edit: Option<&Edit>) -> Loaded {
    let mut diagnostics = Vec::new();
    let files = files::read(directory, edit, &mut diagnostics);
    load_files(files, diagnostics)
}

fn load_files(mut files: MappingFiles, mut diagnostics: Vec<Diagnostic>) -> Loaded {
    let projects = read_projects(&files, &mut diagnostics);
    let environments = environments(&projects, &files.sources);
    if environments.is_empty() {
        check_copies(&mut files, &mut diagnostics);
    }
    let platform = read_platform(&files, &environments, &mut diagnostics);
    let contract = read_contract(&files, &mut diagnostics);
    checks::check(
        platform.as_ref(),
        &projects,
        &Trees::new(&files.sources),
        &mut diagnostics,
    );
    if let Some(contract) = &contract {
        checks::check_contract(contract, &projects, &mut diagnostics);
    }
    let readable = platform.as_ref().map(|platform| {
        let policies = policies::texts(platform, &mut files, &mut diagnostics);
        let digest = files.digest();
        let mut desired = build::desired(platform, &projects, policies, digest);
        policies::generate(platform, &mut desired, &mut diagnostics);
        desired
    });
    let (desired, readable) = match has_errors(&diagnostics) {
        false => (readable, None),
        true => (None, readable),
    };
    redact::hide_secrets(&diagnostics, &mut files.sources);
    // The copies of one role or policy have the same mistakes.
    diagnostics.sort();
    diagnostics.dedup();
    Loaded {
        desired,
        readable,
        platform,
        projects,
        contract,
        diagnostics,
        sources: files.sources,
    }
}

/// The project files that can be decoded, in the order of their paths. Every core takes a share: there are thousands.
pub(super) fn read_projects(
    files: &MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<ProjectFile> {
    let read = |file: &FileId| {
        let mut diagnostics = Vec::new();
        let project = read_project(files.sources.text(*file), *file, &mut diagnostics);
        (project, diagnostics)
    };
    let (projects, found): (Vec<_>, Vec<_>) = files.projects.par_iter().map(read).unzip();
    diagnostics.extend(found.into_iter().flatten());
    projects.into_iter().flatten().collect()
}

pub(super) fn read_project(
    text: &str,
    file: FileId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ProjectFile> {
    let mut root = yaml::parse(text, file, diagnostics)?;
    let project = yaml::decode(&mut root, diagnostics)?;
    Some(ProjectFile {
        file,
        allows: allow_places::of_project(&project, &root),
        project,
    })
}

fn read_contract(files: &MappingFiles, diagnostics: &mut Vec<Diagnostic>) -> Option<ContractFile> {
    let file = files.contract?;
    let mut root = yaml::parse(files.sources.text(file), file, diagnostics)?;
    let contract = yaml::decode(&mut root, diagnostics)?;
    Some(ContractFile { root, contract })
}

/// Checks what `for_each` copies while there is no environment yet, so that the first project does not reveal mistakes.
fn check_copies(files: &mut MappingFiles, diagnostics: &mut Vec<Diagnostic>) {
    let (Some(file), Ok(environment)) = (files.platform, "environment".parse()) else {
        return;
    };
    let environments = Environments::from([(environment, Span::top(file))]);
    // Other mistakes are found twice, and shown once.
    if let Some(platform) = read_platform(files, &environments, diagnostics) {
        checks::check(
            Some(&platform),
            &[],
            &Trees::new(&files.sources),
            diagnostics,
        );
        policies::texts(&platform, files, diagnostics);
    }
}

fn environments(projects: &[ProjectFile], sources: &Sources) -> Environments {
    let mut environments = Environments::new();
    for file in projects {
        let names = file.project.environments.keys();
        let new: Vec<_> = names
            .filter(|name| !environments.contains_key(*name))
            .collect();
        if new.is_empty() {
            continue;
        }
        let root = trees::tree(file, sources);
        environments.extend(new.into_iter().map(|name| {
            let span = key_span(&root, ["environments", name.as_str()]);
            (name.clone(), span)
        }));
    }
    environments
}

fn read_platform(
    files: &MappingFiles,
    environments: &Environments,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<PlatformFile> {
    let file = files.platform?;
    let mut root = yaml::parse(files.sources.text(file), file, diagnostics)?;
    credentials::refuse_literals(&mut root, diagnostics);
    let policy_prefixes = for_each::expand(&mut root, environments, diagnostics);
    reference::report_outside_policies(&root, diagnostics);
    let platform = yaml::decode(&mut root, diagnostics)?;
    Some(PlatformFile {
        allows: allow_places::of_platform(&platform, &root),
        root,
        platform,
        policy_prefixes,
    })
}
