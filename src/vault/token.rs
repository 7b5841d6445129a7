//! The token of a session: passed by the user, or obtained by a login and then renewed, replaced and revoked.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex, watch};

use super::capabilities::Denial;
use super::client::VaultClient;
use super::error::VaultError;
use super::request::{TokenHeaders, VaultRequest};
use super::response::{Envelope, TokenGrant};

/// The time limit of the revocation at the end of a session.
const REVOKE_WITHIN: Duration = Duration::from_secs(10);

/// A login with a JWT.
///
/// <https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login>
pub(super) struct JwtLogin {
    pub(super) jwt: SecretString,
    pub(super) mount: String,
    pub(super) role: Option<String>,
}

/// A token, and how long it is valid.
pub(super) struct IssuedToken {
    headers: Arc<TokenHeaders>,
    /// `None` for a token that is not renewed: the user passed it, or it does not expire.
    lease: Option<TokenLease>,
    /// Batch tokens can be neither renewed nor revoked.
    is_batch: bool,
}

#[derive(Clone, Copy)]
struct TokenLease {
    /// The lifetime that the login granted.
    lifetime: Duration,
    refresh_at: Instant,
    expires_at: Instant,
    renewable: bool,
}

/// The current token of a session, and those that it replaced.
pub(super) struct SessionToken {
    login: Option<JwtLogin>,
    current: watch::Sender<Arc<IssuedToken>>,
    /// Replaced tokens, which requests in flight may still use. Locked while a token is replaced.
    replaced: Mutex<Vec<Arc<IssuedToken>>>,
    /// Set once no request can succeed any more, so that the next thousand requests need not find out again.
    lost: OnceLock<TokenLost>,
}

/// Why a session has no valid token any more.
enum TokenLost {
    PassedTokenIsInvalid,
    LoginFailed(VaultError),
}

impl SessionToken {
    /// Checks a token that the user passed.
    pub(super) async fn passed(
        client: &VaultClient,
        secret: SecretString,
    ) -> Result<Self, VaultError> {
        let secret = trimmed(&secret);
        // Paths that need no token accept an empty one.
        if secret.expose_secret().is_empty() {
            return Err(VaultError::InvalidToken);
        }
        let headers = TokenHeaders::new(client.settings(), secret)?;
        if !is_valid(client, &headers).await? {
            return Err(VaultError::InvalidToken);
        }
        let token = IssuedToken {
            headers: Arc::new(headers),
            lease: None,
            is_batch: false,
        };
        Ok(Self::new(None, token))
    }

    /// Logs in with a JWT.
    pub(super) async fn from_login(
        client: &VaultClient,
        login: JwtLogin,
    ) -> Result<Self, VaultError> {
        let login = JwtLogin {
            jwt: trimmed(&login.jwt),
            ..login
        };
        let token = login.log_in(client).await?;
        Ok(Self::new(Some(login), token))
    }

    fn new(login: Option<JwtLogin>, token: IssuedToken) -> Self {
        Self {
            login,
            current: watch::Sender::new(Arc::new(token)),
            replaced: Mutex::new(Vec::new()),
            lost: OnceLock::new(),
        }
    }

    /// Whether the session logged in, so that there is a token to revoke.
    pub(super) fn is_from_login(&self) -> bool {
        self.login.is_some()
    }

    /// The token for the next request, renewed or replaced first if it is about to expire.
    pub(super) async fn current(
        &self,
        client: &VaultClient,
    ) -> Result<Arc<IssuedToken>, VaultError> {
        if let Some(lost) = self.lost.get() {
            return Err(lost.error());
        }
        let token = self.current.borrow().clone();
        match token.lease {
            Some(lease) if lease.refresh_at <= Instant::now() => {
                self.refresh(client, token, lease).await
            }
            _ => Ok(token),
        }
    }

