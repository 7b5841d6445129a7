//! What a server says of itself to anyone, asked once and quickly.

use std::time::Duration;

use serde::Deserialize;

use super::client::VaultClient;
use super::error::VaultError;
use super::request::VaultRequest;
use super::session::{HEALTH, HEALTH_QUERY};
use super::settings::VaultSettings;
use super::version::ServerVersion;
use crate::http::retry::Schedule;

/// The time limit: whoever waits has other things to do.
const WITHIN: Duration = Duration::from_secs(5);

/// What `sys/health` says.
///
/// <https://developer.hashicorp.com/vault/api-docs/system/health>
#[derive(Debug, Deserialize)]
pub(crate) struct ServerHealth {
    /// Whether it has been initialized.
    pub(crate) initialized: bool,
    /// Whether it is sealed, so that it serves no requests.
    pub(crate) sealed: bool,
    /// The version, as the server writes it.
    #[serde(rename = "version")]
    pub(crate) version_text: String,
    /// The name of the cluster; a sealed server has none.
    pub(crate) cluster_name: Option<String>,
    /// The id of the cluster; a sealed server has none.
    pub(crate) cluster_id: Option<String>,
    enterprise: Option<bool>,
}

impl ServerHealth {
    /// The program.
    pub(crate) fn version(&self) -> ServerVersion {
        ServerVersion::read(&self.version_text, self.enterprise)
    }
}

/// Asks a server once, without a token.
///
/// # Errors
/// When it does not answer within five seconds, or not as Vault does.
pub(crate) async fn health(settings: VaultSettings) -> Result<ServerHealth, VaultError> {
    let schedule = Schedule {
        unreachable: Duration::ZERO,
        busy: Duration::ZERO,
        doubtful_sends: 1,
        ..Schedule::default()
    };
    let client = VaultClient::new(settings, schedule)?;
    let request = VaultRequest::read(HEALTH)
        .with_query(HEALTH_QUERY)
        .outside_namespaces()
        .within(WITHIN);
    client.send(&request, None).await?.found(HEALTH)
}
