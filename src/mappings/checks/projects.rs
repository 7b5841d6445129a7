//! The project files against each other and against the platform.

use std::collections::HashMap;

use super::super::platform::MappingRules;
use super::super::project::Mapping;
use super::super::{PlatformFile, ProjectFile};
use super::{key_span, secrets, value_span};
use crate::diagnostic::{Diagnostic, Span};
use crate::value::AwsRoleName;

pub(super) fn check(
    file: &PlatformFile,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    report_twins(
        projects,
        "project",
        |file| file.project.project.to_string(),
        diagnostics,
    );
    report_twins(
        projects,
        "id",
        |file| file.project.id.to_string(),
        diagnostics,
    );
    let Some(rules) = &file.platform.mappings else {
        if let Some(first) = projects.first() {
            diagnostics.push(
                Diagnostic::error(
                    "mappings",
                    "nothing says which engine gets the roles of the projects",
                    key_span(&file.root, ["mappings"]),
                )
                .with_secondary(first.root.span, "the first project")
                .with_help("add `mappings:` with `secrets` and `role_name` to vault.yaml"),
            );
        }
        return;
    };
    if !file.platform.secrets.contains_key(&rules.secrets) {
        diagnostics.push(
            Diagnostic::error(
                "reference",
                format!("these files have no secrets mount `{}`", rules.secrets),
                value_span(&file.root, ["mappings", "secrets"]),
            )
            .with_help("write the path of a mount under `secrets`"),
        );
    }
    check_roles(file, rules, projects, diagnostics);
}

/// Two files for one project would each overrule the other.
fn report_twins(
    projects: &[ProjectFile],
    key: &str,
    value: impl Fn(&ProjectFile) -> String,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut first: HashMap<String, Span> = HashMap::with_capacity(projects.len());
    for file in projects {
        let span = value_span(&file.root, [key]);
        let text = value(file);
        if let Some(other) = first.get(&text) {
            diagnostics.push(
                Diagnostic::error("duplicate-project", format!("another file has the {key} {text} too"), span)
                    .with_secondary(*other, "the other file")
                    .with_help("write all environments of a project into one file, and each project's own id and path"),
            );
        } else {
            first.insert(text, span);
        }
    }
}

/// Every mapping becomes a role with a name of its own, in an account that is allowed.
fn check_roles(
    file: &PlatformFile,
    rules: &MappingRules,
    projects: &[ProjectFile],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let shared = file.platform.secrets.get(&rules.secrets);
    let shared = shared.into_iter().flat_map(|entry| entry.roles.keys());
    let mut names: HashMap<String, Span> = shared
        .map(|name| {
            let path = ["secrets", rules.secrets.as_str(), "roles", name.as_str()];
            (name.to_string(), key_span(&file.root, path))
        })
        .collect();
    for project in projects {
        for role in roles(project, rules) {
            diagnostics.extend(check_name(&role, &file.platform.unmanaged.aws_roles));
            let accounts = rules.allowed_accounts.as_deref();
            diagnostics.extend(secrets::outside(
                &role.mapping.role_arn,
                accounts,
                role.arn_span,
            ));
            match names.get(&role.name) {
                Some(first) => diagnostics.push(
                    Diagnostic::error(
                        "duplicate-role",
                        format!(
                            "this would be the role `{}`, which is there already",
                            role.name
                        ),
                        role.span,
                    )
                    .with_secondary(*first, "there")
                    .with_help("rename the other role, or remove one of the two"),
                ),
                None => {
                    names.insert(role.name, role.span);
                }
            }
        }
    }
}

/// A mapping with the role that it becomes.
struct MappedRole<'f> {
    name: String,
    mapping: &'f Mapping,
    span: Span,
    arn_span: Span,
}

fn roles<'f>(
    file: &'f ProjectFile,
    rules: &'f MappingRules,
) -> impl Iterator<Item = MappedRole<'f>> {
    let project = &file.project;
    let environments = project
        .environments
        .iter()
        .map(move |(environment, mapping)| MappedRole {
            name: rules.role_name.name(project.id, environment.as_str()),
            mapping,
            span: key_span(&file.root, ["environments", environment.as_str()]),
            arn_span: arn_span(file, &["environments", environment.as_str()]),
        });
    let default = project.default.iter().map(move |mapping| MappedRole {
        name: rules.role_name.default_name(project.id),
        mapping,
        span: key_span(&file.root, ["default"]),
        arn_span: arn_span(file, &["default"]),
    });
    environments.chain(default)
}

fn arn_span(file: &ProjectFile, path: &[&str]) -> Span {
    let long = path.iter().copied().chain(["role_arn"]);
    match file.root.at(long) {
        Some(node) => node.span,
        None => value_span(&file.root, path.iter().copied()),
    }
}

fn check_name(role: &MappedRole<'_>, unmanaged: &[String]) -> Option<Diagnostic> {
    if let Err(invalid) = AwsRoleName::try_from(role.name.clone()) {
        return Some(
            Diagnostic::error("role-name", invalid.problem, role.span).with_help(invalid.help),
        );
    }
    let covers = |glob: &String| {
        globset::Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(&role.name))
    };
    unmanaged.iter().any(covers).then(|| {
        Diagnostic::error(
            "unmanaged",
            format!(
                "the role `{}` would be under `unmanaged` in vault.yaml",
                role.name
            ),
            role.span,
        )
        .with_help("narrow the glob there, so that it leaves this role out")
    })
}
