//! AWS engines and their shared roles.

use std::collections::BTreeSet;
use std::slice;

use serde_json::Value as Json;

use super::session_ttl::{self, Longest, sts_ttls};
use super::tree::{Bounded, is_given};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::credentials;
use crate::mappings::loaded::PlatformFile;
use crate::resource::{AwsRole, AwsRoot, CredentialType, Managed};
use crate::value::{AccountId, RoleArn};
use crate::yaml::{Entry, Node, Value, key_span, value_span};

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let accounts = allowed_accounts(file);
    for (path, engine) in &file.platform.secrets {
        let Some(node) = file.root.at(["secrets", path.as_str()]) else {
            continue;
        };
        Bounded {
            ttl: ("default_lease_ttl", engine.default_lease_ttl),
            max: ("max_lease_ttl", engine.max_lease_ttl),
        }
        .check(|key| value_span(node, [key]), diagnostics);
        if !engine.is_aws() {
            continue;
        }
        if let (Some(lease), Some(node)) = (&engine.keys.lease, node.at(["lease"])) {
            Bounded {
                ttl: ("lease", lease.lease),
                max: ("lease_max", lease.lease_max),
            }
            .check(|key| value_span(node, [key]), diagnostics);
        }
        if let (Some(config), Some(entry)) = (&engine.keys.config, node.entry("config")) {
            credentials::check(&config.keys, entry, diagnostics);
            check_fallbacks(&config.resource, entry, diagnostics);
        }
        for (name, role) in &engine.keys.roles {
            if let Some(entry) = node.entry_at(["roles", name.as_str()]) {
                let longest = Longest::of(role.credential_type, engine);
                let ttls = sts_ttls(role.default_sts_ttl, role.max_sts_ttl);
                session_ttl::check(
                    &ttls,
                    longest,
                    |key| value_span(&entry.value, [key]),
                    diagnostics,
                );
                check_role(role, accounts, entry, diagnostics);
            }
        }
        for name in engine.keys.static_roles.keys() {
            if let Some(entry) = node.entry_at(["static_roles", name.as_str()]) {
                check_static_role(entry, diagnostics);
            }
        }
    }
}

/// Vault takes a region for each endpoint.
fn check_fallbacks(root: &AwsRoot, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    let (endpoints, regions) = (
        root.sts_fallback_endpoints.len(),
        root.sts_fallback_regions.len(),
    );
    if endpoints != regions {
        let key = match endpoints {
            0 => "sts_fallback_regions",
            _ => "sts_fallback_endpoints",
        };
        diagnostics.push(
            Diagnostic::error(
                Code::InvalidValue,
                format!(
                    "`sts_fallback_endpoints` and `sts_fallback_regions` differ in length: {endpoints} and {regions}"
                ),
                key_span(&entry.value, [key]),
            )
            .with_help("write one region for each endpoint, in the same order"),
        );
    }
}

fn check_role(
    role: &AwsRole,
    accounts: Option<&[AccountId]>,
    entry: &Entry,
    diagnostics: &mut Vec<Diagnostic>,
) {
    check_arns(role, accounts, &entry.value, diagnostics);
    let fields = fields_set(role);
    check_needed(role, entry, diagnostics);
    check_misplaced(role, &fields, &entry.value, diagnostics);
    if !role.policy_document.is_empty() && !role.policy_document.is_object() {
        diagnostics.push(
            Diagnostic::error(
                Code::AwsRole,
                "a policy document is a JSON object",
                value_span(&entry.value, ["policy_document"]),
            )
            .with_help("write it as a mapping, or as the text of a JSON object"),
        );
    }
}

/// Vault refuses a static role without a user or without a period.
fn check_static_role(entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    for (key, help) in [
        ("username", "add `username` with the name of the IAM user"),
        (
            "rotation_period",
            "add `rotation_period`, the time until Vault replaces an access key, such as `24h`",
        ),
    ] {
        if !is_given(&entry.value, key) {
            diagnostics.push(
                Diagnostic::error(
                    Code::AwsRole,
                    format!("the static role `{}` has no `{key}`", entry.key),
                    entry.key_span,
                )
                .with_help(help),
            );
        }
    }
}

/// The fields that differ from their defaults.
fn fields_set(role: &AwsRole) -> BTreeSet<String> {
    let defaults = AwsRole::default().fields();
    let fields = role.fields().into_iter();
    let set = fields.filter(|(key, value)| defaults.get(key) != Some(value));
    set.map(|(key, _)| key).collect()
}

