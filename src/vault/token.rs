//! The life of a token: given, or logged in for and then renewed, replaced and revoked.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex, watch};

use super::call::Call;
use super::capabilities::Denial;
use super::client::Client;
use super::connection::Envelope;
use super::error::Error;

/// The most time that revoking may take at the end.
const REVOKE_WITHIN: Duration = Duration::from_secs(10);

/// How to log in with a JWT.
pub(super) struct JwtLogin {
    pub(super) jwt: SecretString,
    pub(super) mount: String,
    pub(super) role: Option<String>,
}

/// A token, and for how long.
pub(super) struct Held {
    pub(super) secret: SecretString,
    /// None if it needs no care: it was given, or does not end.
    lease: Option<Lease>,
    /// Batch tokens can be neither renewed nor revoked.
    is_batch: bool,
}

#[derive(Clone, Copy)]
struct Lease {
    /// What the login granted.
    lifetime: Duration,
    refresh_at: Instant,
    ends_at: Instant,
    renewable: bool,
}

/// The `auth` part of an answer to a login or a renewal.
#[derive(Deserialize)]
pub(super) struct Auth {
    client_token: String,
    lease_duration: u64,
    #[serde(default)]
    renewable: bool,
    #[serde(default)]
    token_type: String,
}

/// The token of a session.
pub(super) struct Token {
    login: Option<JwtLogin>,
    held: watch::Sender<Arc<Held>>,
    /// Tokens that were replaced, and may still be in use by requests on the way. Locked while one is replaced.
    retired: Mutex<Vec<Arc<Held>>>,
    /// Set once no request can succeed any more, so that the next thousand need not find out again.
    ended: OnceLock<Ended>,
}

enum Ended {
    GivenTokenIsInvalid,
    LoginFailed(Error),
}

impl Token {
    /// Checks a token that the user gave.
    pub(super) async fn given(client: &Client, secret: SecretString) -> Result<Self, Error> {
        let secret = trimmed(&secret);
        // Paths that need no token would take an empty one.
        if secret.expose_secret().is_empty() || !is_valid(client, &secret).await? {
            return Err(Error::InvalidToken);
        }
        Ok(Self::new(
            None,
            Held {
                secret,
                lease: None,
                is_batch: false,
            },
        ))
    }

    /// Logs in with a JWT.
    pub(super) async fn from_login(client: &Client, login: JwtLogin) -> Result<Self, Error> {
        let login = JwtLogin {
            jwt: trimmed(&login.jwt),
            ..login
        };
        let held = login.log_in(client).await?;
        Ok(Self::new(Some(login), held))
    }

    fn new(login: Option<JwtLogin>, held: Held) -> Self {
        Self {
            login,
            held: watch::Sender::new(Arc::new(held)),
            retired: Mutex::new(Vec::new()),
            ended: OnceLock::new(),
        }
    }

    /// Whether there is something to revoke.
    pub(super) fn is_ours(&self) -> bool {
        self.login.is_some()
    }

    /// The token to use now; renewed or replaced first when it is about to end.
    pub(super) async fn current(&self, client: &Client) -> Result<Arc<Held>, Error> {
        if let Some(ended) = self.ended.get() {
            return Err(ended.error());
        }
        let held = self.held.borrow().clone();
        match held.lease {
            Some(lease) if lease.refresh_at <= Instant::now() => {
                self.refresh(client, held, lease).await
            }
            _ => Ok(held),
        }
    }

    /// A new token for one that Vault no longer takes.
    pub(super) async fn replace(
        &self,
        client: &Client,
        refused: &Arc<Held>,
    ) -> Result<Arc<Held>, Error> {
        let mut retired = self.retired.lock().await;
        let held = self.held.borrow().clone();
        if !Arc::ptr_eq(&held, refused) {
            return Ok(held);
        }
        let Some(login) = &self.login else {
            return Err(self.end(Ended::GivenTokenIsInvalid));
        };
        match login.log_in(client).await {
            Ok(fresh) => Ok(self.publish(fresh, &mut retired)),
            Err(error) => Err(self.end(Ended::LoginFailed(error))),
        }
    }

    /// Renews a token, or logs in again if a renewal would not last: `token_explicit_max_ttl` bounds all of them.
    /// While the token is still good, nobody waits for this but the one request that does it.
    async fn refresh(
        &self,
        client: &Client,
        due: Arc<Held>,
        lease: Lease,
    ) -> Result<Arc<Held>, Error> {
        let is_alive = Instant::now() < lease.ends_at;
        let mut retired = match self.retired.try_lock() {
            Ok(retired) => retired,
            Err(_) if is_alive => return Ok(due),
            Err(_) => self.retired.lock().await,
        };
        let held = self.held.borrow().clone();
        if !Arc::ptr_eq(&held, &due) {
            return Ok(held);
        }
        if let Some(ended) = self.ended.get() {
            return Err(ended.error());
        }
        let renewed = if is_alive && lease.renewable {
            renew(client, &held, lease).await
        } else {
            None
        };
        if let Some(renewed) = &renewed
            && renewed.remaining() >= lease.lifetime / 2
        {
            return Ok(self.hold(held.with(*renewed)));
        }
        let Some(login) = &self.login else {
            return Ok(held);
        };
        match login.log_in(client).await {
            Ok(fresh) => Ok(self.publish(fresh, &mut retired)),
            Err(error) => {
                let lease = renewed.unwrap_or(lease);
                if lease.remaining().is_zero() {
                    return Err(self.end(Ended::LoginFailed(error)));
                }
                tracing::debug!(%error, "the login could not be repeated yet");
                Ok(self.hold(held.with(lease.postponed())))
            }
        }
    }