    /// A new token in place of one that Vault no longer accepts.
    pub(super) async fn replace(
        &self,
        client: &VaultClient,
        refused: &Arc<IssuedToken>,
    ) -> Result<Arc<IssuedToken>, VaultError> {
        let mut replaced = self.replaced.lock().await;
        let token = self.current.borrow().clone();
        if !Arc::ptr_eq(&token, refused) {
            return Ok(token);
        }
        let Some(login) = &self.login else {
            return Err(self.end(TokenLost::PassedTokenIsInvalid));
        };
        match login.log_in(client).await {
            Ok(fresh) => Ok(self.publish(fresh, &mut replaced)),
            Err(error) => Err(self.end(TokenLost::LoginFailed(error))),
        }
    }

    /// Renews a token, or logs in again if renewals no longer extend it: `token_explicit_max_ttl` limits all of them.
    /// While the token is still valid, only the one request that renews it waits for that.
    async fn refresh(
        &self,
        client: &VaultClient,
        due: Arc<IssuedToken>,
        lease: TokenLease,
    ) -> Result<Arc<IssuedToken>, VaultError> {
        let is_alive = Instant::now() < lease.expires_at;
        let mut replaced = match self.replaced.try_lock() {
            Ok(replaced) => replaced,
            Err(_) if is_alive => return Ok(due),
            Err(_) => self.replaced.lock().await,
        };
        let token = self.current.borrow().clone();
        if !Arc::ptr_eq(&token, &due) {
            return Ok(token);
        }
        if let Some(lost) = self.lost.get() {
            return Err(lost.error());
        }
        let renewed = if is_alive && lease.renewable {
            renew(client, &token, lease).await
        } else {
            None
        };
        if let Some(renewed) = &renewed
            && renewed.remaining() >= lease.lifetime / 2
        {
            return Ok(self.hold(token.with(*renewed)));
        }
        let Some(login) = &self.login else {
            return Ok(token);
        };
        match login.log_in(client).await {
            Ok(fresh) => Ok(self.publish(fresh, &mut replaced)),
            Err(error) => {
                let lease = renewed.unwrap_or(lease);
                if lease.remaining().is_zero() {
                    return Err(self.end(TokenLost::LoginFailed(error)));
                }
                tracing::debug!(%error, "logging in again failed; the current token is still valid");
                Ok(self.hold(token.with(lease.postponed())))
            }
        }
    }

    fn publish(
        &self,
        fresh: IssuedToken,
        replaced: &mut Vec<Arc<IssuedToken>>,
    ) -> Arc<IssuedToken> {
        replaced.push(self.current.borrow().clone());
        self.hold(fresh)
    }

    fn hold(&self, token: IssuedToken) -> Arc<IssuedToken> {
        let token = Arc::new(token);
        self.current.send_replace(Arc::clone(&token));
        token
    }

    fn end(&self, lost: TokenLost) -> VaultError {
        self.lost.get_or_init(|| lost).error()
    }

    /// Revokes every token that the session obtained by a login. A failure is logged, and the token expires on its own.
    pub(super) async fn revoke(&self, client: &VaultClient) {
        if self.login.is_none() {
            return;
        }
        let mut tokens = std::mem::take(&mut *self.replaced.lock().await);
        tokens.push(self.current.borrow().clone());
        let revocations = tokens
            .iter()
            .filter(|token| !token.is_batch)
            .map(|token| revoke(client, token));
        if tokio::time::timeout(REVOKE_WITHIN, futures::future::join_all(revocations))
            .await
            .is_err()
        {
            tracing::warn!(
                "the token of this login was not revoked in time; it expires on its own"
            );
        }
    }
}

impl TokenLost {
    fn error(&self) -> VaultError {
        match self {
            Self::PassedTokenIsInvalid => VaultError::InvalidToken,
            Self::LoginFailed(cause) => VaultError::LoginEnded {
                cause: Box::new(cause.clone()),
            },
        }
    }
}

impl IssuedToken {
    pub(super) fn headers(&self) -> &TokenHeaders {
        &self.headers
    }

    fn with(&self, lease: TokenLease) -> Self {
        Self {
            headers: Arc::clone(&self.headers),
            lease: Some(lease),
            is_batch: self.is_batch,
        }
    }
}