/// Reports a role that does not name what its credentials may do.
fn check_needed(role: &AwsRole, entry: &Entry, diagnostics: &mut Vec<Diagnostic>) {
    let (needed, help): (&[&str], _) = match role.credential_type {
        CredentialType::AssumedRole => (
            &["role_arns"],
            "add `role_arns` with the ARN of the IAM role",
        ),
        CredentialType::IamUser | CredentialType::FederationToken => (
            &["policy_arns", "policy_document", "iam_groups"],
            "add one of `policy_arns`, `policy_document` and `iam_groups`",
        ),
        CredentialType::SessionToken => return,
    };
    if !needed.iter().any(|key| is_given(&entry.value, key)) {
        diagnostics.push(
            Diagnostic::error(
                Code::AwsRole,
                format!("the role `{}` grants nothing", entry.key),
                entry.key_span,
            )
            .with_help(help),
        );
    }
}

/// The fields that Vault refuses for other types of credentials than these.
const ONLY_FOR: [(&str, &[&str]); 10] = [
    (
        "default_sts_ttl",
        &["assumed_role", "federation_token", "session_token"],
    ),
    (
        "max_sts_ttl",
        &["assumed_role", "federation_token", "session_token"],
    ),
    ("role_arns", &["assumed_role"]),
    ("session_tags", &["assumed_role"]),
    ("external_id", &["assumed_role"]),
    ("user_path", &["iam_user"]),
    ("permissions_boundary_arn", &["iam_user"]),
    (
        "policy_arns",
        &["assumed_role", "iam_user", "federation_token"],
    ),
    (
        "policy_document",
        &["assumed_role", "iam_user", "federation_token"],
    ),
    ("mfa_serial_number", &["session_token"]),
];

fn check_misplaced(
    role: &AwsRole,
    fields: &BTreeSet<String>,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let of_role = role.fields();
    let of_role = of_role.get("credential_type").and_then(Json::as_str);
    let of_role = of_role.unwrap_or_default();
    let misplaced = ONLY_FOR
        .iter()
        .filter(|(key, types)| fields.contains(*key) && !types.contains(&of_role));
    for (key, types) in misplaced {
        diagnostics.push(
            Diagnostic::error(
                Code::AwsRole,
                format!("Vault refuses `{key}` in a role with the credential type `{of_role}`"),
                key_span(node, [*key]),
            )
            .with_help(format!(
                "remove it, or write `credential_type: {}`",
                types.join("` or `")
            )),
        );
    }
}

fn check_arns(
    role: &AwsRole,
    accounts: Option<&[AccountId]>,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(arns) = node.at(["role_arns"]) else {
        return;
    };
    let items = match arns.items() {
        [] => slice::from_ref(arns),
        items => items,
    };
    for item in items {
        let Some(text) = item.text().filter(|text| role.role_arns.contains(text)) else {
            continue;
        };
        match text.parse::<RoleArn>() {
            Ok(arn) => diagnostics.extend(outside(&arn, accounts, || item.span)),
            Err(invalid) => diagnostics.push(
                Diagnostic::error(Code::InvalidValue, invalid.problem, item.span)
                    .with_help(invalid.help),
            ),
        }
    }
}

/// The accounts that mappings may name, if that is restricted and each of them can be read.
pub(super) fn allowed_accounts(file: &PlatformFile) -> Option<&[AccountId]> {
    let rules = file.platform.mappings.as_ref()?;
    let nodes = file.root.at(["mappings", "allowed_accounts"])?.items();
    let are_sound = nodes.iter().all(|node| node.value != Value::Invalid);
    rules.allowed_accounts.as_deref().filter(|_| are_sound)
}

/// An ARN in an account that the files don't allow.
pub(super) fn outside(
    arn: &RoleArn,
    accounts: Option<&[AccountId]>,
    place: impl FnOnce() -> Span,
) -> Option<Diagnostic> {
    let accounts = accounts?;
    let is_allowed = |account: &AccountId| account.as_str() == arn.account();
    if accounts.iter().any(is_allowed) {
        return None;
    }
    let allowed: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    let help = match allowed.as_slice() {
        [] => {
            "add the account to `mappings.allowed_accounts` in vault.yaml, which allows none".into()
        }
        _ => format!(
            "write a role of {}, or add the account to `mappings.allowed_accounts` in vault.yaml",
            allowed.join(", ")
        ),
    };
    Some(
        Diagnostic::error(
            Code::Account,
            format!("the AWS account {} is not allowed here", arn.account()),
            place(),
        )
        .with_help(help),
    )
}
