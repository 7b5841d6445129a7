//! Plan + server -> the fields that the server does not have: it would silently drop them.
//!
//! A server's own help for a path says what a write to it takes, whatever the server is and whichever plugin is mounted
//! there. Without it, as in a mount that is not there yet, its version counts, up to the newest one that was tried. `apply`
//! asks a new mount for its help before it writes anything there. What nothing says is read back after the write.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use futures::stream::StreamExt;

use crate::diagnostic::{Code, Diagnostic};
use crate::mappings::Places;
use crate::plan::{Change, Plan, UnverifiedFields};
use crate::resource::{Address, Availability, Kind, PartialField};
use crate::vault::{self, Edition, ReadVault, ServerVersion, VersionNumber};

/// The newest versions that were tried: those of docs/servers.md.
const TRIED_OPENBAO: VersionNumber = (2, 7, 2);
const TRIED_VAULT: VersionNumber = (1, 21, 1);

/// The files set fields that the server does not have.
#[derive(Debug, Default)]
pub(crate) struct UnsupportedFields(Vec<(Address, PartialField)>);

/// `jwks_pairs`, `external_id`, which HashiCorp Vault has; `role_arn`, which Vault Enterprise has
impl fmt::Display for UnsupportedFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_holder: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (_, field) in &self.0 {
            let fields = by_holder.entry(field.availability.holder()).or_default();
            fields.push(format!("`{}`", field.shown));
        }
        let parts = by_holder
            .iter()
            .map(|(holder, fields)| format!("{}, which {holder} has", fields.join(", ")));
        f.write_str(&parts.collect::<Vec<_>>().join("; "))
    }
}

impl UnsupportedFields {
    /// A message for each field, at its place in the files.
    pub(crate) fn diagnostics(&self, places: &Places<'_>) -> Vec<Diagnostic> {
        let message = |(address, field): &(Address, PartialField)| {
            let field_alone = Self(vec![(address.clone(), *field)]);
            let message = format!("{}: {field_alone}", address.path());
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
    let used = used(&plan.changes);
    let help = MountHelp::for_fields(&used, vault).await;
    let server = vault.server_version();
    let mut missing = Vec::new();
    let mut unverified = UnverifiedFields::new();
    for used @ UsedField { address, field, .. } in &used {
        let by_help = help.has(used);
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

/// The fields that changes set and that the mounts they write to lack, by the mounts' own help.
pub(crate) async fn lacking<'p>(
    changes: impl IntoIterator<Item = &'p Change>,
    vault: &impl ReadVault,
) -> HashMap<&'p Address, UnsupportedFields> {
    let used = used(changes);
    let help = MountHelp::for_fields(&used, vault).await;
    let mut lacking: HashMap<&Address, UnsupportedFields> = HashMap::new();
    for used in used.iter().filter(|used| help.has(used) == Some(false)) {
        let UnsupportedFields(fields) = lacking.entry(used.address).or_default();
        fields.push((used.address.clone(), used.field));
    }
    lacking
}

/// What writes take, by the server's own help for a path of each kind in each mount.
struct MountHelp<'p>(BTreeMap<(Kind, &'p str), Option<BTreeSet<String>>>);

impl<'p> MountHelp<'p> {
    async fn for_fields(used: &[UsedField<'p>], vault: &impl ReadVault) -> Self {
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
        Self(answers.collect().await)
    }

    /// Whether the field is there; `None` if the help does not say.
    fn has(&self, used: &UsedField<'_>) -> Option<bool> {
        let address = used.address;
        let names = self.0.get(&(address.kind, &*address.mount))?.as_ref()?;
        Some(names.contains(used.field.parameter))
    }
}

/// A field that not every server has, and that a change sets.
struct UsedField<'p> {
    address: &'p Address,
    field: PartialField,
    /// The API path of a write.
    path: String,
}

fn used<'p>(changes: impl IntoIterator<Item = &'p Change>) -> Vec<UsedField<'p>> {
    let mut used = Vec::new();
    for change in changes {
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
