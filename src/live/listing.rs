//! Lists the names in a folder, as far as the token and the server allow it.

use futures::stream::StreamExt;

use crate::acl::Capability;
use crate::desired::Desired;
use crate::resource::{Folder, POLICIES};
use crate::vault::{self, ReadVault, VaultError};

/// A name that is read where nothing can be listed: the answer shows whether the server knows such resources.
const UNUSED_NAME: &str = "vault-provisioner-asks-whether-there-are-any";

/// The content of a folder.
pub(super) enum Listing {
    /// These names.
    Names(Vec<String>),
    /// It is unknown.
    Unlisted(Unlisted),
    /// Nothing, because the server has no resources of this kind.
    NoSuchKind,
}

/// Why the resources of a folder could not be listed.
#[derive(Debug, Clone)]
pub(crate) enum Unlisted {
    /// The token may not list it.
    Denied(VaultError),
    /// The server has such resources, and no request to list them.
    Unsupported,
}

/// Lists a folder.
///
/// # Errors
/// When a request fails for a reason other than that nothing can be listed there.
pub(super) async fn list(vault: &impl ReadVault, folder: &Folder) -> Result<Listing, VaultError> {
    match vault.list(&folder.path()).await {
        Ok(names) => Ok(Listing::Names(names)),
        Err(VaultError::UnsupportedPath { .. }) => without_list(vault, folder).await,
        Err(error) => denied(error, Capability::List),
    }
}

/// Vault 1.14's AWS engine has static roles that it can't list, and Vault has no CEL roles: both refuse the list with the
/// same error.
async fn without_list(vault: &impl ReadVault, folder: &Folder) -> Result<Listing, VaultError> {
    match vault.get(&folder.item(UNUSED_NAME).path()).await {
        Ok(_) => Ok(Listing::Unlisted(Unlisted::Unsupported)),
        Err(VaultError::UnsupportedPath { .. }) => Ok(Listing::NoSuchKind),
        Err(error) => denied(error, Capability::Read),
    }
}

/// Lists folders. The caller decides about failures, because a mount may not exist.
pub(super) async fn all<'f>(
    vault: &impl ReadVault,
    folders: impl Iterator<Item = &'f Folder>,
) -> Vec<(&'f Folder, Result<Listing, VaultError>)> {
    let lists = vault::each(vault, folders, async |folder| {
        (folder, list(vault, folder).await)
    });
    lists.collect().await
}

/// The listing of a folder whose mount is there by now: what was asked before it was mounted is asked again.
///
/// # Errors
/// As [`list`].
pub(super) async fn once_mounted(
    vault: &impl ReadVault,
    folder: &Folder,
    listing: Result<Listing, VaultError>,
) -> Result<Listing, VaultError> {
    match listing {
        Err(VaultError::MissingMount { .. }) => list(vault, folder).await,
        listing => listing,
    }
}

/// The policies of a server.
pub(super) enum Policies {
    /// These names.
    Names(Vec<String>),
    /// The token may not list them.
    Hidden,
    /// The files have no policies with a common prefix, so the list is not needed.
    NotAsked,
}

/// Lists the policies, where the files have policies by a common prefix.
///
/// # Errors
/// When the request fails for a reason other than that the token may not list them.
pub(super) async fn policies_beside(
    vault: &impl ReadVault,
    desired: &Desired,
) -> Result<Policies, VaultError> {
    if desired.policy_prefixes.is_empty() {
        return Ok(Policies::NotAsked);
    }
    match vault.list(POLICIES).await {
        Ok(names) => Ok(Policies::Names(names)),
        Err(error) if error.lacks(Capability::List) => Ok(Policies::Hidden),
        Err(error) => Err(error),
    }
}

fn denied(error: VaultError, needed: Capability) -> Result<Listing, VaultError> {
    if error.lacks(needed) {
        return Ok(Listing::Unlisted(Unlisted::Denied(error)));
    }
    Err(error)
}
