//! What the other modules do with Vault: read for a plan, write for apply.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, FuturesUnordered, Stream, StreamExt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::error::VaultError;
use super::request::VaultRequest;
use super::session::{Connection, ServerId, Session};
use crate::diagnostic::printable;

/// Reads from Vault. It has no method that writes: planning has nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    connection: Arc<Connection>,
}

/// The data of a list.
#[derive(Deserialize)]
struct ListedKeys {
    keys: Vec<String>,
}

impl Session {
    /// A handle that reads and can't write.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            connection: self.connection(),
        }
    }

    /// A handle that also writes.
    pub(crate) fn writer(&self) -> Writer {
        Writer {
            reader: self.reader(),
        }
    }
}

impl Reader {
    /// The data at a path such as `auth/gitlab/role/aws`; `None` where Vault says that nothing exists.
    ///
    /// # Errors
    /// When the request fails. [`VaultError::MissingMount`] and [`VaultError::UnsupportedPath`] are not absence.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Map<String, Value>>, VaultError> {
        self.read(&VaultRequest::read(path)).await
    }

    /// The names below a path, in Vault's order; the name of a folder ends in `/`. Empty where nothing exists.
    ///
    /// # Errors
    /// As [`Reader::get`].
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<String>, VaultError> {
        let listed: Option<ListedKeys> = self.read(&VaultRequest::list(path)).await?;
        Ok(listed.map(|listed| listed.keys).unwrap_or_default())
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
    ) -> Result<Option<T>, VaultError> {
        let envelope = self.connection.send(request).await?;
        envelope
            .map(|envelope| envelope.into_data(&request.path))
            .transpose()
    }

    /// The capabilities of the token at each of these paths.
    ///
    /// # Errors
    /// [`VaultError::Forbidden`] if the token may not ask for them, which Vault's `default` policy allows.
    pub(crate) async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Capabilities>, VaultError> {
        self.connection.capabilities(paths).await
    }

    /// The cluster and the namespace of the session.
    pub(crate) fn server_id(&self) -> ServerId {
        self.connection.server().clone()
    }

    /// Processes the items, as many at once as may be in flight, and yields the results in the order in which they
    /// complete.
    pub(crate) fn each<I, F: Future>(
        &self,
        items: impl IntoIterator<Item = I>,
        work: impl Fn(I) -> F,
    ) -> impl Stream<Item = F::Output> {
        let mut items = items.into_iter();
        let mut running = FuturesUnordered::new();
        stream::poll_fn(move |context| {
            let room = self.connection.parallelism().saturating_sub(running.len());
            running.extend(items.by_ref().take(room).map(&work));
            running.poll_next_unpin(context)
        })
    }
}

/// Writes to Vault.
///
/// A request whose answer was lost is sent again, so it must have the same effect twice: a write replaces the whole
/// value, and deleting what does not exist succeeds. Creating a mount is the exception. Sent again, it fails with "path
/// is already in use", which is a [`VaultError::Rejected`] with `sends` above one; the caller then reads the mount to find
/// out whether it is the right one.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    reader: Reader,
}

impl Writer {
    /// Writes a body to a path, and returns the data of the response, which most paths do not have.
    ///
    /// # Errors
    /// When the request fails.
    pub(crate) async fn write(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Option<Map<String, Value>>, VaultError> {
        let request = VaultRequest::write(path, body)?;
        let envelope = self.reader.connection.send(&request).await?;
        Ok(envelope.and_then(|envelope| envelope.data))
    }

    /// Requests a secret that Vault creates for this request, such as credentials, and returns it with its lifetime in
    /// seconds.
    ///
    /// # Errors
    /// When the request fails or returns no data.
    pub(crate) async fn issue(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(Map<String, Value>, u64), VaultError> {
        let request = VaultRequest::write(path, body)?;
        let envelope = self.reader.connection.send(&request).await?;
        let envelope = envelope.ok_or_else(|| VaultError::Incomplete {
            path: printable(path).into_owned(),
            field: "data",
        })?;
        let seconds = envelope.lease_duration;
        Ok((envelope.into_data(path)?, seconds))
    }

    /// Deletes the value at a path. It succeeds where nothing exists.
    ///
    /// # Errors
    /// When the request fails.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), VaultError> {
        let request = VaultRequest::delete(path);
        let deleted = self.reader.connection.send::<Map<String, Value>>(&request);
        deleted.await.map(drop)
    }

    /// The reader of the same session.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }
}
