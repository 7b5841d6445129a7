//! Files -> Desired: reads, decodes and checks the mappings folder.
//!
//! [`source`] reads the files, [`parse`] makes a [`tree`] of each that remembers where everything stands, [`decode`]
//! turns trees into types, [`checks`] hold the types against each other. Each step reports all that it finds and
//! hands on what is left, so that one run shows every mistake in every file.

mod build;
mod checks;
mod credentials;
mod decode;
mod expand;
mod parse;
mod placeholder;
pub(crate) mod platform;
pub(crate) mod project;
mod reference;
mod scalar;
mod schema;
mod source;
mod syntax;
mod tree;

#[cfg(test)]
mod mistakes;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub(crate) use schema::schema;

use self::platform::Platform;
use self::project::Project;
use self::source::MappingFiles;
use self::tree::Node;
use crate::desired::{Desired, RootCredentials};
use crate::diagnostic::{Diagnostic, FileId, Sources, has_errors};
use crate::value::EnvironmentName;

/// What was found in a mappings folder.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What Vault should hold; there is none while there are errors.
    pub(crate) desired: Option<Desired>,
    /// The project files.
    pub(crate) projects: Vec<Project>,
    /// All that is wrong or doubtful.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub(crate) sources: Sources,
}

/// A project file with its tree.
#[derive(Debug)]
struct ProjectFile {
    file: FileId,
    root: Node,
    project: Project,
}

/// `vault.yaml` with its tree, in which `for_each` is already carried out.
#[derive(Debug)]
struct PlatformFile {
    root: Node,
    platform: Platform,
    credentials: BTreeMap<String, RootCredentials>,
}

/// Reads and checks everything in the folder.
pub(crate) fn load(directory: &Path) -> Loaded {
    let mut diagnostics = Vec::new();
    let mut files = source::read(directory, &mut diagnostics);
    let projects = read_projects(&files, &mut diagnostics);
    let environments = projects
        .iter()
        .flat_map(|file| file.project.environments.keys().cloned());
    let environments: BTreeSet<EnvironmentName> = environments.collect();
    let platform = read_platform(&mut files, &environments, &mut diagnostics);
    let desired = platform.and_then(|platform| {
        checks::check(&platform, &projects, &mut diagnostics);
        let desired = build::desired(&platform, &projects, &mut files, &mut diagnostics);
        (!has_errors(&diagnostics)).then_some(desired)
    });
    Loaded {
        desired,
        projects: projects.into_iter().map(|file| file.project).collect(),
        diagnostics,
        sources: files.sources,
    }
}

fn read_projects(files: &MappingFiles, diagnostics: &mut Vec<Diagnostic>) -> Vec<ProjectFile> {
    let read = files.projects.iter().filter_map(|file| {
        let root = parse::parse(files.sources.text(*file), *file, diagnostics)?;
        let project = decode::decode(&root, diagnostics)?;
        Some(ProjectFile {
            file: *file,
            root,
            project,
        })
    });
    read.collect()
}

fn read_platform(
    files: &mut MappingFiles,
    environments: &BTreeSet<EnvironmentName>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<PlatformFile> {
    let file = files.platform?;
    let mut root = parse::parse(files.sources.text(file), file, diagnostics)?;
    let credentials = credentials::take(&mut root, &mut files.sources, diagnostics);
    credentials::refuse_provider_keys(&root, &mut files.sources, diagnostics);
    expand::expand(&mut root, environments, diagnostics);
    reference::report_outside_policies(&root, diagnostics);
    let platform = decode::decode(&root, diagnostics)?;
    Some(PlatformFile {
        root,
        platform,
        credentials,
    })
}
