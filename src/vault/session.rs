//! A session with one Vault, from the login to the revocation of its token.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::capabilities::{Denial, Grants};
use super::client::{SessionStats, VaultClient};
use super::error::VaultError;
use super::message::{Messages, one_line};
use super::request::VaultRequest;
use super::response::{Envelope, Reply};
use super::settings::VaultSettings;
use super::token::{self, IssuedToken, JwtLogin, SessionToken};
use super::version::ServerVersion;
use crate::http::retry::Schedule;

/// How many paths one request asks the capabilities of: OpenBao refuses bodies with more than 1000 strings.
const PATHS_PER_REQUEST: usize = 500;

/// With this query every state answers 200, so that a 503 comes from a proxy and not from a sealed Vault.
///
/// <https://developer.hashicorp.com/vault/api-docs/system/health>
pub(super) const HEALTH: &str = "sys/health";
pub(super) const HEALTH_QUERY: &str = "standbyok=true&perfstandbyok=true&sealedcode=200&uninitcode=200&standbycode=200\
                            &drsecondarycode=200&performancestandbycode=200";

/// A dead server is reported within this time, however long `--timeout` is.
const HEALTH_WITHIN: Duration = Duration::from_secs(10);

/// What a session logs in with.
pub(crate) enum VaultCredentials {
    /// A token of the user, which is neither renewed nor revoked.
    Token(SecretString),
    /// A JWT, which Vault exchanges for a token.
    Jwt {
        /// The JWT that GitLab signed for this job.
        jwt: SecretString,
        /// The path of the auth mount, as in `gitlab`.
        mount: String,
        /// The JWT role; `None` is the default role of the mount.
        role: Option<String>,
    },
}

/// The cluster, and the namespace in it, that a saved plan is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerId {
    /// The id of the cluster; empty if the server does not tell it.
    pub(crate) cluster_id: String,
    /// The namespace; empty for the root namespace.
    pub(crate) namespace: String,
}

/// A session with one Vault. It hands out a [`Reader`](super::Reader) and a `Writer`.
///
/// It must be closed after the work, whether that succeeded or not. If it is dropped without [`Session::close`], the
/// token of its login stays valid until it expires, and a warning says so.
#[must_use = "a session must be closed, or the token of its login stays valid"]
pub(crate) struct Session {
    connection: Arc<Connection>,
    is_closed: bool,
}

impl Session {
    /// Checks the server, then logs in or checks the token.
    ///
    /// # Errors
    /// When the server can't be reached or can't serve requests, or refuses the login or the token.
    pub(crate) async fn open(
        settings: VaultSettings,
        credentials: VaultCredentials,
    ) -> Result<Self, VaultError> {
        Self::open_with(settings, credentials, Schedule::default()).await
    }

    pub(super) async fn open_with(
        settings: VaultSettings,
        credentials: VaultCredentials,
        schedule: Schedule,
    ) -> Result<Self, VaultError> {
        let client = VaultClient::new(settings, schedule)?;
        let (server, version) = check_health(&client).await?;
        let token = match credentials {
            VaultCredentials::Token(secret) => SessionToken::passed(&client, secret).await?,
            VaultCredentials::Jwt { jwt, mount, role } => {
                SessionToken::from_login(&client, JwtLogin { jwt, mount, role }).await?
            }
        };
        Ok(Self {
            connection: Arc::new(Connection {
                client,
                server,
                version,
                token,
            }),
            is_closed: false,
        })
    }

    /// The connection that readers and writers share.
    pub(super) fn connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection)
    }

    /// What the session has cost so far.
    #[cfg(test)]
    pub(super) fn stats(&self) -> SessionStats {
        self.connection.client.stats()
    }

    /// Revokes the token of the login, if there was one, and returns what the session has cost. Takes up to ten
    /// seconds, and never fails.
    pub(crate) async fn close(mut self) -> SessionStats {
        self.connection.token.revoke(&self.connection.client).await;
        self.is_closed = true;
        self.connection.client.stats()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_closed && self.connection.token.is_from_login() {
            tracing::warn!("the token of this login was not revoked; it expires on its own");
        }
    }
}

/// A client with its token, and the server that it talks to.
pub(super) struct Connection {
    client: VaultClient,
    server: ServerId,
    version: ServerVersion,
    token: SessionToken,
}

