//! The names in a folder, as far as Vault can say them.

use crate::acl::Capability;
use crate::resource::{Folder, POLICIES};
use crate::vault::{ReadVault, VaultError};

/// A name to ask for where nothing can be listed: the answer shows whether the server knows such resources at all.
const UNUSED_NAME: &str = "vault-provisioner-asks-whether-there-are-any";

/// What is in a folder.
pub(super) enum Listing {
    /// These.
    Names(Vec<String>),
    /// It can't be known.
    Unlisted(Unlisted),
    /// Nothing: the server has no resources of this kind.
    NoSuchKind,
}

/// Why the resources of a folder could not be listed.
#[derive(Debug, Clone)]
pub(crate) enum Unlisted {
    /// The token may not.
    Denied(VaultError),
    /// The server has such resources, and no request that lists them.
    Unsupported,
}

/// Lists a folder.
///
/// # Errors
/// When a request fails for another reason than that nothing can be listed there.
pub(super) async fn list(vault: &impl ReadVault, folder: &Folder) -> Result<Listing, VaultError> {
    match vault.list(&folder.path()).await {
        Ok(names) => Ok(Listing::Names(names)),
        Err(VaultError::UnsupportedPath { .. }) => without_list(vault, folder).await,
        Err(error) => denied(error, Capability::List),
    }
}

/// Vault 1.14's AWS engine has static roles that it can't list, and Vault has no CEL roles: both refuse the list alike.
async fn without_list(vault: &impl ReadVault, folder: &Folder) -> Result<Listing, VaultError> {
    match vault.get(&folder.item(UNUSED_NAME).path()).await {
        Ok(_) => Ok(Listing::Unlisted(Unlisted::Unsupported)),
        Err(VaultError::UnsupportedPath { .. }) => Ok(Listing::NoSuchKind),
        Err(error) => denied(error, Capability::Read),
    }
}

/// The names of all policies; none where the token may not list them.
///
/// # Errors
/// When the request fails for another reason.
pub(super) async fn policies(vault: &impl ReadVault) -> Result<Option<Vec<String>>, VaultError> {
    match vault.list(POLICIES).await {
        Ok(names) => Ok(Some(names)),
        Err(error) if error.lacks(Capability::List) => Ok(None),
        Err(error) => Err(error),
    }
}

fn denied(error: VaultError, needed: Capability) -> Result<Listing, VaultError> {
    if error.lacks(needed) {
        return Ok(Listing::Unlisted(Unlisted::Denied(error)));
    }
    Err(error)
}
