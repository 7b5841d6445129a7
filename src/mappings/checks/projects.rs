//! The project files against each other and against the platform.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use globset::GlobSet;

use super::super::decode::was_reported;
use super::super::platform::MappingRules;
use super::super::project::Mapping;
use super::super::tree::{self, Node};
use super::super::{PlatformFile, ProjectFile, build};
use super::{Bounded, declares, key_span, ownership, secrets, value_span};
use crate::diagnostic::{Diagnostic, Span};
use crate::value::{AwsRoleName, ProjectId};

/// Two files for one project would each overrule the other.
pub(super) fn check_twins(projects: &[ProjectFile], diagnostics: &mut Vec<Diagnostic>) {
    report_twins(projects, "project", same_path, diagnostics);
    report_twins(projects, "id", |file| file.project.id, diagnostics);
}

/// GitLab's paths are the same in upper and lower case.
fn same_path(file: &ProjectFile) -> String {
    file.project.project.as_str().to_ascii_lowercase()
}

fn report_twins<K: Eq + Hash>(
    projects: &[ProjectFile],
    key: &str,
    value: impl Fn(&ProjectFile) -> K,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut first: HashMap<K, &ProjectFile> = HashMap::with_capacity(projects.len());
    for file in projects {
        match first.entry(value(file)) {
            Entry::Vacant(vacant) => {
                vacant.insert(file);
            }
            Entry::Occupied(other) if key == "id" && same_path(other.get()) == same_path(file) => {}
            Entry::Occupied(other) => {
                let (message, help) = match key {
                    "id" => (
                        format!("another project has the id {} too", file.project.id),
                        "write each project's own id: GitLab shows it on the project's page",
                    ),
                    _ => (
                        format!("another file is about {} too", file.project.project),
                        "write all environments of a project into one file",
                    ),
                };
                diagnostics.push(
                    Diagnostic::error("duplicate-project", message, value_span(&file.root, [key]))
                        .with_secondary(value_span(&other.get().root, [key]), "first here")
                        .with_help(help),
                );
            }
        }
    }
}

pub(super) fn check(
    file: &PlatformFile,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(rules) = &file.platform.mappings else {
        if let Some(first) = projects
            .first()
            .filter(|_| !was_reported(&file.root, "mappings"))
        {
            diagnostics.push(no_rules(file, first));
        }
        return;
    };
    if !declares(&file.root, "secrets", rules.secrets.as_str()) {
        diagnostics.push(
            Diagnostic::error(
                "reference",
                format!("these files have no secrets mount `{}`", rules.secrets),
                value_span(&file.root, ["mappings", "secrets"]),
            )
            .with_help("write the path of one that is under `secrets`, or add it there"),
        );
    }
    check_roles(file, rules, projects, diagnostics);
}

fn no_rules(file: &PlatformFile, first: &ProjectFile) -> Diagnostic {
    Diagnostic::error(
        "missing-key",
        "`mappings` is missing: nothing says which engine gets the roles of the projects",
        file.root.span.begin(),
    )
    .with_secondary(key_span(&first.root, ["project"]), "the first project")
    .with_help("add `mappings: {secrets: aws, role_name: \"{project_id}-{environment}\"}` with the path of an engine under `secrets`")
}

/// Every mapping becomes a role with a name of its own, in an account that is allowed.
fn check_roles(
    file: &PlatformFile,
    rules: &MappingRules,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let unmanaged = build::unmanaged(&file.platform).aws_roles;
    let accounts = secrets::allowed_accounts(file);
    let path = ["secrets", rules.secrets.as_str(), "roles"];
    let shared = file.root.at(path).map(Node::entries).unwrap_or_default();
    let mut owners: HashMap<String, Owner> = shared
        .iter()
        .map(|role| (role.key.clone(), Owner::shared(role)))
        .collect();
    for project in projects {
        for role in roles(project, rules) {
            diagnostics.extend(check_name(&role, file, &unmanaged));
            let arn = &role.mapping.role_arn;
            diagnostics.extend(secrets::outside(arn, accounts, role.arn_span()));
            role.ttls().check(role.node(), diagnostics);
            match owners.entry(role.name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Owner::project(role.entry, project.project.id));
                }
                // Two files with one id have been reported as such.
                Entry::Occupied(other) if other.get().project == Some(project.project.id) => {}
                Entry::Occupied(other) => diagnostics.push(
                    Diagnostic::error(
                        "duplicate-role",
                        format!(
                            "this becomes the role `{}`, and there is one of that name already",
                            other.key()
                        ),
                        role.entry.key_span,
                    )
                    .with_secondary(other.get().span, "the other one")
                    .with_help(
                        "rename or remove one of the two: one team would get the other's credentials",
                    ),
                ),
            }
        }
    }
}

/// Where a role's name comes from.
struct Owner {
    span: Span,
    /// None for the shared roles of vault.yaml.
    project: Option<ProjectId>,
}

impl Owner {
    fn shared(entry: &tree::Entry) -> Self {
        Self {
            span: entry.key_span,
            project: None,
        }
    }

    fn project(entry: &tree::Entry, id: ProjectId) -> Self {
        Self {
            span: entry.key_span,
            project: Some(id),
        }
    }
}

/// A mapping with the role that it becomes.
struct MappedRole<'f> {
    name: String,
    mapping: &'f Mapping,
    entry: &'f tree::Entry,
}

impl MappedRole<'_> {
    fn node(&self) -> &Node {
        &self.entry.value
    }

    fn arn_span(&self) -> Span {
        let arn = self.node().at(["role_arn"]);
        arn.unwrap_or(self.node()).span
    }

    fn ttls(&self) -> Bounded {
        Bounded {
            ttl: ("default_sts_ttl", self.mapping.default_sts_ttl),
            max: ("max_sts_ttl", self.mapping.max_sts_ttl),
        }
    }
}

fn roles<'f>(
    file: &'f ProjectFile,
    rules: &'f MappingRules,
) -> impl Iterator<Item = MappedRole<'f>> {
    let project = &file.project;
    let entries = file.root.at(["environments"]);
    let environments = project
        .environments
        .iter()
        .filter_map(move |(environment, mapping)| {
            Some(MappedRole {
                name: rules.role_name.name(project.id, environment.as_str()),
                mapping,
                entry: entries?.entry(environment.as_str())?,
            })
        });
    let default = project.default.iter().filter_map(|mapping| {
        Some(MappedRole {
            name: rules.role_name.default_name(project.id),
            mapping,
            entry: file.root.entry("default")?,
        })
    });
    environments.chain(default)
}

fn check_name(
    role: &MappedRole<'_>,
    file: &PlatformFile,
    unmanaged: &GlobSet,
) -> Option<Diagnostic> {
    let span = role.entry.key_span;
    if let Err(invalid) = AwsRoleName::try_from(role.name.clone()) {
        return Some(Diagnostic::error("role-name", invalid.problem, span).with_help(invalid.help));
    }
    unmanaged.is_match(&role.name).then(|| {
        Diagnostic::error(
            "unmanaged",
            format!("this becomes the role `{}`, which is left alone", role.name),
            span,
        )
        .with_secondary(
            ownership::covering_span(&file.root, "aws_roles", &role.name),
            "leaves it alone",
        )
        .with_help("narrow the glob, so that it leaves this role out")
    })
}
