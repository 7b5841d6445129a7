//! What the other modules do with Vault: read for a plan, write for apply.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::error::VaultError;
use super::help::{self, Help};
use super::interface::{ReadVault, WriteVault};
use super::request::VaultRequest;
use super::session::{Connection, ServerId, Session};
use super::version::ServerVersion;
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
    async fn read<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
    ) -> Result<Option<T>, VaultError> {
        let envelope = self.connection.send(request).await?;
        envelope
            .map(|envelope| envelope.into_data(&request.path))
            .transpose()
    }
}

impl ReadVault for Reader {
    async fn get(&self, path: &str) -> Result<Option<Map<String, Value>>, VaultError> {
        self.read(&VaultRequest::read(path)).await
    }

    async fn list(&self, path: &str) -> Result<Vec<String>, VaultError> {
        let listed: Option<ListedKeys> = self.read(&VaultRequest::list(path)).await?;
        Ok(listed.map(|listed| listed.keys).unwrap_or_default())
    }

    async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Capabilities>, VaultError> {
        self.connection.capabilities(paths).await
    }

    async fn parameters(&self, path: &str) -> Result<Option<BTreeSet<String>>, VaultError> {
        let request = VaultRequest::read(path).with_query(help::QUERY);
        let help: Option<Help> = self.connection.send_bare(&request).await?;
        Ok(help.and_then(|help| help.parameters()))
    }

    fn server_id(&self) -> ServerId {
        self.connection.server().clone()
    }

    fn parallelism(&self) -> usize {
        self.connection.parallelism()
    }

    fn server_version(&self) -> ServerVersion {
        self.connection.version()
    }
}

/// Reads and writes.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    reader: Reader,
}

impl Writer {
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
}

impl ReadVault for Writer {
    async fn get(&self, path: &str) -> Result<Option<Map<String, Value>>, VaultError> {
        self.reader.get(path).await
    }

    async fn list(&self, path: &str) -> Result<Vec<String>, VaultError> {
        self.reader.list(path).await
    }

    async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Capabilities>, VaultError> {
        self.reader.capabilities_self(paths).await
    }

    async fn parameters(&self, path: &str) -> Result<Option<BTreeSet<String>>, VaultError> {
        self.reader.parameters(path).await
    }

    fn server_version(&self) -> ServerVersion {
        self.reader.server_version()
    }

    fn server_id(&self) -> ServerId {
        self.reader.server_id()
    }

    fn parallelism(&self) -> usize {
        self.reader.parallelism()
    }
}

impl WriteVault for Writer {
    async fn write(&self, path: &str, body: &impl Serialize) -> Result<(), VaultError> {
        let request = VaultRequest::write(path, body)?;
        let written = self.reader.connection.send::<IgnoredAny>(&request);
        written.await.map(drop)
    }

    async fn delete(&self, path: &str) -> Result<(), VaultError> {
        let request = VaultRequest::delete(path);
        let deleted = self.reader.connection.send::<IgnoredAny>(&request);
        deleted.await.map(drop)
    }
}
