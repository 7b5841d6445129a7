//! JWT methods and their roles.

use super::super::PlatformFile;
use super::super::platform::{AuthEntry, Platform};
use super::super::tree::Node;
use super::{Bounded, key_span, value_span};
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
            check_config(config, entry, node, diagnostics);
        }
        for (name, role) in &entry.roles {
            if let Some(node) = node.at(["roles", name.as_str()]) {
                check_role(name.as_str(), role, node, diagnostics);
                check_policies(role, &file.platform, node, diagnostics);
            }
        }
    }
}

fn check_config(
    config: &JwtConfig,
    entry: &AuthEntry,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let sources = [
        ("jwks_url", !config.jwks_url.is_empty()),
        ("oidc_discovery_url", !config.oidc_discovery_url.is_empty()),
        (
            "jwt_validation_pubkeys",
            !config.jwt_validation_pubkeys.is_empty(),
        ),
    ];
    let given: Vec<&str> = sources
        .iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| *name)
        .collect();
    match given.as_slice() {
        [_] => {}
        [] => diagnostics.push(
            Diagnostic::error(
                "jwt-config",
                "nothing says where the signing keys are",
                key_span(node, ["config"]),
            )
            .with_help("write `jwks_url`, such as `https://git.example.com/-/jwks`"),
        ),
        [first, second, ..] => diagnostics.push(
            Diagnostic::error(
                "jwt-config",
                "Vault takes the signing keys from one place only",
                key_span(node, ["config", second]),
            )
            .with_secondary(key_span(node, ["config", first]), "here already")
            .with_help("remove one of the two"),
        ),
    }
    let named = |name: &str| entry.roles.keys().any(|role| role.as_str() == name);
    if !config.default_role.is_empty() && !named(&config.default_role) {
        diagnostics.push(
            Diagnostic::warning(
                "unknown-role",
                format!("these files have no role `{}` here", config.default_role),
                value_span(node, ["config", "default_role"]),
            )
            .with_help("add it under `roles`: a login that names no role fails until it is there"),
        );
    }
}

fn check_role(name: &str, role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut missing = |problem: String, help: &str| {
        diagnostics
            .push(Diagnostic::error("jwt-role", problem, key_span(node, [])).with_help(help));
    };
    if role.user_claim.is_empty() {
        missing(
            format!("the role `{name}` has no `user_claim`"),
            "write `user_claim: project_id`, so that each project is one user",
        );
    }
    let bound = !(role.bound_audiences.is_empty()
        && role.bound_subject.is_empty()
        && role.bound_claims.is_empty()
        && role.token_bound_cidrs.is_empty());
    if role.role_type == RoleType::Jwt && !bound {
        missing(
            format!("the role `{name}` is bound to nothing, and Vault refuses that"),
            "write `bound_audiences` and `bound_claims`",
        );
    }
    if role.role_type == RoleType::Oidc && role.allowed_redirect_uris.is_empty() {
        missing(
            format!("the role `{name}` is for browsers and has no `allowed_redirect_uris`"),
            "write them, or `role_type: jwt`",
        );
    }
    check_claims(role, node, diagnostics);
    for (ttl, max) in [
        (
            ("token_ttl", role.token_ttl),
            ("token_max_ttl", role.token_max_ttl),
        ),
        (
            ("token_ttl", role.token_ttl),
            ("token_explicit_max_ttl", role.token_explicit_max_ttl),
        ),
    ] {
        Bounded { ttl, max }.check(node, diagnostics);
    }
}

/// GitLab's claims are strings: a truth value or number would never match.
fn check_claims(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    for (claim, values) in &role.bound_claims {
        let others = values
            .iter()
            .filter(|value| !matches!(value, ClaimValue::Text(_)));
        for value in others {
            diagnostics.push(
                Diagnostic::error(
                    "claim-type",
                    format!(
                        "GitLab's claims are strings, so `{value}` without quotes never matches"
                    ),
                    value_span(node, ["bound_claims", claim.as_str()]),
                )
                .with_help(format!("write \"{value}\"")),
            );
        }
    }
}

/// A policy that is not there grants nothing; it may be somebody else's.
fn check_policies(
    role: &JwtRole,
    platform: &Platform,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let known = |name: &str| {
        name == "default"
            || platform
                .policies
                .keys()
                .any(|policy| policy.as_str() == name)
    };
    for name in role
        .token_policies
        .iter()
        .filter(|name| !known(name) && !name.contains("{{"))
    {
        diagnostics.push(
            Diagnostic::warning(
                "unknown-policy",
                format!("these files have no policy `{name}`"),
                value_span(node, ["token_policies"]),
            )
            .with_help("add it under `policies`, unless someone else keeps it: until it is there it grants nothing"),
        );
    }
}
