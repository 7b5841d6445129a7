//! The meaning of an HTTP response: data, absence, or a failure and its reason.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::capabilities::{Denial, Operation};
use super::error::{VaultError, VaultFailure};
use super::message::{ErrorBody, Messages, one_line};
use super::request::VaultRequest;
use super::settings::Namespace;
use crate::diagnostic::printable;
use crate::http::retry::{Again, Patience, retry_after};

/// The size limit of a response body, in bytes.
pub(super) const LARGEST_BODY: usize = 64 << 20;

/// The JSON object around all of Vault's data.
#[derive(Deserialize)]
pub(super) struct Envelope<T> {
    pub(super) data: Option<T>,
    /// In seconds.
    #[serde(default)]
    pub(super) lease_duration: u64,
    pub(super) auth: Option<TokenGrant>,
}

/// The `auth` part of the response to a login or a renewal.
#[derive(Deserialize)]
pub(super) struct TokenGrant {
    pub(super) client_token: String,
    /// In seconds; 0 for a token that does not expire.
    pub(super) lease_duration: u64,
    #[serde(default)]
    pub(super) renewable: bool,
    #[serde(default)]
    pub(super) token_type: String,
}

impl<T> Envelope<T> {
    /// The data, of a path whose responses have some.
    pub(super) fn into_data(self, path: &str) -> Result<T, VaultError> {
        self.data.ok_or_else(|| VaultError::Incomplete {
            path: printable(path).into_owned(),
            field: "data",
        })
    }
}

/// An HTTP response, and the request that it answers.
pub(super) struct VaultResponse<'a> {
    /// Scheme, host and port of the server that answered.
    pub(super) server: &'a str,
    pub(super) namespace: &'a Namespace,
    pub(super) request: &'a VaultRequest,
    pub(super) status: StatusCode,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
    /// How many times the request was sent until this response.
    pub(super) sends: u32,
    /// The token of the request, which must not appear in a message.
    pub(super) token: Option<&'a SecretString>,
}

/// A response that Vault itself sent.
pub(super) enum Reply<T> {
    /// 2xx, with or without a body.
    Done(Option<T>),
    /// A 404 that means absence.
    Absent,
    /// 403: the token is not valid, or its policies deny the request.
    Denied(Messages),
}

impl<T> Reply<T> {
    /// Whether it is a 403.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::Denied(_))
    }

    /// The body, of a path whose responses have one.
    pub(super) fn found(self, path: &str) -> Result<T, VaultError> {
        let path = printable(path).into_owned();
        match self {
            Self::Done(Some(body)) => Ok(body),
            Self::Done(None) => Err(VaultError::Incomplete {
                path,
                field: "a body",
            }),
            Self::Absent => Err(VaultError::UnsupportedPath {
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
                Err(VaultError::Forbidden(denial))
            }
        }
    }
}

impl VaultResponse<'_> {
    /// Decodes the body of a success, or classifies the failure.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<Reply<T>, VaultFailure> {
        if self.wants_https() {
            return Err(VaultFailure::lasting(VaultError::WantsHttps {
                server: self.server.to_owned(),
            }));
        }
        if let Some(what) = self.other_kind() {
            return Err(self.not_vault(what));
        }
        if self.status.is_success() {
            return match (self.body, self.request.operation) {
                // A truncated response must not count as absence: the plan would create what exists already.
                ([], Operation::Read | Operation::List) => {
                    Err(self.damaged("it is empty".to_owned()))
                }
                ([], Operation::Write | Operation::Delete) => Ok(Reply::Done(None)),
                (body, _) => self.json(body).map(|value| Reply::Done(Some(value))),
            };
        }
        let is_404 = self.status == StatusCode::NOT_FOUND;
        let errors: ErrorBody = match self.body {
            [] if is_404 => return Err(self.not_vault("no body")),
            [] => ErrorBody::default(),
            body => self.json(body)?,
        };
        if is_404 && self.request.operation != Operation::Write && errors.is_absence() {
            return Ok(Reply::Absent);
        }
        if is_404 && !errors.is_from_vault() {
            return Err(self.not_vault("JSON of another shape"));
        }
        let messages = Messages::from(errors);
        let secrets = self.token.into_iter().chain(&self.request.secret);
        self.refusal(secrets.fold(messages, |messages, secret| {
            messages.without(secret.expose_secret())
        }))
    }

    fn refusal<T>(&self, messages: Messages) -> Result<Reply<T>, VaultFailure> {
        let (server, path) = (self.server.to_owned(), self.request.shown_path());
        let is_unsupported =
            messages.mention("unsupported path") || messages.mention("unsupported operation");
        let error = match self.status.as_u16() {
            403 => return Ok(Reply::Denied(messages)),
            400 | 404 if messages.mention("no handler for route") => {
                VaultError::MissingMount { path }
            }
            400 | 404 | 405 if is_unsupported => VaultError::UnsupportedPath { path, messages },
            404 if messages.mention("namespace not found") => VaultError::NoNamespace {
                namespace: self.namespace.to_string(),
            },
            501 => VaultError::NotInitialised { server },
            503 if messages.mention("vault is sealed") => VaultError::Sealed { server },
            _ if messages.mention("local node not active") => VaultError::NoActiveNode { server },
            status => VaultError::Rejected {
                operation: self.request.operation,
                path,
                status,
                messages,
                sends: self.sends,
            },
        };
        let again = match &error {
            // A server that restarts refuses connections and then is sealed for a moment: the same patience covers both.
            VaultError::Sealed { .. } => Again::Yes(Patience::Unreachable, None),
            VaultError::NoActiveNode { .. } => Again::Yes(Patience::Busy, self.retry_after()),
            _ => self.again_by_status(),
        };
        Err(VaultFailure { error, again })
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

    fn not_vault(&self, what: impl Into<String>) -> VaultFailure {
        let error = VaultError::NotVault {
            server: self.server.to_owned(),
            path: self.request.shown_path(),
            what: what.into(),
            status: self.status.as_u16(),
        };
        VaultFailure {
            error,
            again: self.again_by_status(),
        }
    }

    fn json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, VaultFailure> {
        serde_json::from_slice(body).map_err(|error| {
            // Only the position and the category: serde_json's message quotes the value that it did not expect.
            let kind = match error.classify() {
                Category::Data => return self.not_vault("JSON of another shape"),
                Category::Eof => "it is truncated",
                Category::Syntax | Category::Io => "it is not JSON",
            };
            self.damaged(format!(
                "{kind} at line {} column {}",
                error.line(),
                error.column()
            ))
        })
    }

    fn damaged(&self, detail: String) -> VaultFailure {
        let path = self.request.shown_path();
        VaultFailure {
            error: VaultError::Damaged { path, detail },
            again: Again::Yes(Patience::Doubtful, None),
        }
    }

    /// Whether it is the response of Go's server, or of nginx, to plain HTTP on a TLS port.
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

    /// The kind of a response that is not JSON, by its header and its first character.
    fn other_kind(&self) -> Option<String> {
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
            (_, "") => Some("data without a content type".to_owned()),
            (_, other) => Some(one_line(other)),
        }
    }
}
