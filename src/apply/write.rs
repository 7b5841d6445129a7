//! Carries out one change: writes it whole, reads it back and compares.

use serde_json::{Map, Value};

use crate::compatibility::UnsupportedFields;
use crate::live;
use crate::plan::{Action, Change};
use crate::resource::{Accessors, Address, Held, Known, Place, Policy, Resource, Typed, Write};
use crate::value::SecretError;
use crate::vault::{VaultError, WriteVault};

/// Why a change failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    /// Vault refused it.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The answer to the write was lost, and reading back failed too.
    #[error("{0}; it is unknown whether Vault carried out the change")]
    NotKnown(VaultError),
    /// The user sent a second signal before Vault answered.
    #[error("abandoned at the second signal; it is unknown whether Vault carried out the change")]
    GivenUp,
    /// Vault accepted the write, and reading back failed.
    #[error("written, but not read back: {0}")]
    ReadBack(VaultError),
    /// The new mount says that it does not have fields that the files set.
    #[error("not written, as this server does not have {0}")]
    UnsupportedFields(UnsupportedFields),
    /// Vault accepted the write, and holds something else.
    #[error(
        "Vault accepted the write but keeps {} differently; this server may not know {}, or someone wrote at the same time",
        fields.join(", "),
        if fields.len() == 1 { "that field" } else { "those fields" }
    )]
    KeptDifferently {
        /// The fields that differ.
        fields: Vec<String>,
    },
    /// Vault accepted the write, and holds nothing.
    #[error(
        "Vault accepted the write, but holds nothing there; someone may have deleted it at the same time"
    )]
    NotThere,
    /// Someone has changed it since it was compared.
    #[error("someone has changed it since it was read, so it was not written; plan again")]
    Moved,
    /// Vault accepted the delete, and still holds the resource.
    #[error(
        "Vault accepted the delete, but still holds it; someone may have written it at the same time"
    )]
    StillThere,
    /// A resource that can't be changed in place was deleted, and creating it again failed.
    #[error("deleted in order to create it with the new value, which failed: {0}")]
    NotCreatedAgain(Box<ChangeError>),
    /// A secret that goes with the write is missing.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The accessor of a new mount could not be read.
    #[error("the accessor of auth/{0} is unknown; plan and apply again")]
    NoAccessor(String),
}

/// Carries out a change, and verifies that Vault holds the result.
///
/// # Errors
/// When Vault refuses it, or holds something else afterwards.
pub(super) async fn carry_out(
    change: &Change,
    vault: &impl WriteVault,
    accessors: &Accessors,
) -> Result<(), ChangeError> {
    let address = &change.address;
    match &change.action {
        Action::Create { after } => write(change, None, after, vault, accessors).await,
        Action::Update { after, .. } if change.is_replacement() => {
            delete(address, vault).await?;
            let created = write(change, None, after, vault, accessors).await;
            created.map_err(|error| ChangeError::NotCreatedAgain(Box::new(error)))
        }
        Action::Update { before, after } => {
            write(change, Some(before), after, vault, accessors).await
        }
        Action::Delete { .. } => delete(address, vault).await,
    }
}

