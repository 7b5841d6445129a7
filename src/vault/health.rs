//! Who answers: `sys/health`, which needs no token and knows no namespace.

use serde::{Deserialize, Serialize};

use super::client::{Call, Client};
use super::error::Error;
use super::message::one_line;

/// Every state answers 200 with these, so that a 503 is a proxy's and not a sealed Vault's.
///
/// <https://developer.hashicorp.com/vault/api-docs/system/health>
const PATH: &str = "sys/health";
const QUERY: &str = "standbyok=true&perfstandbyok=true&sealedcode=200&uninitcode=200&standbycode=200\
                     &drsecondarycode=200&performancestandbycode=200";

/// The identity of a Vault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The cluster's id, the same on all its nodes.
    pub cluster_id: Option<String>,
    /// The cluster's name.
    pub cluster_name: Option<String>,
    /// The version, as in `2.0.3` or `1.18.5+ent`.
    pub version: String,
}

/// Which Vault a plan is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerId {
    /// The cluster's id; empty where the server tells none.
    pub cluster_id: String,
    /// The namespace; empty for the root namespace.
    pub namespace: String,
}

#[derive(Deserialize)]
struct Health {
    initialized: bool,
    sealed: bool,
    #[serde(default)]
    standby: bool,
    #[serde(default)]
    replication_dr_mode: String,
    version: String,
    cluster_name: Option<String>,
    cluster_id: Option<String>,
}

/// Asks who answers, and fails if it cannot serve. A standby can: it passes requests on, or redirects them.
pub(super) async fn check(client: &Client) -> Result<Server, Error> {
    let call = Call::read(PATH).with_query(QUERY).outside_namespaces();
    let health: Health = client.send(&call, None).await?.found(PATH)?;
    let server = client.server();
    if !health.initialized {
        return Err(Error::NotInitialised { server });
    }
    if health.sealed {
        return Err(Error::Sealed { server });
    }
    if health.replication_dr_mode == "secondary" {
        return Err(Error::DisasterRecovery { server });
    }
    if health.standby {
        tracing::debug!(server, "this node is a standby");
    }
    Ok(Server {
        cluster_id: health.cluster_id.as_deref().map(one_line),
        cluster_name: health.cluster_name.as_deref().map(one_line),
        version: one_line(&health.version),
    })
}
