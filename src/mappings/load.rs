//! Reads and checks a mappings folder.

use std::path::Path;
use std::time::SystemTime;

use rayon::prelude::*;

use super::environments::{Environments, KnownEnvironment};
use super::group_roles::GroupJobs;
use super::loaded::{ContractFile, GroupFile, Loaded, PlatformFile, ProjectFile};
use super::mapped_role::ProjectsFolder;
use super::trees::Trees;
use super::used_environments;
use super::{allow_places, build, checks, credentials, for_each, policies, redact, reference};
use crate::diagnostic::{Code, Diagnostic, FileId, Span, has_errors};
use crate::files::{self, Edits, MappingFiles};
use crate::value::EnvironmentName;
use crate::yaml::{self, Node};

/// Reads and checks everything in the folder, as of a time.
pub(crate) fn load(directory: &Path, now: SystemTime) -> Loaded {
    load_with(directory, &Edits::new(), now)
}

/// What a `vault.yaml` with this text asks for, for tests of what comes after the files.
#[cfg(test)]
pub(crate) fn desired_of(platform: &str) -> crate::desired::Desired {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("vault.yaml"), platform).expect("it can be written");
    let loaded = load(folder.path(), SystemTime::now());
    let messages = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| &diagnostic.message);
    let messages: Vec<_> = messages.collect();
    loaded.desired.unwrap_or_else(|| panic!("{messages:?}"))
}

/// [`load`] of a folder that messages call by another name.
pub(crate) fn load_as(directory: &Path, name: &Path, now: SystemTime) -> Loaded {
    let mut diagnostics = Vec::new();
    let files = files::read_as(directory, name, &mut diagnostics);
    load_files(files, now, diagnostics)
}

/// [`load`] with edits that are not written yet.
pub(crate) fn load_with(directory: &Path, edits: &Edits, now: SystemTime) -> Loaded {
    let mut diagnostics = Vec::new();
    let files = files::read(directory, edits, &mut diagnostics);
    load_files(files, now, diagnostics)
}

fn load_files(
    mut files: MappingFiles,
    now: SystemTime,
    mut diagnostics: Vec<Diagnostic>,
) -> Loaded {
    let (projects, groups) = read_projects(&files, &mut diagnostics);
    let folder = ProjectsFolder {
        projects: &projects,
        groups: &groups,
        now,
    };
    let root = parse_platform(&files, &mut diagnostics);
    let platform = root.and_then(|root| {
        let (environments, group_jobs) = used_environments::find(&root, folder, &files.sources);
        if environments.is_empty() {
            check_copies(root.clone(), now, &mut files, &mut diagnostics);
        }
        decode_platform(root, &environments, &group_jobs, &mut diagnostics)
    });
    let contract = read_contract(&files, &mut diagnostics);
    checks::check_places(&files, folder, &mut diagnostics);
    let mapped = folder.mapped(platform.as_ref());
    checks::check(
        platform.as_ref(),
        &mapped,
        &Trees::new(&files.sources),
        &mut diagnostics,
    );
    if let Some(contract) = &contract {
        checks::check_contract(contract, &projects, &mut diagnostics);
    }
    let readable = platform.as_ref().map(|platform| {
        let policies = policies::texts(platform, &mut files, &mut diagnostics);
        let digest = files.digest();
        let mut desired = build::desired(platform, mapped, policies, digest);
        policies::generate(platform, &mut desired, &mut diagnostics);
        desired
    });
    let (desired, readable) = if has_errors(&diagnostics) {
        (None, readable)
    } else {
        (readable, None)
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
        groups,
        contract,
        now,
        diagnostics,
        sources: files.sources,
    }
}

/// A file in `projects/`.
pub(super) enum ReadFile {
    Project(ProjectFile),
    Group(GroupFile),
}

/// The files of projects and groups that can be decoded, in the order of their paths. Every core takes a share: there are
/// thousands.
pub(super) fn read_projects(
    files: &MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<ProjectFile>, Vec<GroupFile>) {
    let read = |file: &FileId| {
        let mut diagnostics = Vec::new();
        let project = read_project(files.sources.text(*file), *file, &mut diagnostics);
        (project, diagnostics)
    };
    let (read, found): (Vec<_>, Vec<_>) = files.projects.par_iter().map(read).unzip();
    diagnostics.extend(found.into_iter().flatten());
    let (mut projects, mut groups) = (Vec::with_capacity(read.len()), Vec::new());
    for file in read.into_iter().flatten() {
        match file {
            ReadFile::Project(file) => projects.push(file),
            ReadFile::Group(file) => groups.push(file),
        }
    }
    (projects, groups)
}

pub(super) fn read_project(
    text: &str,
    file: FileId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ReadFile> {
    let mut root = yaml::parse(text, file, diagnostics)?;
    if let (Some(group), Some(project)) = (root.entry("group"), root.entry("project")) {
        diagnostics.push(
            Diagnostic::error(
                Code::UnknownKey,
                "a file is for a project or for a group, and not for both",
                project.key_span.max(group.key_span),
            )
            .with_secondary(project.key_span.min(group.key_span), "the other one")
            .with_help("remove one of the two; a group has a file of its own, `group.yaml`"),
        );
        return None;
    }
    if root.entry("group").is_some() {
        let group = yaml::decode(&mut root, diagnostics)?;
        return Some(ReadFile::Group(GroupFile {
            file,
            allows: allow_places::of_group(&group, &root),
            group,
        }));
    }
    let project = yaml::decode(&mut root, diagnostics)?;
    Some(ReadFile::Project(ProjectFile {
        file,
        allows: allow_places::of_project(&project, &root),
        project,
    }))
}

fn read_contract(files: &MappingFiles, diagnostics: &mut Vec<Diagnostic>) -> Option<ContractFile> {
    let file = files.contract?;
    let mut root = yaml::parse(files.sources.text(file), file, diagnostics)?;
    let contract = yaml::decode(&mut root, diagnostics)?;
    Some(ContractFile { root, contract })
}

/// Checks what `for_each` copies while there is no environment yet, so that the first project does not reveal mistakes.
fn check_copies(
    root: Node,
    now: SystemTime,
    files: &mut MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let (Some(file), Ok(name)) = (files.platform, "environment".parse::<EnvironmentName>()) else {
        return;
    };
    let mut known = KnownEnvironment::undeclared(&name, false, Span::top(file), String::new());
    known.roles.extend("role".parse());
    let environments = Environments::from([(name, known)]);
    // Other mistakes are found twice, and shown once.
    if let Some(platform) = decode_platform(root, &environments, &[], diagnostics) {
        let folder = ProjectsFolder {
            projects: &[],
            groups: &[],
            now,
        };
        checks::check(
            Some(&platform),
            &folder.mapped(Some(&platform)),
            &Trees::new(&files.sources),
            diagnostics,
        );
        policies::texts(&platform, files, diagnostics);
    }
}

fn parse_platform(files: &MappingFiles, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let file = files.platform?;
    let mut root = yaml::parse(files.sources.text(file), file, diagnostics)?;
    credentials::refuse_literals(&mut root, diagnostics);
    Some(root)
}

fn decode_platform(
    mut root: Node,
    environments: &Environments,
    groups: &[GroupJobs],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<PlatformFile> {
    let policy_prefixes = for_each::expand(&mut root, environments, groups, diagnostics);
    reference::report_outside_policies(&root, diagnostics);
    let platform = yaml::decode(&mut root, diagnostics)?;
    Some(PlatformFile {
        allows: allow_places::of_platform(&platform, &root),
        root,
        platform,
        policy_prefixes,
    })
}
