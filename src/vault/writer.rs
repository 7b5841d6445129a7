//! Writing, for apply.

use serde::Serialize;
use serde_json::{Map, Value};

use super::call::Call;
use super::error::Error;
use super::reader::Reader;

/// Writes to Vault.
///
/// A request whose answer was lost is sent again, so it must have the same effect twice: writes are whole, and
/// deleting what is gone succeeds. Creating a mount is the exception: sent again, it is refused with "path is already
/// in use", as an [`Error::Rejected`] with `sends` above one. Whether the mount is the right one is then for the
/// caller to read.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(super) reader: Reader,
}

impl Writer {
    /// Writes a body to a path, and returns the data of the answer, which most paths do not have.
    pub(crate) async fn write(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Option<Map<String, Value>>, Error> {
        let envelope = self
            .reader
            .connection
            .call(&Call::write(path, body)?)
            .await?;
        Ok(envelope.and_then(|envelope| envelope.data))
    }

    /// Asks for a secret that is made for this request, such as credentials, and returns it with its life in seconds.
    pub(crate) async fn issue(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<(Map<String, Value>, u64), Error> {
        let envelope = self
            .reader
            .connection
            .call(&Call::write(path, body)?)
            .await?
            .ok_or_else(|| Error::Incomplete {
                path: path.to_owned(),
                field: "data",
            })?;
        let seconds = envelope.lease_duration;
        Ok((envelope.into_data(path)?, seconds))
    }

    /// Deletes what is at a path. Nothing there is a success.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Error> {
        self.reader
            .connection
            .call::<Map<String, Value>>(&Call::delete(path))
            .await?;
        Ok(())
    }

    /// The reader of the same Vault.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }
}
