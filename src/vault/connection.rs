//! A client with a token: what readers and writers share.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::Outcome;
use super::call::Call;
use super::capabilities::{self, Denial, Grants};
use super::client::Client;
use super::error::Error;
use super::health::ServerId;
use super::message::Messages;
use super::token::{self, Auth, Held, Token};

/// The most paths that one request asks the capabilities of: OpenBao refuses bodies with more than 1000 strings.
const PATHS_AT_ONCE: usize = 500;

/// The frame of Vault's answers.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: Option<T>,
    /// Seconds.
    #[serde(default)]
    pub(super) lease_duration: u64,
    pub(super) auth: Option<Auth>,
}

impl<T> Envelope<T> {
    /// The data of an answer that must have some.
    pub(super) fn into_data(self, path: &str) -> Result<T, Error> {
        self.data.ok_or_else(|| Error::Incomplete {
            path: path.to_owned(),
            field: "data",
        })
    }
}

/// A client, the token that it sends, and who answers.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) server: ServerId,
    pub(super) token: Token,
}

/// Names the server, and nothing that could be a secret.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.client.server())
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// Sends a call with the session's token; `None` where there is nothing. A token that has ended on the way is
    /// replaced once.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Option<Envelope<T>>, Error> {
        let held = self.token.current(&self.client).await?;
        let messages = match self.client.send(call, Some(&held.secret)).await? {
            Outcome::Done(envelope) => return Ok(envelope),
            Outcome::Absent => return Ok(None),
            Outcome::Denied(messages) => messages,
        };
        if let Some(denial) = self.denial(call, &held, messages).await? {
            return Err(Error::Forbidden(denial));
        }
        let held = self.token.replace(&self.client, &held).await?;
        match self.client.send(call, Some(&held.secret)).await? {
            Outcome::Done(envelope) => Ok(envelope),
            Outcome::Absent => Ok(None),
            Outcome::Denied(messages) => {
                let denial = self.denial(call, &held, messages).await?;
                Err(denial.map_or(Error::InvalidToken, Error::Forbidden))
            }
        }
    }

    pub(super) fn parallelism(&self) -> usize {
        self.client.parallelism()
    }

    /// What the session's token may do at each of these paths.
    pub(super) async fn capabilities(&self, paths: &[&str]) -> Result<Grants, Error> {
        let mut found = Grants::new();
        for paths in paths.chunks(PATHS_AT_ONCE) {
            let question = capabilities::question(paths)?;
            let lacking = || Error::Incomplete {
                path: question.path.clone(),
                field: "data",
            };
            let envelope = self.call::<Grants>(&question).await?.ok_or_else(lacking)?;
            let mut grants = envelope.into_data(&question.path)?;
            for &path in paths {
                found.insert(path.to_owned(), grants.remove(path).ok_or_else(lacking)?);
            }
        }
        Ok(found)
    }

    /// Why a path was denied to a valid token; `None` if the token is not valid.
    async fn denial(
        &self,
        call: &Call,
        held: &Held,
        messages: Messages,
    ) -> Result<Option<Denial>, Error> {
        let paths = Denial::paths(call);
        let question =
            capabilities::question(&paths.iter().map(String::as_str).collect::<Vec<_>>())?;
        let grants = match self
            .client
            .send::<Envelope<Grants>>(&question, Some(&held.secret))
            .await?
        {
            Outcome::Done(envelope) => envelope
                .and_then(|envelope| envelope.data)
                .unwrap_or_default(),
            _ if token::is_valid(&self.client, &held.secret).await? => Grants::new(),
            _ => return Ok(None),
        };
        Ok(Some(Denial::explain(call, &grants, messages)))
    }
}
