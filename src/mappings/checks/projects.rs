//! The project files, compared with each other and with the platform.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use super::session_ttl::{self, Longest, sts_ttls};
use super::tree::declares;
use super::{ownership, secrets, session};
use crate::desired::Unmanaged;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::loaded::{PlatformFile, ProjectFile};
use crate::mappings::mapped_role::{MappedFolder, MappedRole, ProjectsFolder};
use crate::mappings::platform::MappingRules;
use crate::mappings::session_tags;
use crate::mappings::trees::Trees;
use crate::resource::{CredentialType, Kind};
use crate::value::AwsRoleName;
use crate::yaml::{Node, key_span, value_span};

/// Reports two files for one project: each would overrule the other.
pub(super) fn check_duplicates(
    folder: ProjectsFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let projects = folder.projects;
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
                let place = |file: &ProjectFile| value_span(&trees.of(file.file), [key]);
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
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(rules) = &file.platform.mappings else {
        let project = folder.files.projects.first();
        let project = project.map(|project| (project.file, "project"));
        let group = folder
            .files
            .groups
            .first()
            .map(|group| (group.file, "group"));
        if let Some((first, key)) = project.or(group)
            && !file.root.was_reported("mappings")
        {
            diagnostics.push(no_rules(file, key_span(&trees.of(first), [key]), key));
        }
        return;
    };
    check_engine(file, rules, diagnostics);
    check_roles(file, rules, folder, trees, diagnostics);
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

fn no_rules(file: &PlatformFile, first: Span, of: &str) -> Diagnostic {
    Diagnostic::error(
        Code::MissingKey,
        "`mappings` is missing: it names the engine for the roles of the projects",
        file.root.span.begin(),
    )
    .with_secondary(first, format!("the first {of}"))
    .with_help("add `mappings: {secrets: aws, role_name: \"{project_id}-{environment}\"}` with the path of an engine under `secrets`")
}

/// Checks that every mapping becomes a role with a unique name, in an account that is allowed.
fn check_roles(
    file: &PlatformFile,
    rules: &MappingRules,
    folder: &MappedFolder<'_>,
    trees: &Trees<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let unmanaged = file.platform.unmanaged.unmanaged();
    let accounts = secrets::allowed_accounts(file);
    let path = ["secrets", rules.secrets.as_str(), "roles"];
    let shared = file.root.at(path).map(Node::entries).unwrap_or_default();
    let mut owners: HashMap<String, RoleSource<'_>> = shared
        .iter()
        .map(|role| (role.key.clone(), RoleSource::Platform(role.key_span)))
        .collect();
    let engine = file.platform.secrets.get(&rules.secrets);
    let longest = engine.and_then(|engine| Longest::of(CredentialType::AssumedRole, engine));
    for role in &folder.roles {
        let span = || trees.mapping(role);
        diagnostics.extend(check_name(&role.name, span, file, &unmanaged));
        let arn_span = || trees.setting(role, "role_arn");
        let arn = &role.entry.role_arn;
        diagnostics.extend(secrets::outside(arn, accounts, arn_span));
        let ttls = sts_ttls(role.entry.default_sts_ttl, role.entry.max_sts_ttl);
        session_ttl::check(&ttls, longest, |key| trees.setting(role, key), diagnostics);
        session::check(
            &role.entry.aws_role(&role.mapping),
            &session_tags::placeholders(&role.mapping),
            |keys| trees.setting_at(role, keys),
            diagnostics,
        );
        match owners.entry(role.name.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(RoleSource::Mapping(role));
            }
            // Two files with one id have been reported as such.
            Entry::Occupied(other) if other.get().is_same(role) => {}
            // So are names of roles that meet, and two mappings of a group.
            Entry::Occupied(_) if is_reported(diagnostics, span()) => {}
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
                .with_help(if other.get().is_in_file_of(role) {
                    "keep one of the two: by `mappings.environments`, both names are of one environment in Vault"
                } else {
                    "rename or remove one of the two: otherwise one team would get the other's credentials"
                }),
            ),
        }
    }
}

/// Whether another check has found that two mappings have one name.
fn is_reported(diagnostics: &[Diagnostic], place: Span) -> bool {
    diagnostics.iter().any(|one| {
        let is_about_names = matches!(one.code, Code::DuplicateRole | Code::DuplicateGroup);
        is_about_names && one.primary.span == place
    })
}

/// The source of a role's name.
enum RoleSource<'f> {
    /// A shared role of vault.yaml.
    Platform(Span),
    Mapping(&'f MappedRole<'f>),
}

impl RoleSource<'_> {
    /// Whether it is a mapping of the same file.
    fn is_in_file_of(&self, role: &MappedRole<'_>) -> bool {
        matches!(self, Self::Mapping(other) if other.file == role.file)
    }

    /// Whether two files have a mapping for the same jobs.
    fn is_same(&self, role: &MappedRole<'_>) -> bool {
        matches!(self, Self::Mapping(other) if other.file != role.file
            && other.mapping.owner.claim() == role.mapping.owner.claim()
            && other.mapping.owner.id() == role.mapping.owner.id())
    }

    fn span(&self, trees: &Trees<'_>) -> Span {
        match self {
            Self::Platform(span) => *span,
            Self::Mapping(role) => trees.mapping(role),
        }
    }
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
