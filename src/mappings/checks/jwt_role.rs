//! Roles of JWT methods.

use std::collections::BTreeMap;

use super::claims;
use super::tree::{Bounded, is_given};
use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::for_each::JwtRoleKeys;
use crate::mappings::loaded::PlatformFile;
use crate::mappings::platform::AuthEntry;
use crate::resource::{JwtRole, RoleType, TokenType};
use crate::value::is_network;
use crate::yaml::{Node, item_span, key_span, value_span};

/// The key of the alias's metadata in which Vault itself records the role of a login.
const RESERVED_METADATA: &str = "role";

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let methods = file.platform.auth.iter();
    for (path, method) in methods.filter(|(_, method)| method.is_jwt()) {
        if let Some(nodes) = file.root.at(["auth", path.as_str(), "roles"]) {
            check_roles(method, nodes, diagnostics);
        }
        if let Some(nodes) = file.root.at(["auth", path.as_str(), "cel_roles"]) {
            check_cel_roles(method, nodes, diagnostics);
        }
    }
}

/// OpenBao refuses a program without an expression.
fn check_cel_roles(method: &AuthEntry, nodes: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let entries = method.keys.cel_roles.keys();
    for entry in entries.filter_map(|name| nodes.entry(name.as_str())) {
        let program = entry.value.at(["cel_program"]);
        let is_given = match program {
            Some(program) => is_given(program, "expression"),
            None => entry.value.was_reported("cel_program"),
        };
        if !is_given {
            let problem = format!("the CEL role `{}` has no expression", entry.key);
            diagnostics.push(
                Diagnostic::error(Code::JwtRole, problem, entry.key_span).with_help(
                    "add `cel_program: {expression: …}`: what decides who may log in, and as what",
                ),
            );
        }
    }
}

fn check_roles(method: &AuthEntry, nodes: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let config = method.keys.config.as_ref();
    let is_of_gitlab = config.is_some_and(|config| config.gitlab_address().is_some());
    for (name, role) in &method.keys.roles {
        let Some(entry) = nodes.entry(name.as_str()) else {
            continue;
        };
        let (name, node) = (&entry.key, &entry.value);
        for (problem, help) in incomplete(name, role, node) {
            diagnostics
                .push(Diagnostic::error(Code::JwtRole, problem, entry.key_span).with_help(help));
        }
        check_protected_claims(&role.keys, node, diagnostics);
        if is_of_gitlab && role.role_type == RoleType::Jwt {
            claims::check_names(role, node, diagnostics);
        }
        claims::check_types(&role.bound_claims, node, "bound_claims", diagnostics);
        check_claim_mappings(role, node, diagnostics);
        check_networks(role, node, diagnostics);
        check_ttls(role, node, diagnostics);
        check_batch(role, node, diagnostics);
        check_policies(role, node, diagnostics);
    }
}

/// What Vault requires of every role.
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
            format!("the role `{name}` would admit every JWT, and Vault refuses that"),
            "add `bound_audiences` and `bound_claims`: the claims that a job's JWT must have",
        ));
    }
    if role.role_type == RoleType::Oidc && !is_given(node, "allowed_redirect_uris") {
        problems.push((
            format!("the role `{name}` is for browsers and has no `allowed_redirect_uris`"),
            "add them, or write `role_type: jwt` for a role that jobs use",
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
        .check(|key| value_span(node, [key]), diagnostics);
    }
}

/// Reports claims that no copy has: they look as if they protected something.
fn check_protected_claims(keys: &JwtRoleKeys, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    if keys.protected_bound_claims.is_some()
        && keys.for_each.is_none()
        && !node.was_reported("for_each")
    {
        diagnostics.push(
            Diagnostic::error(
                Code::ForEach,
                "`protected_bound_claims` has an effect together with `for_each` only",
                key_span(node, ["protected_bound_claims"]),
            )
            .with_help("write the claims under `bound_claims`, or add `for_each: environments`"),
        );
    }
}

/// Reports what Vault refuses when it writes the role.
fn check_claim_mappings(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let place = |claim: &str| value_span(node, ["claim_mappings", claim]);
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for (claim, name) in &role.claim_mappings {
        if name == RESERVED_METADATA {
            diagnostics.push(
                Diagnostic::error(
                    Code::ClaimMapping,
                    format!("Vault reserves the metadata `{name}`"),
                    place(claim),
                )
                .with_help("write another name"),
            );
        } else if let Some(other) = taken.insert(name, claim) {
            let (one, other) = (place(claim), place(other));
            diagnostics.push(
                Diagnostic::error(
                    Code::ClaimMapping,
                    format!("two claims can't both become the metadata `{name}`"),
                    one.max(other),
                )
                .with_secondary(one.min(other), "the other one")
                .with_help("give each claim a name of its own"),
            );
        }
    }
}

/// Vault reports a wrong network at the login, or never: it may read it as something else.
fn check_networks(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let others = role.token_bound_cidrs.iter();
    for text in others.filter(|text| !is_network(text)) {
        diagnostics.push(
            Diagnostic::error(
                Code::Network,
                format!("`{text}` is not a network"),
                item_span(node, ["token_bound_cidrs"], text),
            )
            .with_help(
                "write an IP address, or one with the length of its prefix, such as `10.0.0.0/8`",
            ),
        );
    }
}

/// Vault does not store a batch token, so that its uses can't be counted and it can't be renewed.
fn check_batch(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    if role.token_type != TokenType::Batch {
        return;
    }
    for (key, is_set, problem) in [
        (
            "token_period",
            !role.token_period.is_default(),
            "a batch token can't be periodic",
        ),
        (
            "token_num_uses",
            role.token_num_uses != 0,
            "the uses of a batch token can't be counted",
        ),
    ] {
        if is_set {
            diagnostics.push(
                Diagnostic::error(Code::BatchToken, problem, value_span(node, [key]))
                    .with_secondary(value_span(node, ["token_type"]), "a batch token")
                    .with_help(format!("remove `{key}`, or write `token_type: service`")),
            );
        }
    }
}

fn check_policies(role: &JwtRole, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mut policies = role.token_policies.iter();
    diagnostics.extend(policies.find(|name| *name == "root").map(|name| {
        Diagnostic::error(
            Code::RootToken,
            "Vault refuses every login with a role that has the policy `root`",
            item_span(node, ["token_policies"], name),
        )
        .with_help("name the policies that these jobs need")
    }));
}