impl TokenLease {
    /// Due for renewal after two thirds of its lifetime, as in Vault's own clients. `None` for a token that does not expire.
    fn new(requested_at: Instant, grant: &TokenGrant) -> Option<Self> {
        let lifetime = Duration::from_secs(grant.lease_duration);
        let expires_at = requested_at.checked_add(lifetime)?;
        (!lifetime.is_zero()).then_some(Self {
            lifetime,
            refresh_at: requested_at + lifetime * 2 / 3,
            expires_at,
            renewable: grant.renewable,
        })
    }

    fn remaining(&self) -> Duration {
        self.expires_at.saturating_duration_since(Instant::now())
    }

    /// Due again after half of the remaining time.
    fn postponed(self) -> Self {
        Self {
            refresh_at: Instant::now() + self.remaining() / 2,
            ..self
        }
    }
}

impl JwtLogin {
    async fn log_in(&self, client: &VaultClient) -> Result<IssuedToken, VaultError> {
        let path = format!("auth/{}/login", self.mount);
        let mut body = json!({ "jwt": self.jwt.expose_secret() });
        if let Some(role) = &self.role {
            body["role"] = json!(role);
        }
        let request = VaultRequest::write(&path, &body)?.hiding(self.jwt.clone());
        let requested_at = Instant::now();
        let envelope = client
            .send::<Envelope<Map<String, Value>>>(&request, None)
            .await;
        let envelope = envelope
            .and_then(|reply| reply.found(&path))
            .map_err(|error| self.refused(error))?;
        let grant = envelope.auth.ok_or(VaultError::Incomplete {
            path,
            field: "auth",
        })?;
        Ok(IssuedToken {
            lease: TokenLease::new(requested_at, &grant),
            is_batch: grant.token_type == "batch",
            headers: Arc::new(TokenHeaders::new(
                client.settings(),
                grant.client_token.into(),
            )?),
        })
    }

    /// A refusal of the JWT is a failure of the login.
    fn refused(&self, error: VaultError) -> VaultError {
        match error {
            VaultError::Rejected {
                status: 400 | 403,
                messages,
                ..
            }
            | VaultError::Forbidden(Denial { messages, .. }) => VaultError::LoginRefused {
                mount: self.mount.clone(),
                role: self.role.clone(),
                messages,
            },
            other => other,
        }
    }
}

/// Removes the newline at the end of what users paste and files contain.
fn trimmed(secret: &SecretString) -> SecretString {
    secret.expose_secret().trim().into()
}

/// Whether a token is valid. Vault denies `lookup-self` to a valid token without the `default` policy, so a denial is
/// checked at a path that needs a valid token but no policy.
pub(super) async fn is_valid(
    client: &VaultClient,
    token: &TokenHeaders,
) -> Result<bool, VaultError> {
    for path in ["auth/token/lookup-self", "sys/internal/ui/mounts"] {
        let reply = client
            .send::<Envelope<serde::de::IgnoredAny>>(&VaultRequest::read(path), Some(token))
            .await?;
        if !reply.is_denied() {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn renew(client: &VaultClient, token: &IssuedToken, lease: TokenLease) -> Option<TokenLease> {
    let request = VaultRequest::write("auth/token/renew-self", &json!({})).ok()?;
    let requested_at = Instant::now();
    let reply = client
        .send::<Envelope<Map<String, Value>>>(&request, Some(&token.headers))
        .await
        .ok()?;
    let grant = reply.found(&request.path).ok()?.auth?;
    Some(TokenLease {
        lifetime: lease.lifetime,
        ..TokenLease::new(requested_at, &grant)?
    })
}

async fn revoke(client: &VaultClient, token: &IssuedToken) {
    let Ok(request) = VaultRequest::write("auth/token/revoke-self", &json!({})) else {
        return;
    };
    match client
        .send::<Envelope<Map<String, Value>>>(&request, Some(&token.headers))
        .await
    {
        // Vault also denies this to a token that has expired already.
        Ok(reply)
            if reply.is_denied() && is_valid(client, &token.headers).await.unwrap_or(false) =>
        {
            tracing::warn!(
                "the token of this login was not revoked: it lacks `update` on `auth/token/revoke-self`; it expires on its own"
            );
        }
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, "the token of this login was not revoked; it expires on its own")
        }
    }
}
