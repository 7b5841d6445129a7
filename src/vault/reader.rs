//! Reading, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::Call;
use super::error::Error;
use super::health::{Server, ServerId};
use super::session::Connection;

/// Reads from Vault. Has no way to write: planning is given one of these.
#[derive(Clone)]
pub struct Reader {
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
    pub async fn get(&self, path: &str) -> Result<Option<Map<String, Value>>, Error> {
        let envelope = self.connection.call(&Call::read(path)).await?;
        Ok(envelope.and_then(|envelope| envelope.data))
    }

    /// The names below a path, as Vault sorts them; those of folders end in `/`. Empty where there are none.
    pub async fn list(&self, path: &str) -> Result<Vec<String>, Error> {
        let envelope = self.connection.call::<Keys>(&Call::list(path)).await?;
        Ok(envelope
            .and_then(|envelope| envelope.data)
            .map(|data| data.keys)
            .unwrap_or_default())
    }

    /// What the token may do at each of these paths: the words of policies, or `root`, or `deny`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the token may not ask, which Vault's `default` policy allows.
    pub async fn capabilities_self(
        &self,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Vec<String>>, Error> {
        self.connection.capabilities(paths).await
    }

    /// How many requests are worth starting at once.
    pub fn parallelism(&self) -> usize {
        self.connection.client.settings().parallelism.get()
    }

    /// Which Vault the paths are of: the cluster that answers, and the namespace.
    pub fn server_id(&self) -> ServerId {
        ServerId {
            cluster_id: self.server().cluster_id.clone().unwrap_or_default(),
            namespace: self.connection.client.settings().namespace.to_string(),
        }
    }

    /// Who answers.
    pub fn server(&self) -> &Server {
        &self.connection.server
    }
}
