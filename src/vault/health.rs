//! Who answers: `sys/health`, which needs no token and knows no namespace.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::answer::Outcome;
use super::call::Call;
use super::client::Client;
use super::error::Error;
use super::message::one_line;

/// Every state answers 200 with these, so that a 503 is a proxy's and not a sealed Vault's.
///
/// <https://developer.hashicorp.com/vault/api-docs/system/health>
const PATH: &str = "sys/health";
const QUERY: &str = "standbyok=true&perfstandbyok=true&sealedcode=200&uninitcode=200&standbycode=200\
                     &drsecondarycode=200&performancestandbycode=200";

/// A dead server is to be reported in seconds, however long other answers may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Which cluster, and which namespace on it: what a saved plan is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerId {
    /// The cluster's id; empty if the server tells none.
    pub(crate) cluster_id: String,
    /// The namespace; empty is the root one.
    pub(crate) namespace: String,
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
    cluster_id: Option<String>,
    /// Vault 1.17 and newer; OpenBao does not say.
    enterprise: Option<bool>,
}

/// Asks who answers, and fails if it cannot serve. A standby can: it passes requests on, or redirects them.
pub(super) async fn check(client: &Client) -> Result<ServerId, Error> {
    let call = Call::read(PATH)
        .with_query(QUERY)
        .outside_namespaces()
        .within(ANSWER_WITHIN);
    let server = client.server();
    let health: Health = match client.send(&call, None).await? {
        // What Vault answers below a wrong prefix.
        Outcome::Absent => {
            let (path, what) = (PATH.to_owned(), "an empty answer".to_owned());
            return Err(Error::NotVault {
                server,
                path,
                what,
                status: 404,
            });
        }
        outcome => outcome.found(PATH)?,
    };
    if !health.initialized {
        return Err(Error::NotInitialised { server });
    }
    if health.sealed {
        return Err(Error::Sealed { server });
    }
    if health.replication_dr_mode == "secondary" {
        return Err(Error::DisasterRecovery { server });
    }
    let namespace = client.settings().namespace.to_string();
    // The community edition ignores the header, so every request would go to the root namespace.
    if health.enterprise == Some(false) && !namespace.is_empty() {
        return Err(Error::NoNamespaces { server, namespace });
    }
    tracing::debug!(
        server,
        version = one_line(&health.version),
        standby = health.standby,
        "Vault answers"
    );
    Ok(ServerId {
        cluster_id: health
            .cluster_id
            .as_deref()
            .map(one_line)
            .unwrap_or_default(),
        namespace,
    })
}