    fn publish(&self, fresh: Held, retired: &mut Vec<Arc<Held>>) -> Arc<Held> {
        retired.push(self.held.borrow().clone());
        self.hold(fresh)
    }

    fn hold(&self, held: Held) -> Arc<Held> {
        let held = Arc::new(held);
        self.held.send_replace(Arc::clone(&held));
        held
    }

    fn end(&self, ended: Ended) -> Error {
        self.ended.get_or_init(|| ended).error()
    }

    /// Revokes every token that was logged in for. What fails is logged: they also end by themselves.
    pub(super) async fn revoke(&self, client: &Client) {
        if self.login.is_none() {
            return;
        }
        let mut tokens = std::mem::take(&mut *self.retired.lock().await);
        tokens.push(self.held.borrow().clone());
        let revocations = tokens
            .iter()
            .filter(|held| !held.is_batch)
            .map(|held| revoke(client, held));
        if tokio::time::timeout(REVOKE_WITHIN, futures::future::join_all(revocations))
            .await
            .is_err()
        {
            tracing::warn!("the token of this login was not revoked in time; it ends by itself");
        }
    }
}

impl Ended {
    fn error(&self) -> Error {
        match self {
            Self::GivenTokenIsInvalid => Error::InvalidToken,
            Self::LoginFailed(cause) => Error::LoginEnded {
                cause: Box::new(cause.clone()),
            },
        }
    }
}

impl Held {
    fn with(&self, lease: Lease) -> Self {
        Self {
            secret: self.secret.clone(),
            lease: Some(lease),
            is_batch: self.is_batch,
        }
    }
}

impl Lease {
    /// Due when two thirds have passed, like Vault's own clients. `None` for a token that does not end.
    fn new(asked_at: Instant, auth: &Auth) -> Option<Self> {
        let lifetime = Duration::from_secs(auth.lease_duration);
        let ends_at = asked_at.checked_add(lifetime)?;
        (!lifetime.is_zero()).then_some(Self {
            lifetime,
            refresh_at: asked_at + lifetime * 2 / 3,
            ends_at,
            renewable: auth.renewable,
        })
    }

    fn remaining(&self) -> Duration {
        self.ends_at.saturating_duration_since(Instant::now())
    }

    /// Tried again when half of what remains has passed.
    fn postponed(self) -> Self {
        Self {
            refresh_at: Instant::now() + self.remaining() / 2,
            ..self
        }
    }
}

impl JwtLogin {
    async fn log_in(&self, client: &Client) -> Result<Held, Error> {
        let path = format!("auth/{}/login", self.mount);
        let mut body = json!({ "jwt": self.jwt.expose_secret() });
        if let Some(role) = &self.role {
            body["role"] = json!(role);
        }
        let call = Call::write(&path, &body)?.hiding(self.jwt.clone());
        let asked_at = Instant::now();
        let envelope = client
            .send::<Envelope<Map<String, Value>>>(&call, None)
            .await;
        let envelope = envelope
            .and_then(|outcome| outcome.found(&path))
            .map_err(|error| self.refused(error))?;
        let auth = envelope.auth.ok_or(Error::Incomplete {
            path,
            field: "auth",
        })?;
        Ok(Held {
            lease: Lease::new(asked_at, &auth),
            is_batch: auth.token_type == "batch",
            secret: auth.client_token.into(),
        })
    }

    /// A missing mount and a refused JWT are both the login's.
    fn refused(&self, error: Error) -> Error {
        match error {
            Error::Rejected {
                status: 400 | 403,
                messages,
                ..
            }
            | Error::Forbidden(Denial { messages, .. }) => Error::LoginRefused {
                mount: self.mount.clone(),
                role: self.role.clone(),
                messages,
            },
            other => other,
        }
    }
}

/// What users paste and files hold ends in a newline.
fn trimmed(secret: &SecretString) -> SecretString {
    secret.expose_secret().trim().into()
}

/// Whether a token opens anything. `lookup-self` is refused to a valid token without the `default` policy, so a
/// refusal is checked with a path that needs a valid token but no policy.
pub(super) async fn is_valid(client: &Client, token: &SecretString) -> Result<bool, Error> {
    for path in ["auth/token/lookup-self", "sys/internal/ui/mounts"] {
        let outcome = client
            .send::<Envelope<serde::de::IgnoredAny>>(&Call::read(path), Some(token))
            .await?;
        if !outcome.is_denied() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn renew(client: &Client, held: &Held, lease: Lease) -> Option<Lease> {
    let call = Call::write("auth/token/renew-self", &json!({})).ok()?;
    let asked_at = Instant::now();
    let outcome = client
        .send::<Envelope<Map<String, Value>>>(&call, Some(&held.secret))
        .await
        .ok()?;
    let auth = outcome.found(&call.path).ok()?.auth?;
    Some(Lease {
        lifetime: lease.lifetime,
        ..Lease::new(asked_at, &auth)?
    })
}

async fn revoke(client: &Client, held: &Held) {
    let Ok(call) = Call::write("auth/token/revoke-self", &json!({})) else {
        return;
    };
    match client
        .send::<Envelope<Map<String, Value>>>(&call, Some(&held.secret))
        .await
    {
        // A token that has ended already is refused, too.
        Ok(outcome)
            if outcome.is_denied() && is_valid(client, &held.secret).await.unwrap_or(false) =>
        {
            tracing::warn!(
                "the token of this login was not revoked: it lacks `update` on `auth/token/revoke-self`; it ends by itself"
            );
        }
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, "the token of this login was not revoked; it ends by itself")
        }
    }
}
