//! What the files own, leave alone and remove: no two of these may meet.

use std::collections::BTreeSet;

use globset::Glob;

use super::super::PlatformFile;
use super::super::platform::{Platform, Removed};
use super::{key_span, value_span};
use crate::diagnostic::{Diagnostic, Span};

/// Mounts that Vault itself needs.
const AUTH_OF_VAULT: &[&str] = &["token"];
const SECRETS_OF_VAULT: &[&str] = &["auth", "cubbyhole", "identity", "sys"];
const POLICIES_OF_VAULT: &[&str] = &["default", "root"];

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    check_mounts(file, diagnostics);
    check_globs(file, diagnostics);
    check_unmanaged(file, diagnostics);
    check_removed(file, diagnostics);
}

fn check_mounts(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let auth = file
        .platform
        .auth
        .keys()
        .map(|path| ("auth", path.as_str(), AUTH_OF_VAULT));
    let secrets = file
        .platform
        .secrets
        .keys()
        .map(|path| ("secrets", path.as_str(), SECRETS_OF_VAULT));
    let mut previous = ("", "");
    for (section, path, reserved) in auth.chain(secrets) {
        let span = key_span(&file.root, [section, path]);
        let first = path.split('/').next().unwrap_or_default();
        if reserved.contains(&first) {
            diagnostics.push(
                Diagnostic::error("mount", format!("`{path}` is Vault's own"), span)
                    .with_help("write another path"),
            );
        }
        if previous.0 == section && path.starts_with(&format!("{}/", previous.1)) {
            diagnostics.push(
                Diagnostic::error(
                    "mount",
                    format!("`{path}` lies inside the mount `{}`", previous.1),
                    span,
                )
                .with_secondary(
                    key_span(&file.root, [section, previous.1]),
                    "the other mount",
                )
                .with_help("write paths of which none begins with another and a slash"),
            );
        }
        previous = (section, path);
    }
}

fn check_globs(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    for section in ["aws_roles", "jwt_roles"] {
        let globs = file
            .root
            .at(["unmanaged", section])
            .map(|node| node.items())
            .unwrap_or_default();
        for node in globs {
            if let Some(Err(error)) = node.text().map(Glob::new) {
                diagnostics.push(
                    Diagnostic::error(
                        "glob",
                        format!("this is not a glob: {}", error.kind()),
                        node.span,
                    )
                    .with_help("write a name in which `*` stands for any text, such as `legacy-*`"),
                );
            }
        }
    }
}

/// A role that is both managed and left alone would be neither.
fn check_unmanaged(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let unmanaged = &file.platform.unmanaged;
    let covers = |globs: &[String], name: &str| {
        globs
            .iter()
            .any(|glob| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(name)))
    };
    let auth = file.platform.auth.iter().flat_map(|(path, entry)| {
        let names = entry
            .roles
            .keys()
            .filter(|name| covers(&unmanaged.jwt_roles, name.as_str()));
        names.map(move |name| ("auth", path.as_str(), name.as_str()))
    });
    let secrets = file.platform.secrets.iter().flat_map(|(path, entry)| {
        let names = entry
            .roles
            .keys()
            .filter(|name| covers(&unmanaged.aws_roles, name.as_str()));
        names.map(move |name| ("secrets", path.as_str(), name.as_str()))
    });
    for (section, path, name) in auth.chain(secrets) {
        let globs = if section == "auth" {
            "jwt_roles"
        } else {
            "aws_roles"
        };
        diagnostics.push(
            Diagnostic::error(
                "unmanaged",
                format!("the role `{name}` is in these files and under `unmanaged`"),
                key_span(&file.root, [section, path, "roles", name]),
            )
            .with_secondary(
                value_span(&file.root, ["unmanaged", globs]),
                "left alone here",
            )
            .with_help("remove it from one of the two"),
        );
    }
}

fn check_removed(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let nodes = file
        .root
        .at(["removed"])
        .map(|node| node.items())
        .unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (removed, node) in file.platform.removed.iter().zip(nodes) {
        let (section, name) = named(removed);
        if let Some(declared) = declared(&file.platform, removed, &file.root) {
            diagnostics.push(
                Diagnostic::error(
                    "removed",
                    format!("`{name}` is removed here and declared too"),
                    node.span,
                )
                .with_secondary(declared, "declared here")
                .with_help("remove it from one of the two"),
            );
        }
        let reserved = match removed {
            Removed::Auth(_) => AUTH_OF_VAULT,
            Removed::Secrets(_) => SECRETS_OF_VAULT,
            Removed::Policy(_) => POLICIES_OF_VAULT,
        };
        if reserved.contains(&name) {
            diagnostics.push(
                Diagnostic::error(
                    "removed",
                    format!("`{name}` is Vault's own and can't be removed"),
                    node.span,
                )
                .with_help("remove this line"),
            );
        }
        if !seen.insert((section, name)) {
            diagnostics.push(
                Diagnostic::error("removed", format!("`{name}` is named twice"), node.span)
                    .with_help("remove one of the two"),
            );
        }
    }
}

fn named(removed: &Removed) -> (&'static str, &str) {
    match removed {
        Removed::Auth(path) => ("auth", path.as_str()),
        Removed::Secrets(path) => ("secrets", path.as_str()),
        Removed::Policy(name) => ("policies", name.as_str()),
    }
}

fn declared(
    platform: &Platform,
    removed: &Removed,
    root: &super::super::tree::Node,
) -> Option<Span> {
    let (section, name) = named(removed);
    let declared = match removed {
        Removed::Auth(path) => platform.auth.contains_key(path),
        Removed::Secrets(path) => platform.secrets.contains_key(path),
        Removed::Policy(name) => platform.policies.contains_key(name),
    };
    declared.then(|| key_span(root, [section, name]))
}
