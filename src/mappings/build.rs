//! Checked files -> Desired.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::platform::{Platform, PolicyEntry, Removed};
use super::source::MappingFiles;
use super::tree::Entry;
use super::{PlatformFile, ProjectFile, reference};
use crate::acl;
use crate::desired::{Desired, Unmanaged};
use crate::diagnostic::{Diagnostic, Span};
use crate::digest;
use crate::resource::{Address, Kind, Policy};

/// Everything that the files say. What is wrong with them is reported, here or by the checks before.
pub(super) fn desired(
    file: &PlatformFile,
    projects: &[ProjectFile],
    files: &mut MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> Desired {
    let platform = &file.platform;
    let mut desired = Desired {
        removed: platform.removed.iter().map(removed).collect(),
        guardrails: platform.guardrails,
        unmanaged: Unmanaged {
            aws_roles: globs(&platform.unmanaged.aws_roles),
            jwt_roles: globs(&platform.unmanaged.jwt_roles),
        },
        ..Desired::default()
    };
    add_auth(platform, &mut desired);
    add_secrets(file, &mut desired);
    add_policies(file, files, &mut desired, diagnostics);
    add_mappings(platform, projects, &mut desired);
    desired.digest = digest(files);
    desired
}

fn add_auth(platform: &Platform, desired: &mut Desired) {
    for (path, entry) in &platform.auth {
        desired.insert(Address::of_auth_mount(path), entry.mount());
        if let Some(config) = &entry.config {
            desired.insert(Address::of_mount(Kind::JwtConfig, path), config.clone());
        }
        for (name, role) in &entry.roles {
            desired.insert(Address::of_role(Kind::JwtRole, path, name), role.clone());
        }
    }
}

fn add_secrets(file: &PlatformFile, desired: &mut Desired) {
    for (path, entry) in &file.platform.secrets {
        desired.insert(Address::of_mount(Kind::SecretsMount, path), entry.mount());
        if let Some(config) = &entry.config {
            let address = Address::of_mount(Kind::AwsRoot, path);
            if let Some(credentials) = file.credentials.get(path.as_str()) {
                desired
                    .credentials
                    .insert(address.clone(), credentials.clone());
            }
            desired.insert(address, config.clone());
        }
        if let Some(lease) = &entry.lease {
            desired.insert(Address::of_mount(Kind::AwsLease, path), lease.clone());
        }
        for (name, role) in &entry.roles {
            desired.insert(Address::of_role(Kind::AwsRole, path, name), role.clone());
        }
    }
}

fn add_mappings(platform: &Platform, projects: &[ProjectFile], desired: &mut Desired) {
    let Some(rules) = &platform.mappings else {
        return;
    };
    for ProjectFile { project, .. } in projects {
        let environments = project.environments.iter().map(|(environment, mapping)| {
            let name = rules.role_name.name(project.id, environment.as_str());
            (name, format!("{}, {environment}", project.project), mapping)
        });
        let default = project.default.iter().map(|mapping| {
            let name = rules.role_name.default_name(project.id);
            (name, format!("{}, default", project.project), mapping)
        });
        for (name, label, mapping) in environments.chain(default) {
            let address = Address::of_role(Kind::AwsRole, &rules.secrets, name);
            desired.labels.insert(address.clone(), label);
            desired.insert(address, mapping.aws_role());
        }
    }
}

fn add_policies(
    file: &PlatformFile,
    files: &mut MappingFiles,
    desired: &mut Desired,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (name, policy) in &file.platform.policies {
        let Some(entry) = file.root.entry_at(["policies", name.as_str()]) else {
            continue;
        };
        let text = match policy {
            PolicyEntry {
                rules: Some(rules),
                file: None,
            } => rules_text(rules, entry, &file.platform, diagnostics),
            PolicyEntry {
                rules: None,
                file: Some(path),
            } => file_text(path, entry, &file.platform, files, diagnostics),
            _ => {
                diagnostics.push(
                    Diagnostic::error(
                        "policy",
                        format!("the policy `{name}` needs either rules or a file"),
                        entry.key_span,
                    )
                    .with_help(
                        "write `rules:` with a list, or `file:` with the path of an HCL file",
                    ),
                );
                continue;
            }
        };
        desired.insert(
            Address::of_policy(name),
            Policy::new(reference::fill_paths(&text)),
        );
    }
}

fn rules_text(
    rules: &acl::Rules,
    entry: &Entry,
    platform: &Platform,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    if let Some(rules) = entry.value.entry("rules") {
        rules.value.visit_scalars(&mut |text, span| {
            reference::check(text, platform, |_| span, diagnostics)
        });
    }
    acl::render(rules)
}

/// A file that can't be read is an empty policy, and reported.
fn file_text(
    path: &str,
    entry: &Entry,
    platform: &Platform,
    files: &mut MappingFiles,
    diagnostics: &mut Vec<Diagnostic>,
) -> String {
    let at = entry
        .value
        .at(["file"])
        .map_or(entry.key_span, |node| node.span);
    let Some(file) = files.read_referenced(path, at, diagnostics) else {
        return String::new();
    };
    let text = files.sources.text(file);
    reference::check(
        text,
        platform,
        |range| Span::new(file, range.start, range.end),
        diagnostics,
    );
    if let Err(error) = acl::parse(&reference::fill_paths(text))
        && error.kind == acl::ErrorKind::Invalid
    {
        let start = offset(text, error.line, error.column);
        diagnostics.push(
            Diagnostic::error("policy", error.message, Span::new(file, start, start))
                .with_secondary(at, "the policy that is here"),
        );
    }
    text.to_owned()
}

/// The byte at a line and column, both from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    let rest = text.get(before..).unwrap_or_default();
    before
        + rest
            .chars()
            .take(column - 1)
            .map(char::len_utf8)
            .sum::<usize>()
}

fn removed(removed: &Removed) -> Address {
    match removed {
        Removed::Auth(path) => Address::of_auth_mount(path),
        Removed::Secrets(path) => Address::of_mount(Kind::SecretsMount, path),
        Removed::Policy(name) => Address::of_policy(name),
    }
}

/// The globs that are good; the others are reported by the checks.
fn globs(globs: &[String]) -> GlobSet {
    let good = globs.iter().filter_map(|glob| Glob::new(glob).ok());
    let set = good.fold(GlobSetBuilder::new(), |mut set, glob| {
        set.add(glob);
        set
    });
    set.build().unwrap_or_default()
}

fn digest(files: &MappingFiles) -> String {
    let parts = files.sources.iter();
    digest::hex(
        parts.flat_map(|(path, text)| [files.relative(path), text]),
        32,
    )
}
