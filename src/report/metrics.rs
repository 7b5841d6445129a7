//! The result of a comparison as metrics, in the text format that Prometheus and its node exporter read.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>

use std::fmt::{Display, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::Review;
use crate::plan::{Action, Change};
use crate::resource::Kind;

/// What the names of all metrics begin with.
const PREFIX: &str = "vault_provisioner_drift";

/// The metrics of a comparison that ended at a time. A failed comparison has none: its time of success stays what it was.
pub(crate) fn metrics(review: Review<'_>, now: SystemTime) -> String {
    let plan = review.plan;
    let scope = review.findings.map(|findings| &findings.scope);
    let mut text = String::new();
    let changes = Kind::ALL.iter().flat_map(|kind| {
        ["create", "update", "delete"].map(|action| {
            let is_it =
                |change: &&Change| change.address.kind == *kind && action_of(change) == action;
            let count = plan.changes.iter().filter(is_it).count();
            (
                format!("{{kind=\"{}\",action=\"{action}\"}}", name(*kind)),
                count,
            )
        })
    });
    metric(
        &mut text,
        "changes",
        "Changes that would make Vault match the files.",
        changes,
    );
    let foreign = [
        ("{type=\"policy\"}", plan.foreign.len()),
        ("{type=\"identity\"}", review.identity().len()),
    ];
    metric(
        &mut text,
        "foreign",
        "Policies, and entities and groups with power over the files' roles, that the files lack.",
        foreign,
    );
    let expired = plan.changes.iter().filter(|change| change.reason.is_some());
    metric(
        &mut text,
        "expired",
        "Mappings whose last day is over and that Vault still has.",
        [("", expired.count())],
    );
    let identity = scope.and_then(|scope| scope.identity.as_ref());
    let unread = identity.map_or(0, |unread| unread.len());
    let hidden = scope.map_or(0, |scope| scope.hidden_policies.len());
    metric(
        &mut text,
        "unknown",
        "Lists and objects that could not be read: what the files lack there was not seen.",
        [("", plan.unlisted.len() + unread + hidden)],
    );
    metric(
        &mut text,
        "match",
        "Whether Vault matches the files in what was looked at.",
        [("", u8::from(review.finds_a_match()))],
    );
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    metric(
        &mut text,
        "last_success_timestamp_seconds",
        "When Vault was last compared with the files.",
        [("", seconds)],
    );
    text
}

/// Adds a gauge with its samples, each with its labels.
fn metric(
    text: &mut String,
    name: &str,
    help: &str,
    samples: impl IntoIterator<Item = (impl Display, impl Display)>,
) {
    let name = format!("{PREFIX}_{name}");
    // Writing to a String can't fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in samples {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

const fn action_of(change: &Change) -> &'static str {
    match change.action {
        Action::Create { .. } => "create",
        Action::Update { .. } => "update",
        Action::Delete { .. } => "delete",
    }
}

/// The name of a kind, as in JSON: `aws_role`.
fn name(kind: Kind) -> String {
    match serde_json::to_value(kind) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}
