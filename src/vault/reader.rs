//! Reading, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, FuturesUnordered, Stream, StreamExt};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::call::Call;
use super::capabilities::Capabilities;
use super::connection::Connection;
use super::error::Error;
use super::health::ServerId;

/// Reads from Vault. Has no way to write: planning is given one of these.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(super) connection: Arc<Connection>,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<String>,
}

impl Reader {
    /// The data at a path such as `auth/gitlab/role/aws`; `None` where Vault says that nothing is there.
    ///
    /// # Errors
    /// [`Error::MissingMount`] and [`Error::UnsupportedPath`] are not absence.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Map<String, Value>>, Error> {
        let envelope = self.connection.call(&Call::read(path)).await?;
        envelope
            .map(|envelope| envelope.into_data(path))
            .transpose()
    }

    /// The names below a path, as Vault sorts them; those of folders end in `/`. Empty where there are none.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        let envelope = self.connection.call::<Keys>(&Call::list(path)).await?;
        let data = envelope
            .map(|envelope| envelope.into_data(path))
            .transpose()?;
        Ok(data.map(|data| data.keys).unwrap_or_default())
    }

    /// What the token may do at each of these paths.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the token may not ask, which Vault's `default` policy allows.
    pub(crate) async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Capabilities>, Error> {
        self.connection.capabilities(paths).await
    }

    /// Which cluster answers, and in which namespace.
    pub(crate) fn server_id(&self) -> ServerId {
        self.connection.server.clone()
    }

    /// Works on each item, on as many at once as the server takes, and hands on what comes of them as it comes.
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
