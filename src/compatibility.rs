//! Plan + server -> the fields that the server does not have: it would silently drop them.
//!
//! A server's own help for a path says what a write to it takes, whatever the server is and whichever plugin is mounted
//! there. Without it, as in a mount that is not there yet, its version counts, up to the newest one that was tried. What
//! neither says is read back after the write.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::StreamExt;

use crate::plan::Plan;
use crate::resource::{Address, Availability, Kind, PartialField};
use crate::vault::{self, Edition, ReadVault, ServerVersion, VersionNumber};

/// The newest versions that were tried: those of docs/servers.md.
const TRIED_OPENBAO: VersionNumber = (2, 7, 2);
const TRIED_VAULT: VersionNumber = (1, 21, 1);

/// The files set fields that the server does not have.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.lines().join("\n"))]
pub(crate) struct UnsupportedFields(Vec<(Address, PartialField)>);

impl UnsupportedFields {
    /// What is wrong, and below it each field.
    pub(crate) fn lines(&self) -> Vec<String> {
        let summary = "the files set fields that this server does not have; nothing was planned";
        let fields = self.0.iter().map(|(address, field)| {
            format!(
                "  {}: `{}`, which {} has",
                address.path(),
                field.shown,
                field.availability.holder()
            )
        });
        std::iter::once(summary.to_owned()).chain(fields).collect()
    }
}

/// Makes sure that the server has each field that the plan sets.
///
/// # Errors
/// When it does not; all such fields are named.
pub(crate) async fn check(plan: &Plan, vault: &impl ReadVault) -> Result<(), UnsupportedFields> {
    let used = used(plan);
    let questions: BTreeMap<(Kind, &str), &String> = used
        .iter()
        .map(|field| ((field.address.kind, &*field.address.mount), &field.path))
        .collect();
    let answers = vault::each(vault, questions, async |(place, path)| {
        let answer = vault.parameters(path).await;
        let answer = answer.unwrap_or_else(|error| {
            tracing::debug!("no help for {path}: {error}");
            None
        });
        (place, answer)
    });
    let answers: BTreeMap<(Kind, &str), Option<BTreeSet<String>>> = answers.collect().await;
    let server = vault.server_version();
    let is_missing = |used: &&UsedField| {
        let help = answers.get(&(used.address.kind, &*used.address.mount));
        let is_helped = help.and_then(Option::as_ref);
        let is_in_help = is_helped.map(|names| names.contains(used.field.parameter));
        is_in_help == Some(false) || lacks(server, used.field.availability)
    };
    let missing = used.iter().filter(is_missing);
    let missing: Vec<_> = missing
        .map(|used| (used.address.clone(), used.field))
        .collect();
    match missing.as_slice() {
        [] => Ok(()),
        _ => Err(UnsupportedFields(missing)),
    }
}

/// A field that not every server has, and that a change sets.
struct UsedField<'p> {
    address: &'p Address,
    field: PartialField,
    /// The API path of a write.
    path: String,
}

fn used(plan: &Plan) -> Vec<UsedField<'_>> {
    let mut used = Vec::new();
    for change in &plan.changes {
        let Some(after) = change.after() else {
            continue;
        };
        // What the server has answered before, it has.
        let before = change.before();
        let before = before.and_then(|before| before.to_replace(change.address.kind));
        let known = before.map(|before| before.partial_fields());
        let known = known.unwrap_or_default();
        let new = after.partial_fields().into_iter();
        let new = new.filter(|field| !known.contains(field));
        used.extend(new.map(|field| UsedField {
            address: &change.address,
            field,
            // A mount that is there takes more fields by name than the request that mounts.
            path: after.write(&change.address, Some(after)).path,
        }));
    }
    used
}

/// Whether a server is of those that were tried and lack it.
fn lacks(server: ServerVersion, availability: Availability) -> bool {
    match (server, availability) {
        (ServerVersion::Unknown, _) | (_, Availability::NewEngine) => false,
        (ServerVersion::OpenBao(_), Availability::OpenBao)
        | (ServerVersion::Vault(..), Availability::Vault) => false,
        (ServerVersion::OpenBao(number), _) => number <= TRIED_OPENBAO,
        (ServerVersion::Vault(number, edition), Availability::Enterprise) => {
            edition == Edition::Community && number <= TRIED_VAULT
        }
        (ServerVersion::Vault(number, _), Availability::OpenBao | Availability::NewVault) => {
            number <= TRIED_VAULT
        }
    }
}

#[cfg(test)]
mod tests;
