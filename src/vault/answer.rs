//! What an HTTP answer means: data, absence, or a failure that says why.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::address::Namespace;
use super::call::{Call, Operation};
use super::capabilities::Denial;
use super::error::Error;
use super::message::{ErrorBody, Messages, one_line};
use super::retry::{Again, Failure, Patience, retry_after};

/// The most bytes of an answer that are read.
pub(super) const LARGEST_BODY: usize = 64 << 20;

/// An answer as it came, and to what.
pub(super) struct Answer<'a> {
    pub(super) server: &'a str,
    pub(super) namespace: &'a Namespace,
    pub(super) call: &'a Call,
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// How often the request was sent until this answer came.
    pub(super) sends: u32,
    /// What the request held and must not come back in a message.
    pub(super) secrets: &'a [&'a str],
}

/// What came of a request that Vault itself answered.
pub(super) enum Outcome<T> {
    /// 2xx, with a body or without one.
    Done(Option<T>),
    /// 404 where Vault means absence.
    Absent,
    /// 403: a bad token, or a path that it may not use.
    Denied(Messages),
}

impl<T> Outcome<T> {
    /// Whether it was a 403.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::Denied(_))
    }

    /// The body, from a path that must have one.
    pub(super) fn found(self, path: &str) -> Result<T, Error> {
        let path = path.to_owned();
        match self {
            Self::Done(Some(body)) => Ok(body),
            Self::Done(None) => Err(Error::Incomplete {
                path,
                field: "a body",
            }),
            Self::Absent => Err(Error::UnsupportedPath {
                path,
                messages: Messages::default(),
            }),
            Self::Denied(messages) => {
                let denial = Denial {
                    path,
                    missing: Vec::new(),
                    granted: Vec::new(),
                    messages,
                };
                Err(Error::Forbidden(denial))
            }
        }
    }
}

impl Answer<'_> {
    /// Decodes the body of a success, or says what the failure means.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<Outcome<T>, Failure> {
        if self.wants_https() {
            return Err(Failure::lasting(Error::WantsHttps {
                server: self.server.to_owned(),
            }));
        }
        if let Some(what) = self.foreign_kind() {
            return Err(self.foreign(what));
        }
        if self.status.is_success() {
            return match (self.body, self.call.operation) {
                // Taken for absence, an answer cut down to nothing would have what is there created or deleted.
                ([], Operation::Read | Operation::List) => {
                    Err(self.damaged("it is empty".to_owned()))
                }
                ([], Operation::Write | Operation::Delete) => Ok(Outcome::Done(None)),
                (body, _) => self.json(body).map(|value| Outcome::Done(Some(value))),
            };
        }
        let is_404 = self.status == StatusCode::NOT_FOUND;
        let errors: ErrorBody = match self.body {
            [] if is_404 => return Err(self.foreign("no body")),
            [] => ErrorBody::default(),
            body => self.json(body)?,
        };
        if is_404 && self.call.operation != Operation::Write && errors.is_absence() {
            return Ok(Outcome::Absent);
        }
        if is_404 && !errors.is_of_vault() {
            return Err(self.foreign("JSON of another shape"));
        }
        let messages = Messages::from(errors);
        self.refusal(
            self.secrets
                .iter()
                .fold(messages, |messages, secret| messages.without(secret)),
        )
    }

    fn refusal<T>(&self, messages: Messages) -> Result<Outcome<T>, Failure> {
        let (server, path) = (self.server.to_owned(), self.call.path.clone());
        let is_unsupported =
            messages.mention("unsupported path") || messages.mention("unsupported operation");
        let error = match self.status.as_u16() {
            403 => return Ok(Outcome::Denied(messages)),
            400 | 404 if messages.mention("no handler for route") => Error::MissingMount { path },
            400 | 404 | 405 if is_unsupported => Error::UnsupportedPath { path, messages },
            404 if messages.mention("namespace not found") => Error::NoNamespace {
                namespace: self.namespace.to_string(),
            },
            501 => Error::NotInitialised { server },
            503 if messages.mention("vault is sealed") => Error::Sealed { server },
            _ if messages.mention("local node not active") => Error::NoActiveNode { server },
            status => Error::Rejected {
                operation: self.call.operation,
                path,
                status,
                messages,
                sends: self.sends,
            },
        };
        let again = match &error {
            // A server that restarts refuses connections, then is sealed for a moment: one wait covers both.
            Error::Sealed { .. } => Again::Yes(Patience::Unreachable, None),
            Error::NoActiveNode { .. } => Again::Yes(Patience::Busy, self.retry_after()),
            _ => self.again_by_status(),
        };
        Err(Failure { error, again })
    }

    fn retry_after(&self) -> Option<Duration> {
        retry_after(self.headers, SystemTime::now())
    }

    fn again_by_status(&self) -> Again {
        match self.status.as_u16() {
            412 => Again::Yes(Patience::Behind, self.retry_after()),
            429 | 502..=504 => Again::Yes(Patience::Busy, self.retry_after()),
            500 => Again::Yes(Patience::Doubtful, self.retry_after()),
            _ => Again::No,
        }
    }

    fn foreign(&self, what: impl Into<String>) -> Failure {
        let error = Error::NotVault {
            server: self.server.to_owned(),
            path: self.call.path.clone(),
            what: what.into(),
            status: self.status.as_u16(),
        };
        Failure {
            error,
            again: self.again_by_status(),
        }
    }

    fn json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, Failure> {
        serde_json::from_slice(body).map_err(|error| {
            // The place and the kind, never serde_json's text: it quotes what it did not expect.
            let kind = match error.classify() {
                Category::Data => return self.foreign("JSON of another shape"),
                Category::Eof => "it breaks off",
                Category::Syntax | Category::Io => "it is no JSON",
            };
            self.damaged(format!(
                "{kind} at line {} column {}",
                error.line(),
                error.column()
            ))
        })
    }

    fn damaged(&self, detail: String) -> Failure {
        let path = self.call.path.clone();
        Failure {
            error: Error::Damaged { path, detail },
            again: Again::Yes(Patience::Doubtful, None),
        }
    }

    /// Go's server, or nginx, on a TLS port that was sent plain HTTP.
    fn wants_https(&self) -> bool {
        self.status == StatusCode::BAD_REQUEST
            && self.server.starts_with("http://")
            && [
                "HTTP request to an HTTPS server",
                "HTTP request was sent to HTTPS port",
            ]
            .iter()
            .any(|phrase| String::from_utf8_lossy(self.body).contains(phrase))
    }

    /// What an answer is that is not JSON, by its header and its first character.
    fn foreign_kind(&self) -> Option<String> {
        let first = self.body.trim_ascii_start().first()?;
        let kind = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match (first, kind.as_str()) {
            (b'<', _) | (_, "text/html") => Some("an HTML page".to_owned()),
            (b'{', _) | (_, "application/json") => None,
            (_, "") => Some("data of no stated type".to_owned()),
            (_, other) => Some(one_line(other)),
        }
    }
}
