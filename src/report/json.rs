//! A plan as JSON, for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use super::review::not_looked_at;
use super::{Review, diff, foreign, shown};
use crate::access::{AccessChange, IdentityPower};
use crate::diagnostic::escaped_json;
use crate::plan::{Action, Change, Summary, Warning};
use crate::resource::{Address, Kind};

/// The version of the format. It increases when a field is removed or changes its meaning, not when one is added.
const FORMAT_VERSION: u32 = 2;

/// A plan for programs.
///
/// ```json
/// {
///   "format_version": 2,
///   "summary": {"create": 0, "update": 1, "delete": 0},
///   "changes": [
///     {
///       "action": "update",
///       "kind": "aws_role",
///       "path": "aws/roles/365-dev",
///       "mount": "aws",
///       "name": "365-dev",
///       "label": "somenamespace/someproject, dev",
///       "reason": null,
///       "fields": [
///         {"name": "max_sts_ttl", "before": "30m", "after": "1h"},
///         {"name": "credential_type", "before": null, "after": "assumed_role", "unreadable": "unknown variant `x`, …"}
///       ]
///     }
///   ],
///   "foreign": [
///     {"kind": "policy", "path": "sys/policies/acl/aws-x", "name": "aws-x", "removed": "- policy: aws-x"}
///   ],
///   "identity": [
///     {
///       "path": "identity/entity/id/7d2e…", "what": "entity deployer", "policies": ["breakglass"],
///       "identities": ["arn:…"], "unknown": []
///     }
///   ],
///   "unlisted": ["aws/static-roles"],
///   "warnings": [{"path": "aws/config/root", "code": "secret-not-compared", "message": "…"}],
///   "access": [
///     {
///       "change": "gain",
///       "who": "project 365 (somenamespace/someproject), environment dev, any branch or tag",
///       "jwts": [{"project_id": {"texts": [{"is": ["365"]}]}, "environment": {"texts": [{"is": ["dev"]}]}}],
///       "example": {"project_id": "365", "environment": "dev", "ref": "main"},
///       "identities": ["arn:…"]
///     }
///   ],
///   "not_looked_at": ["roles under `unmanaged`", "…"],
///   "unmodelled": {"count": 1, "attributes": {"aws/roles/365-dev": ["mfa_serial_number"]}}
/// }
/// ```
#[derive(Debug, Serialize)]
pub(super) struct Report<'a> {
    format_version: u32,
    summary: Summary,
    /// In the order in which they are carried out.
    changes: Vec<PlanRecord<'a>>,
    /// Policies that the files lack and whose names begin as those of a `for_each` do. No command changes them.
    foreign: Vec<Foreign<'a>>,
    /// Entities and groups whose policies reach AWS roles of the files; null where these were not looked at.
    identity: Option<&'a [IdentityPower]>,
    /// API paths that could not be listed: what the files lack there was not seen.
    unlisted: &'a BTreeSet<String>,
    warnings: Vec<&'a Warning>,
    /// Who gains and who loses access; null for a saved plan, which does not hold it.
    access: Option<&'a [AccessChange]>,
    /// What was not looked at; null for a saved plan.
    not_looked_at: Option<Vec<String>>,
    /// The attributes that are set in Vault and that the files can't hold; null for a saved plan.
    unmodelled: Option<Unmodelled<'a>>,
}

/// A policy that the files lack.
#[derive(Debug, Serialize)]
struct Foreign<'a> {
    kind: Kind,
    /// The API path without `v1/`.
    path: String,
    name: &'a str,
    /// The line to write under `removed` in `vault.yaml`, so that `apply` deletes it.
    removed: String,
}

impl<'a> From<&'a Address> for Foreign<'a> {
    fn from(address: &'a Address) -> Self {
        Self {
            kind: address.kind,
            path: address.path(),
            name: &address.name,
            removed: foreign::removed(address),
        }
    }
}

/// Attributes that are set in Vault and that the files can't hold.
#[derive(Debug, Serialize)]
struct Unmodelled<'a> {
    count: usize,
    /// Their names, by API path.
    attributes: &'a BTreeMap<String, Vec<String>>,
}

/// One change.
#[derive(Debug, Serialize)]
struct PlanRecord<'a> {
    /// `create`, `update` or `delete`.
    action: &'static str,
    kind: Kind,
    /// The API path without `v1/`.
    path: String,
    /// The path of the mount; null for policies.
    mount: Option<&'a str>,
    /// The name of a role or policy; null for mounts and their configuration.
    name: Option<&'a str>,
    /// Another name: for a mapping, its project and environment; null if there is none.
    label: Option<&'a str>,
    /// Why it is deleted, such as `expired on 2026-12-31`; null where the files give no reason.
    reason: Option<&'a str>,
    fields: Vec<diff::Field>,
}

impl<'a> From<Review<'a>> for Report<'a> {
    fn from(review: Review<'a>) -> Self {
        let Review { plan, findings } = review;
        let scope = findings.map(|findings| &findings.scope);
        Self {
            format_version: FORMAT_VERSION,
            summary: plan.summary(),
            changes: plan.changes.iter().map(PlanRecord::from).collect(),
            foreign: plan.foreign.iter().map(Foreign::from).collect(),
            identity: scope
                .and_then(|scope| scope.identity.as_ref())
                .map(|_| review.identity()),
            unlisted: &plan.unlisted,
            warnings: review.remarks().collect(),
            access: findings.map(|findings| findings.access.as_slice()),
            not_looked_at: scope.map(|scope| not_looked_at(scope, &|name| name.to_string())),
            unmodelled: scope.map(|scope| Unmodelled {
                count: scope.unmodelled_count(),
                attributes: &scope.unmodelled,
            }),
        }
    }
}

impl<'a> From<&'a Change> for PlanRecord<'a> {
    fn from(change: &'a Change) -> Self {
        let named = |text: &'a str| Some(text).filter(|text| !text.is_empty());
        Self {
            action: verb(&change.action),
            kind: change.address.kind,
            path: change.address.path(),
            mount: named(&change.address.mount),
            name: named(&change.address.name),
            label: change.label.as_deref(),
            reason: change.reason.as_deref(),
            fields: diff::fields(change),
        }
    }
}

const fn verb(action: &Action) -> &'static str {
    match action {
        Action::Create { .. } => "create",
        Action::Update { .. } => "update",
        Action::Delete { .. } => "delete",
    }
}

/// Writes the report.
pub(super) fn write(review: Review<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_plain(&Report::from(review), out)
}

/// Writes a value as indented JSON, with escapes for every character that a terminal would interpret. It is written as it
/// is serialized, and not kept.
pub(super) fn write_plain(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(PlainJson(&mut *out), value)?;
    writeln!(out)
}

/// Escapes JSON on its way. The serializer writes whole characters.
struct PlainJson<'o>(&'o mut dyn Write);

impl Write for PlainJson<'_> {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        let is_printable = |byte: &u8| *byte == b'\n' || (b' '..=b'~').contains(byte);
        if json.iter().all(is_printable) {
            self.0.write_all(json)?;
        } else {
            let text = String::from_utf8_lossy(json);
            let escaped = escaped_json(&text, |c| c == '\n' || shown::is_plain(c));
            self.0.write_all(escaped.as_bytes())?;
        }
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
