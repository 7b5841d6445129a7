//! The AWS roles that the mappings become.

use std::rc::Rc;
use std::time::SystemTime;

use super::loaded::{GroupFile, Loaded, PlatformFile, ProjectFile};
use super::mapping_entry::MappingEntry;
use super::platform::MappingRules;
use super::project::written;
use crate::desired::{Mapping, MappingOwner};
use crate::diagnostic::FileId;
use crate::value::{Date, EnvironmentNames};

/// The files in `projects/`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProjectsFolder<'f> {
    /// Those of projects.
    pub(crate) projects: &'f [ProjectFile],
    /// Those of groups.
    pub(crate) groups: &'f [GroupFile],
    /// The time that decides which mappings have expired.
    pub(crate) now: SystemTime,
}

/// The files in `projects/`, and every AWS role that their mappings become.
#[derive(Debug)]
pub(crate) struct MappedFolder<'f> {
    /// The files.
    pub(crate) files: ProjectsFolder<'f>,
    /// The roles; none without `mappings` in `vault.yaml`.
    pub(crate) roles: Vec<MappedRole<'f>>,
}

/// A mapping, and the AWS role that it becomes.
#[derive(Debug)]
pub(crate) struct MappedRole<'f> {
    /// The role's name.
    pub(crate) name: String,
    /// Whose jobs get it.
    pub(crate) mapping: Mapping,
    /// What the file says of it.
    pub(crate) entry: &'f MappingEntry,
    /// The file.
    pub(crate) file: FileId,
    /// The keys that lead to it in the file.
    pub(crate) keys: Vec<&'f str>,
}

impl Loaded {
    /// The files of projects and groups.
    pub(crate) fn folder(&self) -> ProjectsFolder<'_> {
        ProjectsFolder {
            projects: &self.projects,
            groups: &self.groups,
            now: self.now,
        }
    }
}

impl<'f> ProjectsFolder<'f> {
    /// With the roles by the rules of the platform.
    pub(super) fn mapped(self, platform: Option<&'f PlatformFile>) -> MappedFolder<'f> {
        let rules = platform.and_then(|file| file.platform.mappings.as_ref());
        let roles = rules.map(|rules| self.roles(rules).collect());
        MappedFolder {
            files: self,
            roles: roles.unwrap_or_default(),
        }
    }

    /// Every AWS role that the mappings become: a project's mapping becomes one, a group's one for each of its ids. Those of
    /// environments whose names Vault can't hold are left out.
    pub(crate) fn roles(self, rules: &'f MappingRules) -> impl Iterator<Item = MappedRole<'f>> {
        let names = Rc::new(rules.environments.names());
        let of_groups = Rc::clone(&names);
        let projects = self.projects.iter();
        let projects = projects.flat_map(move |file| of_project(file, rules, &names));
        let groups = self.groups.iter();
        projects.chain(groups.flat_map(move |file| of_group(file, rules, &of_groups)))
    }
}

fn of_project<'f>(
    file: &'f ProjectFile,
    rules: &'f MappingRules,
    names: &EnvironmentNames,
) -> Vec<MappedRole<'f>> {
    let ProjectFile { file, project, .. } = file;
    let mappings = project.mappings().filter_map(|written| {
        let environment = match written.environment {
            Some(environment) => Some(names.resolve(environment.as_str())?),
            None => None,
        };
        let name = environment
            .as_ref()
            .map(|name| name.with_role(written.role));
        Some(MappedRole {
            name: rules.role_name.of(project.id, name.as_deref()),
            mapping: Mapping {
                owner: MappingOwner::Project {
                    path: project.project.clone(),
                    id: project.id,
                },
                environment,
                role: written.role.cloned(),
                role_arn: written.entry.role_arn.clone(),
                expires: earliest(written.entry, project.expires),
            },
            entry: written.entry,
            file: *file,
            keys: written.keys().collect(),
        })
    });
    mappings.collect()
}

fn of_group<'f>(
    file: &'f GroupFile,
    rules: &'f MappingRules,
    names: &EnvironmentNames,
) -> Vec<MappedRole<'f>> {
    let GroupFile { file, group, .. } = file;
    let mut roles = Vec::new();
    for mapping in written(&group.environments) {
        let resolved = mapping
            .environment
            .and_then(|name| names.resolve(name.as_str()));
        let Some(environment) = resolved else {
            continue;
        };
        let name = environment.with_role(mapping.role);
        roles.extend(group.ids().map(|id| MappedRole {
            name: rules.group_role_name.of(id, &name),
            mapping: Mapping {
                owner: MappingOwner::Group {
                    path: group.group.clone(),
                    group: group.id,
                    id,
                },
                environment: Some(environment.clone()),
                role: mapping.role.cloned(),
                role_arn: mapping.entry.role_arn.clone(),
                expires: earliest(mapping.entry, group.expires),
            },
            entry: mapping.entry,
            file: *file,
            keys: mapping.keys().collect(),
        }));
    }
    roles
}

/// The last day of a mapping: its own, or that of all mappings of its file.
fn earliest(entry: &MappingEntry, of_file: Option<Date>) -> Option<Date> {
    entry.expires.into_iter().chain(of_file).min()
}
