//! The group files, compared with each other and with the projects' environments.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::group_roles;
use crate::mappings::loaded::{GroupFile, PlatformFile};
use crate::mappings::mapped_role::{MappedFolder, MappedRole};
use crate::mappings::trees::Trees;
use crate::yaml::{item_span, value_span};

/// Reports two mappings for the same jobs, and two JWT roles of one name.
pub(super) fn check(
    platform: &PlatformFile,
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut ids: HashMap<_, &GroupFile> = HashMap::new();
    for file in folder.files.groups {
        match ids.entry(file.group.id) {
            Entry::Vacant(vacant) => {
                vacant.insert(file);
            }
            Entry::Occupied(other) => {
                let place = |file: &GroupFile| value_span(&trees.of(file.file), ["id"]);
                let id = file.group.id;
                let problem = format!("another file also declares the group {id}");
                diagnostics.push(duplicate(problem, place(file), place(other.get())));
            }
        }
        if file.group.subgroups.contains(&file.group.id) {
            let root = trees.of(file.file);
            let id = file.group.id.to_string();
            diagnostics.push(
                Diagnostic::error(
                    Code::DuplicateGroup,
                    format!("{id} is the group itself"),
                    item_span(&root, ["subgroups"], &id),
                )
                .with_secondary(value_span(&root, ["id"]), "its id")
                .with_help("remove it here: a group's own projects always get its roles"),
            );
        }
    }
    if let Some(rules) = &platform.platform.mappings {
        if let Some(first) = folder.files.groups.first()
            && rules.role_name.may_equal(&rules.group_role_name)
        {
            diagnostics.push(
                Diagnostic::error(
                    Code::DuplicateGroup,
                    "a project's AWS role may have the name of a group's: a project whose number is that of a group would \
                     reach the group's role",
                    value_span(&platform.root, ["mappings", "role_name"]),
                )
                .with_secondary(value_span(&trees.of(first.file), ["id"]), "the first group")
                .with_help(
                    "let `group_role_name` begin with other letters than `role_name`, such as `group-{group_id}-{environment}`",
                ),
            );
        }
        check_jobs(folder, trees, diagnostics);
    }
}

fn check_jobs(folder: &MappedFolder<'_>, trees: &Trees<'_>, diagnostics: &mut Vec<Diagnostic>) {
    // What the names of the groups' JWT roles hold.
    let mut segments: HashMap<String, &MappedRole<'_>> = HashMap::new();
    let of_project = |role: &&MappedRole<'_>| role.mapping.owner.project_id().is_some();
    let (projects, groups): (Vec<_>, Vec<_>) = folder.roles.iter().partition(of_project);
    for role in groups {
        let (Some(id), Some(environment)) =
            (role.mapping.owner.group_id(), &role.mapping.environment)
        else {
            continue;
        };
        match segments.entry(group_roles::segment(id, environment)) {
            Entry::Occupied(other) if is_other_role_of(other.get(), role) => {}
            Entry::Occupied(other) => {
                let problem = format!("another mapping is for `{environment}` of the group {id}");
                let place = trees.mapping(other.get());
                // The subgroups of a file have the same mistakes.
                let is_reported = |one: &Diagnostic| {
                    one.code == Code::DuplicateGroup && one.primary.span == trees.mapping(role)
                };
                if other.get().file == role.file && diagnostics.iter().any(is_reported) {
                    continue;
                }
                let duplicate = duplicate(problem, trees.mapping(role), place);
                diagnostics.push(if other.get().file == role.file {
                    duplicate.with_help("keep one of the two: by `mappings.environments`, both names are of one environment in Vault")
                } else {
                    duplicate
                });
            }
            Entry::Vacant(vacant) => {
                vacant.insert(role);
            }
        }
    }
    for role in projects {
        let Some(environment) = &role.mapping.environment else {
            continue;
        };
        let Some(group) = segments.get(environment.as_str()) else {
            continue;
        };
        diagnostics.push(
            Diagnostic::error(
                Code::DuplicateGroup,
                format!("the JWT role of a group has `{environment}` in its name, as the one of this environment would"),
                trees.mapping(role),
            )
            .with_secondary(trees.mapping(group), "the group's mapping")
            .with_help("rename the environment, here and in the project's pipeline"),
        );
    }
}

/// Whether both are roles of one environment in one file.
fn is_other_role_of(one: &MappedRole<'_>, other: &MappedRole<'_>) -> bool {
    one.file == other.file
        && one.mapping.role.is_some()
        && other.mapping.role.is_some()
        && one.keys[..2] == other.keys[..2]
}

fn duplicate(problem: String, place: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateGroup, problem, place)
        .with_secondary(first, "first here")
        .with_help("write each group and subgroup into one file")
}