async fn write(
    change: &Change,
    before: Option<&Held>,
    after: &Resource,
    vault: &impl WriteVault,
    accessors: &Accessors,
) -> Result<(), ChangeError> {
    let address = &change.address;
    let mut after = resolve(after, accessors)?;
    let replaced = before.and_then(|before| before.to_replace(address.kind));
    let mut write = after.write(address, replaced.as_ref());
    let carried = match before {
        Some(before) if address.kind.is_replaced() => {
            let mut carried = carried(address, before, vault).await?;
            after.prune_carried(&mut carried);
            carried
        }
        Some(_) => Map::new(),
        None => address.kind.guard(None),
    };
    let is_guarded = !carried.is_empty();
    write.body.extend(carried);
    if let Some(credentials) = &change.credentials {
        after.add_secrets(&mut write.body, credentials)?;
    }
    let mut written = vault.write(&write.path, &write.body).await;
    let mut kept = live::read_one(vault, address).await;
    if let (None, Ok(()), Ok(Some(created))) = (before, &written, &kept)
        && let Some(rest) = left_to_tune(address, &after, created)
    {
        written = vault.write(&rest.path, &rest.body).await;
        kept = live::read_one(vault, address).await;
    }
    // The answer to a write can get lost, so what Vault holds now decides.
    match (written, kept) {
        (_, Ok(Some(kept))) if kept.readable() == Some(&after) => Ok(()),
        (Err(error), Err(_)) => Err(ChangeError::NotKnown(error)),
        (Err(_), Ok(kept)) if is_guarded && kept.as_ref() != before => Err(ChangeError::Moved),
        (Err(error), Ok(_)) => Err(error.into()),
        (Ok(_), Err(error)) => Err(ChangeError::ReadBack(error)),
        (Ok(_), Ok(None)) => Err(ChangeError::NotThere),
        (Ok(_), Ok(Some(kept))) => Err(ChangeError::KeptDifferently {
            fields: differing(&after, &kept),
        }),
    }
}

/// The second request of a new mount, for the settings that can only be tuned.
fn left_to_tune(address: &Address, after: &Resource, created: &Held) -> Option<Write> {
    let is_mount = matches!(address.kind.place(), Place::Mount(_));
    (is_mount && created.readable() != Some(after)).then(|| {
        let created = created.to_replace(address.kind);
        after.write(address, created.as_ref())
    })
}

/// The accessors of all auth mounts.
///
/// # Errors
/// When the table can't be read.
pub(super) async fn accessors(vault: &impl WriteVault) -> Result<Accessors, VaultError> {
    let mounts = vault.get("sys/auth").await?.unwrap_or_default();
    let accessors = mounts.into_iter().filter_map(|(path, mount)| {
        let accessor = mount.get("accessor")?.as_str()?.to_owned();
        Some((path.trim_end_matches('/').to_owned(), accessor))
    });
    Ok(accessors.collect())
}

async fn delete(address: &Address, vault: &impl WriteVault) -> Result<(), ChangeError> {
    let deleted = vault.delete(&address.path()).await;
    let kept = live::read_one(vault, address).await;
    match (deleted, kept) {
        (_, Ok(None)) => Ok(()),
        (Err(error), Err(_)) => Err(ChangeError::NotKnown(error)),
        (Err(error), Ok(Some(_))) => Err(error.into()),
        (Ok(()), Err(error)) => Err(ChangeError::ReadBack(error)),
        (Ok(()), Ok(Some(_))) => Err(ChangeError::StillThere),
    }
}

fn resolve(after: &Resource, accessors: &Accessors) -> Result<Resource, ChangeError> {
    let known = Known {
        accessors,
        credentials: None,
        live: None,
    };
    let resolved = after.resolve(known).unwrap_or_else(|| after.clone());
    let policy = Policy::of(&resolved);
    match policy.and_then(|policy| policy.unresolved_mounts.first()) {
        Some(mount) => Err(ChangeError::NoAccessor(mount.clone())),
        None => Ok(resolved),
    }
}

/// What a write that replaces everything must carry: the unmodelled attributes, and the version that it replaces.
///
/// # Errors
/// When Vault no longer holds what the plan found.
async fn carried(
    address: &Address,
    before: &Held,
    vault: &impl WriteVault,
) -> Result<Map<String, Value>, ChangeError> {
    let data = vault.get(&address.path()).await?;
    let guard = address.kind.guard(data.as_ref());
    let answer = address.kind.parse(data.unwrap_or_default());
    if answer.held != *before {
        return Err(ChangeError::Moved);
    }
    let mut carried = answer.unmodelled;
    carried.extend(guard);
    Ok(carried)
}

fn differing(written: &Resource, kept: &Held) -> Vec<String> {
    let kept = kept.fields();
    let fields = written.fields().into_iter();
    fields
        .filter(|(name, value)| kept.get(name) != Some(value))
        .map(|(name, _)| name)
        .collect()
}
