//! The project files, compared with each other and with the platform.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::session_ttl::{self, Longest, sts_ttls};
use super::tree::declares;
use super::{ownership, secrets};
use crate::desired::Unmanaged;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::loaded::{PlatformFile, ProjectFile};
use crate::mappings::platform::MappingRules;
use crate::mappings::project::{MappingEntry, keys_of};
use crate::mappings::trees::Trees;
use crate::resource::{CredentialType, Kind};
use crate::value::{AwsRoleName, EnvironmentName, EnvironmentNames, GitLabEnvironment};
use crate::yaml::{Node, key_span, value_span};

/// Reports two files for one project: each would overrule the other.
pub(super) fn check_duplicates(
    projects: &[ProjectFile],
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    report_duplicates(projects, trees, "project", same_path, diagnostics);
    report_duplicates(projects, trees, "id", |file| file.project.id, diagnostics);
}

/// GitLab's paths ignore case.
fn same_path(file: &ProjectFile) -> String {
    file.project.project.as_str().to_ascii_lowercase()
}

fn report_duplicates<K: Eq + Hash>(
    projects: &[ProjectFile],
    trees: &Trees<'_>,
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
                        format!("another project also has the id {}", file.project.id),
                        "write each project's own id: GitLab shows it on the project's page",
                    ),
                    _ => (
                        format!(
                            "another file also declares the project {}",
                            file.project.project
                        ),
                        "write all environments of a project into one file",
                    ),
                };
                let place = |file: &ProjectFile| value_span(&trees.of(file), [key]);
                diagnostics.push(
                    Diagnostic::error(Code::DuplicateProject, message, place(file))
                        .with_secondary(place(other.get()), "first here")
                        .with_help(help),
                );
            }
        }
    }
}

pub(super) fn check(
    file: &PlatformFile,
    projects: &[ProjectFile],
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(rules) = &file.platform.mappings else {
        if let Some(first) = projects
            .first()
            .filter(|_| !file.root.was_reported("mappings"))
        {
            diagnostics.push(no_rules(file, &trees.of(first)));
        }
        return;
    };
    check_engine(file, rules, diagnostics);
    check_roles(file, rules, projects, trees, diagnostics);
}

/// The roles of the projects need an engine that can hold them.
fn check_engine(file: &PlatformFile, rules: &MappingRules, diagnostics: &mut Vec<Diagnostic>) {
    let path = rules.secrets.as_str();
    let place = || value_span(&file.root, ["mappings", "secrets"]);
    if !declares(&file.root, "secrets", path) {
        diagnostics.push(
            Diagnostic::error(
                Code::Reference,
                format!("these files have no secrets mount `{path}`"),
                place(),
            )
            .with_help("write the path of one that is under `secrets`, or add it there"),
        );
        return;
    }
    let entry = file.platform.secrets.get(path);
    if let Some(entry) = entry.filter(|entry| !entry.is_aws()) {
        diagnostics.push(
            Diagnostic::error(
                Code::Reference,
                format!(
                    "`{path}` is of type `{}`, which has no AWS roles",
                    entry.r#type
                ),
                place(),
            )
            .with_secondary(
                value_span(&file.root, ["secrets", path, "type"]),
                "its type",
            )
            .with_help("write the path of an engine with `type: aws`"),
        );
    }
}

fn no_rules(file: &PlatformFile, first: &Node) -> Diagnostic {
    Diagnostic::error(
        Code::MissingKey,
        "`mappings` is missing: it names the engine for the roles of the projects",
        file.root.span.begin(),
    )
    .with_secondary(key_span(first, ["project"]), "the first project")
    .with_help("add `mappings: {secrets: aws, role_name: \"{project_id}-{environment}\"}` with the path of an engine under `secrets`")
}

