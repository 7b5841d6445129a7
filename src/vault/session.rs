//! A session: who we are to Vault, from login to revocation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Settings;
use super::answer::Outcome;
use super::call::Call;
use super::client::Client;
use super::error::{Capability, Error, Operation};
use super::health::{self, Server, ServerId};
use super::message::Messages;
use super::reader::Reader;
use super::retry::Schedule;
use super::token::{self, Auth, Held, JwtLogin, Token};
use super::writer::Writer;

/// The most paths that one request asks the capabilities of: OpenBao refuses bodies with more than 1000 strings.
const PATHS_AT_ONCE: usize = 500;

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

/// What a session has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stats {
    /// HTTP requests that were sent, with retries and redirects.
    pub(crate) requests: u64,
    /// Requests that were sent again.
    pub(crate) retries: u64,
}

/// A login to a Vault. Hands out what reads and what writes.
///
/// Prefer [`Session::scoped`], which closes it. Dropped without [`Session::close`], a token that was logged in for
/// stays valid until it ends by itself.
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

    /// Opens a session, works with it and closes it, whether the work succeeded or not.
    ///
    /// Dropping the returned future skips the closing: listen for signals inside `work`.
    pub(crate) async fn scoped<T, E: From<Error>>(
        settings: Settings,
        credentials: Credentials,
        work: impl AsyncFnOnce(&Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let session = Self::open(settings, credentials).await?;
        let outcome = work(&session).await;
        session.close().await;
        outcome
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
    pub(crate) fn stats(&self) -> Stats {
        self.connection.client.stats()
    }

    /// Revokes the token, if it was logged in for. Takes at most ten seconds, and never fails.
    pub(crate) async fn close(mut self) {
        self.connection.token.revoke(&self.connection.client).await;
        self.closed = true;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.closed && self.connection.token.is_ours() {
            tracing::warn!("the token of this login was not revoked; it ends by itself");
        }
    }
}

/// The frame of Vault's answers.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: Option<T>,
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

/// A client, the token that it sends, and who answers: what readers and writers share.
pub(super) struct Connection {
    client: Client,
    pub(super) server: Server,
    token: Token,
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
    /// Sends a request with the session's token; `None` where there is nothing. A token that has ended on the way is
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
        if let Some(error) = self.forbidden(call, &held, messages).await? {
            return Err(error);
        }
        let held = self.token.replace(&self.client, &held).await?;
        match self.client.send(call, Some(&held.secret)).await? {
            Outcome::Done(envelope) => Ok(envelope),
            Outcome::Absent => Ok(None),
            Outcome::Denied(messages) => Err(self
                .forbidden(call, &held, messages)
                .await?
                .unwrap_or(Error::InvalidToken)),
        }
    }

    pub(super) fn server_id(&self) -> ServerId {
        ServerId {
            cluster_id: self.server.cluster_id.clone().unwrap_or_default(),
            namespace: self.client.settings().namespace.to_string(),
        }
    }

    pub(super) fn parallelism(&self) -> usize {
        self.client.settings().parallelism.get()
    }

    /// What the session's token may do at each of these paths.
    pub(super) async fn capabilities(&self, paths: &[&str]) -> Result<Words, Error> {
        let mut found = BTreeMap::new();
        for paths in paths.chunks(PATHS_AT_ONCE) {
            let call = capabilities_call(paths)?;
            let envelope = self.call::<Words>(&call).await?;
            let mut answer = envelope
                .and_then(|envelope| envelope.data)
                .unwrap_or_default();
            for &path in paths {
                let words = answer.remove(path);
                found.insert(
                    path.to_owned(),
                    words.ok_or(Error::Incomplete {
                        path: call.path.clone(),
                        field: "data",
                    })?,
                );
            }
        }
        Ok(found)
    }

    /// Why a path was denied to a valid token; `None` if the token is not valid.
    async fn forbidden(
        &self,
        call: &Call,
        held: &Held,
        messages: Messages,
    ) -> Result<Option<Error>, Error> {
        let folder = format!("{}/", call.path);
        // Policies name the path of a LIST with or without its slash.
        let paths: &[&str] = if call.operation == Operation::List {
            &[&call.path, &folder]
        } else {
            &[&call.path]
        };
        let question = capabilities_call(paths)?;
        let missing = match self
            .client
            .send::<Envelope<Words>>(&question, Some(&held.secret))
            .await?
        {
            Outcome::Done(envelope) => {
                let answer = envelope
                    .and_then(|envelope| envelope.data)
                    .unwrap_or_default();
                let words = paths.iter().filter_map(|&path| answer.get(path)).flatten();
                missing(
                    call.operation,
                    &words.map(String::as_str).collect::<Vec<_>>(),
                )
            }
            _ if token::is_valid(&self.client, &held.secret).await? => {
                needed(call.operation).to_vec()
            }
            _ => return Ok(None),
        };
        Ok(Some(Error::Forbidden {
            path: call.path.clone(),
            missing,
            messages,
        }))
    }
}

/// The capabilities at each path, as policies write them.
type Words = BTreeMap<String, Vec<String>>;

fn capabilities_call(paths: &[&str]) -> Result<Call, Error> {
    Call::write("sys/capabilities-self", &json!({ "paths": paths }))
}

/// The capabilities that an operation may need: a write does not know whether it creates.
fn needed(operation: Operation) -> &'static [Capability] {
    match operation {
        Operation::Read => &[Capability::Read],
        Operation::List => &[Capability::List],
        Operation::Write => &[Capability::Create, Capability::Update],
        Operation::Delete => &[Capability::Delete],
    }
}

/// What a denied operation lacks, given the words that the token has. With all that it needs, it is `sudo`.
fn missing(operation: Operation, words: &[&str]) -> Vec<Capability> {
    if words.contains(&"root") {
        return Vec::new();
    }
    let lacks = |capability: &Capability| !words.contains(&capability.as_str());
    let missing: Vec<_> = needed(operation).iter().copied().filter(lacks).collect();
    if missing.is_empty() && lacks(&Capability::Sudo) {
        vec![Capability::Sudo]
    } else {
        missing
    }
}
