//! JWT methods and their roles.

use super::super::PlatformFile;
use super::super::platform::AuthEntry;
use super::super::tree::Node;
use super::{Bounded, declares, is_given, item_span, key_span, value_span};
use crate::diagnostic::Diagnostic;
use crate::resource::{JwtConfig, JwtRole, RoleType};
use crate::value::ClaimValue;

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    for (path, entry) in &file.platform.auth {
        let Some(node) = file.root.at(["auth", path.as_str()]) else {
            continue;
        };
        Bounded {
            ttl: ("default_lease_ttl", entry.default_lease_ttl),
            max: ("max_lease_ttl", entry.max_lease_ttl),
        }
        .check(node, diagnostics);
        if let Some(config) = &entry.config {
            check_config(config, node, diagnostics);
        }
        check_roles(entry, node, &file.root, diagnostics);
    }
}

fn check_config(config: &JwtConfig, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    check_key_source(node, diagnostics);
    let default_role = config.default_role.as_str();
    if !default_role.is_empty() && !declares(node, "roles", default_role) {
        diagnostics.push(
            Diagnostic::warning(
                "unknown-role",
                format!("this auth method has no role `{default_role}` in these files"),
                value_span(node, ["config", "default_role"]),
            )
            .with_help("add it under `roles`: until it is there, a login that names no role fails"),
        );
    }
}

/// Vault takes the signing keys from exactly one place.
fn check_key_source(node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(config) = node.at(["config"]) else {
        return;
    };
    let sources = ["jwks_url", "oidc_discovery_url", "jwt_validation_pubkeys"];
    let given: Vec<&str> = sources
        .into_iter()
        .filter(|key| is_given(config, key))
        .collect();
    match given.as_slice() {
        [_] => {}
        [] => diagnostics.push(
            Diagnostic::error(
                "jwt-config",
                "nothing says where the keys are that sign the JWTs",
                key_span(node, ["config"]),
            )
            .with_help(
                "add `jwks_url` with GitLab's address, such as `https://git.example.com/-/jwks`",
            ),
        ),
        [first, second, ..] => {
            let (first, second) = (
                key_span(node, ["config", first]),
                key_span(node, ["config", second]),
            );
            diagnostics.push(
                Diagnostic::error(
                    "jwt-config",
                    "Vault takes the signing keys from one place only",
                    first.max(second),
                )
                .with_secondary(first.min(second), "here already")
                .with_help("remove one of the two"),
            );
        }
    }
}

fn check_roles(entry: &AuthEntry, node: &Node, root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(nodes) = node.at(["roles"]) else {
        return;
    };
    for (name, role) in &entry.roles {
        let Some(entry) = nodes.entry(name.as_str()) else {
            continue;
        };
        let (name, node) = (&entry.key, &entry.value);
        for (problem, help) in incomplete(name, role, node) {
            diagnostics
                .push(Diagnostic::error("jwt-role", problem, entry.key_span).with_help(help));
        }
        check_claims(role, node, diagnostics);
        check_ttls(role, node, diagnostics);
        check_policies(role, node, root, diagnostics);
    }
}

/// What Vault wants every role to have.
fn incomplete(name: &str, role: &JwtRole, node: &Node) -> Vec<(String, &'static str)> {
    let mut problems = Vec::new();
    if !is_given(node, "user_claim") {
        problems.push((
            format!("the role `{name}` has no `user_claim`"),
            "add `user_claim: project_id`: the claim that tells one project from another",
        ));
    }
    let bounds = [
        "bound_audiences",
        "bound_subject",
        "bound_claims",
        "token_bound_cidrs",
    ];
    if role.role_type == RoleType::Jwt && !bounds.iter().any(|key| is_given(node, key)) {
        problems.push((
            format!("the role `{name}` would let everyone in, and Vault refuses that"),
            "add `bound_audiences` and `bound_claims`: what a job's JWT has to say",
        ));
    }
    if role.role_type == RoleType::Oidc && !is_given(node, "allowed_redirect_uris") {
        problems.push((
            format!("the role `{name}` is for browsers and has no `allowed_redirect_uris`"),
            "add them, or write `role_type: jwt` for a role of pipelines",
        ));
    }
    problems
}

fn check_ttls(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    for max in [
        ("token_max_ttl", role.token_max_ttl),
        ("token_explicit_max_ttl", role.token_explicit_max_ttl),
    ] {
        Bounded {
            ttl: ("token_ttl", role.token_ttl),
            max,
        }
        .check(node, diagnostics);
    }
}

/// GitLab's claims are strings: anything else would never match.
fn check_claims(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    for (claim, values) in &role.bound_claims {
        for value in values.iter() {
            let ClaimValue::Other(json) = value else {
                continue;
            };
            let is_structure = json.starts_with(['{', '[']) || json == "null";
            let (shown, help) = if is_structure {
                ("this", "write a string, or a list of strings".to_owned())
            } else {
                (
                    &*format!("`{json}` without quotes"),
                    format!("write \"{json}\""),
                )
            };
            diagnostics.push(
                Diagnostic::error(
                    "claim-type",
                    format!("GitLab's claims are strings, so {shown} never matches"),
                    item_span(node, ["bound_claims", claim.as_str()], json),
                )
                .with_help(help),
            );
        }
    }
}

/// A policy that is not there grants nothing; it may be somebody else's.
fn check_policies(role: &JwtRole, node: &Node, root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let is_known =
        |name: &str| name == "default" || name.contains("{{") || declares(root, "policies", name);
    for name in role.token_policies.iter().filter(|name| !is_known(name)) {
        diagnostics.push(
            Diagnostic::warning(
                "unknown-policy",
                format!("these files have no policy `{name}`"),
                item_span(node, ["token_policies"], name),
            )
            .with_help("add it under `policies`, unless it is kept elsewhere: until it is in Vault, it grants nothing"),
        );
    }
}