/// Checks that every mapping becomes a role with a unique name, in an account that is allowed.
fn check_roles(
    file: &PlatformFile,
    rules: &MappingRules,
    projects: &[ProjectFile],
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let unmanaged = file.platform.unmanaged.unmanaged();
    let accounts = secrets::allowed_accounts(file);
    let path = ["secrets", rules.secrets.as_str(), "roles"];
    let shared = file.root.at(path).map(Node::entries).unwrap_or_default();
    let mut owners: HashMap<String, Owner<'_>> = shared
        .iter()
        .map(|role| (role.key.clone(), Owner::Platform(role.key_span)))
        .collect();
    let engine = file.platform.secrets.get(&rules.secrets);
    let longest = engine.and_then(|engine| Longest::of(CredentialType::AssumedRole, engine));
    let names = rules.environments.names();
    for project in projects {
        for (name, role) in roles(project, rules, &names) {
            let span = || role.span(trees);
            diagnostics.extend(check_name(&name, span, file, &unmanaged));
            let arn_span = || role.value_span(trees, "role_arn");
            let arn = &role.mapping.role_arn;
            diagnostics.extend(secrets::outside(arn, accounts, arn_span));
            let ttls = sts_ttls(role.mapping.default_sts_ttl, role.mapping.max_sts_ttl);
            session_ttl::check(
                &ttls,
                longest,
                |key| role.value_span(trees, key),
                diagnostics,
            );
            match owners.entry(name) {
                Entry::Vacant(vacant) => {
                    vacant.insert(Owner::Project(role));
                }
                // Two files with one id have been reported as such.
                Entry::Occupied(other) if other.get().is_another_file_of(project) => {}
                Entry::Occupied(other) => diagnostics.push(
                    Diagnostic::error(
                        Code::DuplicateRole,
                        format!(
                            "this becomes the role `{}`, and another role has this name",
                            other.key()
                        ),
                        span(),
                    )
                    .with_secondary(other.get().span(trees), "the other one")
                    .with_help(
                        "rename or remove one of the two: otherwise one team would get the other's credentials",
                    ),
                ),
            }
        }
    }
}

/// The source of a role's name.
enum Owner<'f> {
    /// A shared role of vault.yaml.
    Platform(Span),
    Project(MappedRole<'f>),
}

impl Owner<'_> {
    fn is_another_file_of(&self, file: &ProjectFile) -> bool {
        matches!(self, Self::Project(role) if role.file.project.id == file.project.id && role.file.file != file.file)
    }

    fn span(&self, trees: &Trees<'_>) -> Span {
        match self {
            Self::Platform(span) => *span,
            Self::Project(role) => role.span(trees),
        }
    }
}

/// A mapping that becomes a role.
struct MappedRole<'f> {
    mapping: &'f MappingEntry,
    file: &'f ProjectFile,
    /// None for the default.
    environment: Option<&'f str>,
}

impl MappedRole<'_> {
    /// Its place.
    fn span(&self, trees: &Trees<'_>) -> Span {
        trees.mapping(self.file, self.environment)
    }

    /// The place of one of its settings, or of the ARN if it has no settings.
    fn value_span(&self, trees: &Trees<'_>, key: &str) -> Span {
        let (root, keys) = (trees.of(self.file), keys_of(self.environment));
        match root.at(keys.clone().chain([key])) {
            Some(node) => node.span,
            None => value_span(&root, keys),
        }
    }
}

/// The roles that a project's mappings become, by name; not those of environments whose names Vault can't hold.
fn roles<'f>(
    file: &'f ProjectFile,
    rules: &'f MappingRules,
    names: &'f EnvironmentNames,
) -> impl Iterator<Item = (String, MappedRole<'f>)> {
    let mappings = file.project.mappings();
    mappings.filter_map(|(environment, mapping)| {
        let environment = environment.map(GitLabEnvironment::as_str);
        let resolved = match environment {
            Some(environment) => Some(names.resolve(environment)?),
            None => None,
        };
        let resolved = resolved.as_ref().map(EnvironmentName::as_str);
        let name = rules.role_name.of(file.project.id, resolved);
        let role = MappedRole {
            mapping,
            file,
            environment,
        };
        Some((name, role))
    })
}

fn check_name(
    name: &str,
    span: impl Fn() -> Span,
    file: &PlatformFile,
    unmanaged: &Unmanaged,
) -> Option<Diagnostic> {
    if let Err(invalid) = AwsRoleName::try_from(name.to_owned()) {
        let error = Diagnostic::error(Code::RoleName, invalid.problem, span());
        return Some(error.with_help(invalid.help));
    }
    let key = Kind::AwsRole.unmanaged()?;
    unmanaged.covers(Kind::AwsRole, name).then(|| {
        Diagnostic::error(
            Code::Unmanaged,
            format!("this becomes the role `{name}`, which is left alone"),
            span(),
        )
        .with_secondary(
            ownership::covering_span(&file.root, key, name),
            "leaves it alone",
        )
        .with_help("narrow the glob, so that it leaves this role out")
    })
}
