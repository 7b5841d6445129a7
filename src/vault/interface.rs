//! What the other modules may do with Vault. Planning takes a [`ReadVault`], which can't write, and apply a
//! [`WriteVault`]. Tests of both give them a server in memory.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, FuturesUnordered, Stream, StreamExt};
use serde::Serialize;
use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::error::VaultError;
use super::session::ServerId;
use super::version::ServerVersion;

/// Reads from Vault.
pub(crate) trait ReadVault {
    /// The data at a path such as `auth/gitlab/role/aws`; `None` where Vault says that nothing exists.
    ///
    /// # Errors
    /// When the request fails. [`VaultError::MissingMount`] and [`VaultError::UnsupportedPath`] are not absence.
    async fn get(&self, path: &str) -> Result<Option<Map<String, Value>>, VaultError>;

    /// The names below a path, in Vault's order; the name of a folder ends in `/`. Empty where nothing exists.
    ///
    /// # Errors
    /// As [`ReadVault::get`].
    async fn list(&self, path: &str) -> Result<Vec<String>, VaultError>;

    /// The capabilities of the token at each of these paths.
    ///
    /// # Errors
    /// [`VaultError::Forbidden`] if the token may not ask for them, which Vault's `default` policy allows.
    async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Capabilities>, VaultError>;

    /// The names of what a write to this path takes, by the server's own help, which every token may read; `None` if it does
    /// not say.
    ///
    /// # Errors
    /// As [`ReadVault::get`].
    async fn parameters(&self, path: &str) -> Result<Option<BTreeSet<String>>, VaultError>;

    /// The cluster and the namespace of the session.
    fn server_id(&self) -> ServerId;

    /// The program that answers.
    fn server_version(&self) -> ServerVersion;

    /// How many requests may be in flight now.
    fn parallelism(&self) -> usize;
}

/// Processes the items, as many at once as may be in flight, and yields the results in the order in which they complete.
pub(crate) fn each<I, F: Future>(
    vault: &impl ReadVault,
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> F,
) -> impl Stream<Item = F::Output> {
    let mut items = items.into_iter();
    let mut running = FuturesUnordered::new();
    stream::poll_fn(move |context| {
        let room = vault.parallelism().saturating_sub(running.len());
        running.extend(items.by_ref().take(room).map(&work));
        running.poll_next_unpin(context)
    })
}

/// Writes to Vault.
///
/// A request whose answer was lost is sent again, so it must have the same effect twice: a write replaces the whole
/// value, and deleting what does not exist succeeds. Creating a mount is the exception. Sent again, it fails with "path
/// is already in use", which is a [`VaultError::Rejected`] with `sends` above one; the caller then reads the mount to find
/// out whether it is the right one.
pub(crate) trait WriteVault: ReadVault {
    /// Writes a body to a path.
    ///
    /// # Errors
    /// When the request fails.
    async fn write(&self, path: &str, body: &impl Serialize) -> Result<(), VaultError>;

    /// Deletes the value at a path. It succeeds where nothing exists.
    ///
    /// # Errors
    /// When the request fails.
    async fn delete(&self, path: &str) -> Result<(), VaultError>;
}
