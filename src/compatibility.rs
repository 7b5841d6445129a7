//! Plan + server -> the fields that the server does not have: it would silently drop them.
//!
//! A server's own help for a path says what a write to it takes, whatever the server is and whichever plugin is mounted
//! there. Without it, as in a mount that is not there yet, its version counts, up to the newest one that was tried. What
//! neither says is read back after the write.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::StreamExt;

use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::Places;
use crate::plan::{Plan, UnverifiedFields};
use crate::resource::{Address, Availability, Kind, PartialField};
use crate::vault::{self, Edition, ReadVault, ServerVersion, VersionNumber};

/// The newest versions that were tried: those of docs/servers.md.
const TRIED_OPENBAO: VersionNumber = (2, 7, 2);
const TRIED_VAULT: VersionNumber = (1, 21, 1);

/// The files set fields that the server does not have.
#[derive(Debug)]
pub(crate) struct UnsupportedFields(Vec<(Address, PartialField)>);

impl UnsupportedFields {
    /// A message for each field, at its place in the files.
    pub(crate) fn diagnostics(&self, places: &Places<'_>) -> Vec<Diagnostic> {
        let message = |(address, field): &(Address, PartialField)| {
            let (path, holder) = (address.path(), field.availability.holder());
            let message = format!("{path}: `{}`, which {holder} has", field.shown);
            let place = places.field(address, field.key());
            Diagnostic::error(Code::UnsupportedField, message, place)
                .with_label("this server does not have it")
        };
        self.0.iter().map(message).collect()
    }
}

/// Makes sure that the server has each field that the plan sets, and returns those of which that is unknown.
///
/// # Errors
/// When it does not; all such fields are named.
pub(crate) async fn check(
    plan: &Plan,
    vault: &impl ReadVault,
) -> Result<UnverifiedFields, UnsupportedFields> {
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
    let mut missing = Vec::new();
    let mut unverified = UnverifiedFields::new();
    for UsedField { address, field, .. } in &used {
        let help = answers.get(&(address.kind, &*address.mount));
        let help = help.and_then(Option::as_ref);
        let by_help = help.map(|names| names.contains(field.parameter));
        let by_version = by_version(server, field.availability);
        if by_help == Some(false) || by_version == Some(false) {
            missing.push(((*address).clone(), *field));
        } else if by_help.or(by_version).is_none() {
            let fields = unverified.entry(address.mount.clone()).or_default();
            fields.insert(field.shown.to_owned());
        }
    }
    if missing.is_empty() {
        Ok(unverified)
    } else {
        Err(UnsupportedFields(missing))
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

/// Whether a server has a field, as far as its version says: versions up to the newest one that was tried lack what that
/// one lacks, and later ones have what it has.
fn by_version(server: ServerVersion, availability: Availability) -> Option<bool> {
    let (is_tried, is_older, has) = match server {
        ServerVersion::Unknown => return None,
        ServerVersion::OpenBao(number) => (
            number >= TRIED_OPENBAO,
            number <= TRIED_OPENBAO,
            match availability {
                Availability::OpenBao => true,
                // Its AWS engine is a plugin with a version of its own.
                Availability::NewEngine => return None,
                _ => false,
            },
        ),
        ServerVersion::Vault(number, edition) => (
            number >= TRIED_VAULT,
            number <= TRIED_VAULT,
            match availability {
                Availability::Vault | Availability::NewEngine => true,
                Availability::Enterprise if edition != Edition::Community => return None,
                _ => false,
            },
        ),
    };
    let is_known = if has { is_tried } else { is_older };
    is_known.then_some(has)
}

#[cfg(test)]
mod tests;
