//! A session: who we are to Vault, from login to revocation.

use std::sync::Arc;

use secrecy::SecretString;

use super::Settings;
use super::client::Client;
use super::connection::Connection;
use super::error::Error;
use super::health;
use super::reader::Reader;
use super::retry::Schedule;
use super::token::{JwtLogin, Token};
use super::writer::Writer;

/// How to become somebody to Vault.
pub(crate) enum Credentials {
    /// A token that the user has; it is neither renewed nor revoked.
    Token(SecretString),
    /// A JWT that Vault trades for a token.
    Jwt {
        /// What GitLab signed for this job.
        jwt: SecretString,
        /// The path of the auth mount, as in `gitlab`.
        mount: String,
        /// The role to log in to; none is the mount's default role.
        role: Option<String>,
    },
}

/// What a session costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    /// HTTP requests that were sent, with retries and redirects.
    pub(crate) requests: u64,
    /// Requests that were sent again.
    pub(crate) retries: u64,
}

/// A login to a Vault. Hands out what reads and what writes.
///
/// To be closed after the work, whether that succeeded or not: dropped without [`Session::close`], a token that was
/// logged in for stays valid until it ends by itself, and a warning says so.
#[must_use = "a session must be closed, or the token that it logged in for stays valid"]
pub(crate) struct Session {
    connection: Arc<Connection>,
    closed: bool,
}

impl Session {
    /// Asks who answers, then logs in or checks the token.
    pub(crate) async fn open(settings: Settings, credentials: Credentials) -> Result<Self, Error> {
        Self::open_with(settings, credentials, Schedule::default()).await
    }

    pub(super) async fn open_with(
        settings: Settings,
        credentials: Credentials,
        schedule: Schedule,
    ) -> Result<Self, Error> {
        let client = Client::new(settings, schedule)?;
        let server = health::check(&client).await?;
        let token = match credentials {
            Credentials::Token(secret) => Token::given(&client, secret).await?,
            Credentials::Jwt { jwt, mount, role } => {
                Token::from_login(&client, JwtLogin { jwt, mount, role }).await?
            }
        };
        Ok(Self {
            connection: Arc::new(Connection {
                client,
                server,
                token,
            }),
            closed: false,
        })
    }

    /// What reads, and cannot write.
    pub(crate) fn reader(&self) -> Reader {
        Reader {
            connection: Arc::clone(&self.connection),
        }
    }

    /// What writes.
    pub(crate) fn writer(&self) -> Writer {
        Writer {
            reader: self.reader(),
        }
    }

    /// What the session has cost so far.
    #[cfg(test)]
    pub(super) fn stats(&self) -> Stats {
        self.connection.client.stats()
    }

    /// Revokes the token, if it was logged in for, and says what the session has cost. Takes at most ten seconds, and
    /// never fails.
    pub(crate) async fn close(mut self) -> Stats {
        self.connection.token.revoke(&self.connection.client).await;
        self.closed = true;
        self.connection.client.stats()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.closed && self.connection.token.is_ours() {
            tracing::warn!("the token of this login was not revoked; it ends by itself");
        }
    }
}
