//! AWS engines and their shared roles.

use super::super::PlatformFile;
use super::super::tree::Node;
use super::{Bounded, key_span, value_span};
use crate::diagnostic::Diagnostic;
use crate::resource::{AwsRole, CredentialType};
use crate::value::{AccountId, RoleArn};

pub(super) fn check(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let rules = file.platform.mappings.as_ref();
    let accounts = rules.and_then(|rules| rules.allowed_accounts.as_deref());
    for (path, entry) in &file.platform.secrets {
        let Some(node) = file.root.at(["secrets", path.as_str()]) else {
            continue;
        };
        Bounded {
            ttl: ("default_lease_ttl", entry.default_lease_ttl),
            max: ("max_lease_ttl", entry.max_lease_ttl),
        }
        .check(node, diagnostics);
        if let (Some(lease), Some(node)) = (&entry.lease, node.at(["lease"])) {
            Bounded {
                ttl: ("lease", lease.lease),
                max: ("lease_max", lease.lease_max),
            }
            .check(node, diagnostics);
        }
        for (name, role) in &entry.roles {
            if let Some(node) = node.at(["roles", name.as_str()]) {
                check_role(name.as_str(), role, accounts, node, diagnostics);
            }
        }
    }
}

fn check_role(
    name: &str,
    role: &AwsRole,
    accounts: Option<&[AccountId]>,
    node: &Node,
    diagnostics: &mut Vec<Diagnostic>,
) {
    Bounded {
        ttl: ("default_sts_ttl", role.default_sts_ttl),
        max: ("max_sts_ttl", role.max_sts_ttl),
    }
    .check(node, diagnostics);
    check_arns(role, accounts, node, diagnostics);
    let needed = match role.credential_type {
        CredentialType::AssumedRole if role.role_arns.is_empty() => Some("`role_arns`"),
        CredentialType::IamUser | CredentialType::FederationToken
            if role.policy_arns.is_empty()
                && role.policy_document.is_empty()
                && role.iam_groups.is_empty() =>
        {
            Some("one of `policy_arns`, `policy_document` and `iam_groups`")
        }
        _ => None,
    };
    if let Some(needed) = needed {
        diagnostics.push(
            Diagnostic::error(
                "aws-role",
                format!("the role `{name}` has nothing to give"),
                key_span(node, []),
            )
            .with_help(format!("write {needed}")),
        );
    }
    if !role.policy_document.is_empty() && !role.policy_document.is_object() {
        diagnostics.push(
            Diagnostic::error(
                "aws-role",
                "a policy document is a JSON object",
                value_span(node, ["policy_document"]),
            )
            .with_help("write it as a mapping, or as JSON text"),
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
    let items = if arns.items().is_empty() {
        std::slice::from_ref(arns)
    } else {
        arns.items()
    };
    for item in items {
        let Some(text) = item.text().filter(|text| role.role_arns.contains(text)) else {
            continue;
        };
        match text.parse::<RoleArn>() {
            Ok(arn) => diagnostics.extend(outside(&arn, accounts, item.span)),
            Err(invalid) => diagnostics.push(
                Diagnostic::error("invalid-value", invalid.problem, item.span)
                    .with_help(invalid.help),
            ),
        }
    }
}

/// An ARN in an account that the files don't allow.
pub(super) fn outside(
    arn: &RoleArn,
    accounts: Option<&[AccountId]>,
    span: crate::diagnostic::Span,
) -> Option<Diagnostic> {
    let accounts = accounts?;
    if accounts
        .iter()
        .any(|account| account.as_str() == arn.account())
    {
        return None;
    }
    let allowed: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    Some(
        Diagnostic::error(
            "account",
            format!("the account {} is not allowed", arn.account()),
            span,
        )
        .with_help(format!(
            "write a role of {}, or add the account to `mappings.allowed_accounts` in vault.yaml",
            allowed.join(", ")
        )),
    )
}
