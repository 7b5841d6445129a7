//! JWT methods.

use url::Url;

use super::tree::{Bounded, declares, is_given};
use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::loaded::PlatformFile;
use crate::mappings::platform::AuthEntry;
use crate::resource::{JwtConfig, UserLockout};
use crate::yaml::{Node, key_span, value_span};

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    for (path, entry) in &file.platform.auth {
        let Some(node) = file.root.at(["auth", path.as_str()]) else {
            continue;
        };
        Bounded {
            ttl: ("default_lease_ttl", entry.default_lease_ttl),
            max: ("max_lease_ttl", entry.max_lease_ttl),
        }
        .check(|key| value_span(node, [key]), diagnostics);
        check_lockout(entry, node, diagnostics);
        if let Some(config) = entry.keys.config.as_ref().filter(|_| entry.is_jwt()) {
            check_config(config, node, diagnostics);
        }
    }
}

/// The methods in which there are passwords to guess: Vault refuses the settings for all others.
const WITH_LOCKOUT: [&str; 3] = ["approle", "ldap", "userpass"];

fn check_lockout(entry: &AuthEntry, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let is_default = entry.user_lockout_config == UserLockout::default();
    if is_default || WITH_LOCKOUT.contains(&entry.r#type.as_str()) {
        return;
    }
    let what = format!(
        "Vault locks out no users of a method of type `{}`",
        entry.r#type
    );
    diagnostics.push(
        Diagnostic::error(Code::Mount, what, key_span(node, ["user_lockout_config"]))
            .with_help("remove it: it is for the types `approle`, `ldap` and `userpass`"),
    );
}

fn check_config(config: &JwtConfig, node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    check_key_source(node, diagnostics);
    check_algorithms(node, diagnostics);
    let default_role = config.default_role.as_str();
    if !default_role.is_empty() && !declares(node, "roles", default_role) {
        diagnostics.push(
            Diagnostic::warning(
                Code::UnknownRole,
                format!("these files have no role `{default_role}` for this auth method"),
                value_span(node, ["config", "default_role"]),
            )
            .with_help("add it under `roles`: until it exists, a login that names no role fails"),
        );
    }
}

/// The algorithms that both servers take; they refuse a configuration with any other.
const ALGORITHMS: [&str; 10] = [
    "ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
];

fn check_algorithms(node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(list) = node.at(["config", "jwt_supported_algs"]) else {
        return;
    };
    let one = std::slice::from_ref(list);
    let items = if list.text().is_some() {
        one
    } else {
        list.items()
    };
    for item in items {
        if let Some(name) = item.text().filter(|name| !ALGORITHMS.contains(name)) {
            let error = Diagnostic::error(
                Code::UnknownValue,
                format!("Vault knows no signature algorithm `{name}`"),
                item.span,
            );
            let in_case = ALGORITHMS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(name));
            diagnostics.push(match in_case {
                Some(known) => error.with_mend(known),
                None => error.with_help(format!("write one of {}", ALGORITHMS.join(", "))),
            });
        }
    }
}

/// Vault accepts exactly one source of the signing keys.
fn check_key_source(node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(config) = node.at(["config"]) else {
        return;
    };
    let sources = [
        "jwks_url",
        "jwks_pairs",
        "oidc_discovery_url",
        "jwt_validation_pubkeys",
    ];
    let given: Vec<&str> = sources
        .into_iter()
        .filter(|key| is_given(config, key))
        .collect();
    match given.as_slice() {
        ["jwks_pairs"] => check_pairs(config, diagnostics),
        [key] => check_address(config, key, diagnostics),
        [] => diagnostics.push(
            Diagnostic::error(
                Code::JwtConfig,
                "the source of the keys that sign the JWTs is missing",
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
                    Code::JwtConfig,
                    "Vault accepts only one source of the signing keys",
                    first.max(second),
                )
                .with_secondary(first.min(second), "the other one")
                .with_help("remove one of the two"),
            );
        }
    }
}

/// Vault fetches the keys when the configuration is written, and refuses it where there is no server to ask.
fn check_address(config: &Node, key: &str, diagnostics: &mut Vec<Diagnostic>) {
    let address = config.at([key]).and_then(Node::text);
    let Some(address) = address.filter(|_| matches!(key, "jwks_url" | "oidc_discovery_url")) else {
        return;
    };
    // This parser also takes `https:host`, more slashes and blanks, which Vault does not.
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let is_plain = !rest.starts_with('/') && !address.contains(char::is_whitespace);
    let is_web = |url: Url| {
        is_plain
            && ["http", "https"].contains(&url.scheme())
            && url.has_host()
            && scheme.eq_ignore_ascii_case(url.scheme())
    };
    if !Url::parse(address).is_ok_and(is_web) {
        let what = "this is not an address from which Vault can fetch keys";
        let example = if key == "jwks_url" {
            "https://git.example.com/-/jwks"
        } else {
            "https://git.example.com"
        };
        diagnostics.push(
            Diagnostic::error(Code::JwtConfig, what, value_span(config, [key]))
                .with_help(format!("write it with its scheme, as in `{example}`")),
        );
    }
}

/// What Vault refuses beside several places of keys, or in one of them.
fn check_pairs(config: &Node, diagnostics: &mut Vec<Diagnostic>) {
    for (key, help) in [
        (
            "bound_issuer",
            "remove it; to check the issuer, declare an auth method with `jwks_url` for each issuer",
        ),
        (
            "jwks_ca_pem",
            "write it into the entries of `jwks_pairs` that need it",
        ),
    ] {
        if is_given(config, key) {
            let what = format!("Vault takes no `{key}` beside `jwks_pairs`");
            diagnostics.push(
                Diagnostic::error(Code::JwtConfig, what, key_span(config, [key])).with_help(help),
            );
        }
    }
    let pairs = config.at(["jwks_pairs"]).map(Node::items);
    for pair in pairs.unwrap_or_default() {
        if !is_given(pair, "jwks_url") && !pair.was_reported("jwks_url") {
            diagnostics.push(
                Diagnostic::error(
                    Code::JwtConfig,
                    "this entry of `jwks_pairs` does not say where the keys are",
                    pair.span,
                )
                .with_help("add `jwks_url: https://git.example.com/-/jwks`"),
            );
        }
        check_address(pair, "jwks_url", diagnostics);
    }
}
