//! What people see for each mistake that can be made in one file.

mod layout;
mod properties;
mod text;
mod values;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{decode, parse};
use crate::diagnostic::{Diagnostic, Sources, render};
use crate::value::{AwsRoleName, ProjectId, RoleArn, Set, Ttl};

/// A stand-in for the files, with every kind of field that they have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(dead_code, reason = "only the mistakes are looked at")]
struct Platform {
    description: String,
    id: Option<ProjectId>,
    enabled: bool,
    max_lease_ttl: Ttl,
    token_policies: Set,
    accounts: Vec<String>,
    credential_type: Option<CredentialType>,
    bound_claims: BTreeMap<String, String>,
    roles: BTreeMap<AwsRoleName, Role>,
    removed: Vec<Removed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only the mistakes are looked at")]
struct Role {
    role_arn: RoleArn,
    #[serde(default)]
    max_sts_ttl: Ttl,
    user: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CredentialType {
    AssumedRole,
    IamUser,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only the mistakes are looked at")]
enum Removed {
    Auth(String),
    Policy(String),
}

fn mistakes(text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("mappings/vault.yaml", text);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    if let Some(mut node) = parse(text, file, &mut diagnostics) {
        decode::<Platform>(&mut node, &mut diagnostics);
    }
    render(&diagnostics, &sources, false)
}

/// The messages for several texts, each on its own.
fn each<const N: usize>(texts: [&str; N]) -> String {
    texts.map(mistakes).concat()
}
