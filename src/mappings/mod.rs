//! Files -> Desired: reads, decodes and checks the mappings folder.
//!
//! [`source`] reads the files, [`parse`] makes a [`tree`] of each that remembers where everything stands, [`decode`]
//! turns trees into types, [`checks`] hold the types against each other. Each step reports all that it finds and
//! hands on what is left, so that one run shows every mistake in every file.

mod allow;
mod build;
mod checks;
mod credentials;
mod decode;
mod edit;
mod expand;
mod parse;
mod placeholder;
pub(crate) mod platform;
mod policies;
pub(crate) mod project;
mod redact;
mod reference;
mod scalar;
mod schema;
mod source;
mod syntax;
mod tree;
mod trees;

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::Path;
use std::thread;

pub(crate) use allow::Allow;
pub(crate) use checks::{item_span, key_span, value_span};
pub(crate) use edit::{Addition, Edited, NewMapping, edit};
pub(crate) use schema::schema;
pub(crate) use source::file_stem;
pub(crate) use tree::Node;
pub(crate) use trees::Trees;

use self::platform::Platform;
use self::project::Project;
use self::source::{Edit, MappingFiles};
use crate::desired::{Desired, RootCredentials};
use crate::diagnostic::{Diagnostic, FileId, Sources, Span, has_errors};
use crate::value::EnvironmentName;

/// What was found in a mappings folder.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What Vault should hold; there is none while there are errors.
    pub(crate) desired: Option<Desired>,
    /// `vault.yaml`, if it could be read.
    pub(crate) platform: Option<PlatformFile>,
    /// The project files.
    pub(crate) projects: Vec<ProjectFile>,
    /// All that is wrong or doubtful.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub(crate) sources: Sources,
}

impl Loaded {
    /// Nothing but the reason why the files were left as they are.
    fn refused(diagnostic: Diagnostic, mut sources: Sources) -> Self {
        let diagnostics = vec![diagnostic];
        redact::hide_secrets(&diagnostics, &mut sources);
        Self {
            desired: None,
            platform: None,
            projects: Vec::new(),
            diagnostics,
            sources,
        }
    }
}

/// A project file.
#[derive(Debug)]
pub(crate) struct ProjectFile {
    file: FileId,
    /// What it says.
    pub(crate) project: Project,
    /// The lints that are allowed in it.
    pub(crate) allows: Vec<Allow>,
}

/// `vault.yaml` with its tree, in which `for_each` is already carried out.
#[derive(Debug)]
pub(crate) struct PlatformFile {
    /// The tree.
    pub(crate) root: Node,
    /// What it says.
    pub(crate) platform: Platform,
    /// The lints that are allowed in it.
    pub(crate) allows: Vec<Allow>,
    credentials: BTreeMap<String, RootCredentials>,
    policy_prefixes: BTreeSet<String>,
}

/// The environments of all project files, each with the place that names it first.
type Environments = BTreeMap<EnvironmentName, Span>;

/// Reads and checks everything in the folder.
pub(crate) fn load(directory: &Path) -> Loaded {
    load_with(directory, None)
}

/// [`load`] as if an edit were already written.
fn load_with(directory: &Path, edit: Option<&Edit>) -> Loaded {
    let mut diagnostics = Vec::new();
    let mut files = source::read(directory, edit, &mut diagnostics);
    let projects = read_projects(&files, &mut diagnostics);
    let environments = environments(&projects, &files.sources);
    if environments.is_empty() {
        check_copies(&mut files, &mut diagnostics);
    }
    let platform = read_platform(&files, &environments, &mut diagnostics);
    checks::check(
        platform.as_ref(),
        &projects,
        &Trees::new(&files.sources),
        &mut diagnostics,
    );
    let desired = platform.as_ref().and_then(|platform| {
        let policies = policies::texts(platform, &mut files, &mut diagnostics);
        let digest = build::digest(&files);
        let desired = build::desired(platform, &projects, policies, digest);
        (!has_errors(&diagnostics)).then_some(desired)
    });
    redact::hide_secrets(&diagnostics, &mut files.sources);
    // The copies of one role or policy have the same mistakes.
    diagnostics.sort();
    diagnostics.dedup();
    Loaded {
        desired,
        platform,
        projects,
        diagnostics,
        sources: files.sources,
    }
}

/// The project files that say something, in the order of their paths. Threads share them: there are thousands.
fn read_projects(files: &MappingFiles, diagnostics: &mut Vec<Diagnostic>) -> Vec<ProjectFile> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = files.projects.len().div_ceil(threads).max(1);
    let mut projects = Vec::with_capacity(files.projects.len());
    thread::scope(|scope| {
        let chunks = files.projects.chunks(share);
        let workers: Vec<_> = chunks
            .map(|chunk| scope.spawn(|| read_chunk(chunk, &files.sources)))
            .collect();
        for worker in workers {
            let read = worker.join();
            let (read, found) = read.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            projects.extend(read);
            diagnostics.extend(found);
        }
    });
    projects
}

fn read_chunk(chunk: &[FileId], sources: &Sources) -> (Vec<ProjectFile>, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let read = chunk
        .iter()
        .filter_map(|file| read_project(sources.text(*file), *file, &mut diagnostics));
    (read.collect(), diagnostics)
}

fn read_project(
    text: &str,
    file: FileId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ProjectFile> {
    let mut root = parse::parse(text, file, diagnostics)?;
    let allows = allow::take_from_project(&mut root, diagnostics);
    let project = decode::decode(&mut root, diagnostics)?;
    Some(ProjectFile {
        file,
        project,
        allows,
    })
}

/// Checks what `for_each` copies while there is no environment yet: the first project must not find the mistakes.
fn check_copies(files: &mut MappingFiles, diagnostics: &mut Vec<Diagnostic>) {
    let (Some(file), Ok(environment)) = (files.platform, "environment".parse()) else {
        return;
    };
    let environments = Environments::from([(environment, Span::top(file))]);
    // What is wrong besides is found again, and told once.
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
    let mut root = parse::parse(files.sources.text(file), file, diagnostics)?;
    let allows = allow::take_from_platform(&mut root, diagnostics);
    let credentials = credentials::take(&mut root, diagnostics);
    credentials::refuse_provider_keys(&root, diagnostics);
    let policy_prefixes = expand::expand(&mut root, environments, diagnostics);
    reference::report_outside_policies(&root, diagnostics);
    let platform = decode::decode(&mut root, diagnostics)?;
    Some(PlatformFile {
        root,
        platform,
        allows,
        credentials,
        policy_prefixes,
    })
}