/// Names the server, and nothing that can be a secret.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.client.server())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Sends a request with the token of the session; `None` where Vault has nothing. A token that has expired meanwhile
    /// is replaced once.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
    ) -> Result<Option<Envelope<T>>, VaultError> {
        self.send_bare(request).await
    }

    /// The same for the few answers that are not in an envelope.
    pub(super) async fn send_bare<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
    ) -> Result<Option<T>, VaultError> {
        let token = self.token.current(&self.client).await?;
        let messages = match self.client.send(request, Some(token.headers())).await? {
            Reply::Done(envelope) => return Ok(envelope),
            Reply::Absent => return Ok(None),
            Reply::Denied(messages) => messages,
        };
        if let Some(denial) = self.denial(request, &token, messages).await? {
            return Err(VaultError::Forbidden(denial));
        }
        let token = self.token.replace(&self.client, &token).await?;
        match self.client.send(request, Some(token.headers())).await? {
            Reply::Done(envelope) => Ok(envelope),
            Reply::Absent => Ok(None),
            Reply::Denied(messages) => {
                let denial = self.denial(request, &token, messages).await?;
                Err(denial.map_or(VaultError::InvalidToken, VaultError::Forbidden))
            }
        }
    }

    /// How many requests may be in flight now.
    pub(super) fn parallelism(&self) -> usize {
        self.client.parallelism()
    }

    pub(super) fn server(&self) -> &ServerId {
        &self.server
    }

    pub(super) const fn version(&self) -> ServerVersion {
        self.version
    }

    /// The capabilities of the session's token at each of these paths.
    pub(super) async fn capabilities(&self, paths: &[&str]) -> Result<Grants, VaultError> {
        let mut found = Grants::new();
        for paths in paths.chunks(PATHS_PER_REQUEST) {
            let request = capabilities_request(paths)?;
            let incomplete = || VaultError::Incomplete {
                path: request.shown_path(),
                field: "data",
            };
            let envelope = self.send::<Grants>(&request).await?;
            let mut grants = envelope.ok_or_else(incomplete)?.into_data(&request.path)?;
            for &path in paths {
                let granted = grants.remove(path).ok_or_else(incomplete)?;
                found.insert(path.to_owned(), granted);
            }
        }
        Ok(found)
    }

    /// Why a valid token was denied a request; `None` if the token is not valid.
    async fn denial(
        &self,
        request: &VaultRequest,
        token: &IssuedToken,
        messages: Messages,
    ) -> Result<Option<Denial>, VaultError> {
        let (operation, path) = (request.operation, request.path.as_str());
        let paths = Denial::paths(operation, path);
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let question = capabilities_request(&paths)?;
        let reply = self
            .client
            .send::<Envelope<Grants>>(&question, Some(token.headers()))
            .await?;
        let grants = match reply {
            Reply::Done(envelope) => envelope
                .and_then(|envelope| envelope.data)
                .unwrap_or_default(),
            _ if token::is_valid(&self.client, token.headers()).await? => Grants::new(),
            _ => return Ok(None),
        };
        Ok(Some(Denial::explain(operation, path, &grants, messages)))
    }
}

/// Vault's `default` policy allows this to every token.
fn capabilities_request(paths: &[&str]) -> Result<VaultRequest, VaultError> {
    VaultRequest::write("sys/capabilities-self", &json!({ "paths": paths }))
}

/// The response of [`HEALTH`].
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
    /// Vault 1.17 and newer; OpenBao does not have it.
    enterprise: Option<bool>,
}

/// Identifies the server, and fails if it can't serve requests. A standby can: it forwards or redirects them.
async fn check_health(client: &VaultClient) -> Result<(ServerId, ServerVersion), VaultError> {
    let request = VaultRequest::read(HEALTH)
        .with_query(HEALTH_QUERY)
        .outside_namespaces()
        .within(HEALTH_WITHIN);
    let server = client.server().to_owned();
    let health: Health = match client.send(&request, None).await? {
        // Vault's response below a wrong prefix.
        Reply::Absent => {
            return Err(VaultError::NotVault {
                server,
                path: HEALTH.to_owned(),
                what: "an empty answer".to_owned(),
                status: 404,
            });
        }
        reply => reply.found(HEALTH)?,
    };
    if !health.initialized {
        return Err(VaultError::NotInitialised { server });
    }
    if health.sealed {
        return Err(VaultError::Sealed { server });
    }
    if health.replication_dr_mode == "secondary" {
        return Err(VaultError::DisasterRecovery { server });
    }
    let namespace = client.settings().namespace.to_string();
    // The community edition ignores the header, so every request would go to the root namespace.
    if health.enterprise == Some(false) && !namespace.is_empty() {
        return Err(VaultError::NoNamespaces { server, namespace });
    }
    tracing::debug!(
        server,
        version = one_line(&health.version),
        standby = health.standby,
        "Vault answers"
    );
    let version = ServerVersion::read(&health.version, health.enterprise);
    let id = ServerId {
        cluster_id: health
            .cluster_id
            .as_deref()
            .map(one_line)
            .unwrap_or_default(),
        namespace,
    };
    Ok((id, version))
}
