//! A request to Vault's API.

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use secrecy::SecretString;
use serde::Serialize;

use super::error::Error;

/// What is asked of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// GET.
    Read,
    /// GET with `list=true`.
    List,
    /// POST: creates, or updates.
    Write,
    /// DELETE.
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete => "delete",
        })
    }
}

/// A request to Vault's API, before it is sent.
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) path: String,
    pub(super) query: Option<&'static str>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) in_namespace: bool,
    /// A secret in the body, to be kept out of error texts.
    pub(super) hidden: Option<SecretString>,
    /// The most that it may take, if that is less than the usual timeout.
    pub(super) within: Duration,
}

impl Call {
    pub(super) fn read(path: &str) -> Self {
        Self::new(Operation::Read, path)
    }

    /// `GET ?list=true` rather than LIST, which some proxies refuse.
    pub(super) fn list(path: &str) -> Self {
        Self::new(Operation::List, path).with_query("list=true")
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new(Operation::Delete, path)
    }

    pub(super) fn write(path: &str, body: &impl Serialize) -> Result<Self, Error> {
        match serde_json::to_vec(body) {
            Ok(body) => Ok(Self {
                body: Some(body),
                ..Self::new(Operation::Write, path)
            }),
            Err(error) => Err(Error::Body {
                path: path.to_owned(),
                detail: error.to_string(),
            }),
        }
    }

    fn new(operation: Operation, path: &str) -> Self {
        Self {
            operation,
            path: path.to_owned(),
            query: None,
            body: None,
            in_namespace: true,
            hidden: None,
            within: Duration::MAX,
        }
    }

    pub(super) fn with_query(self, query: &'static str) -> Self {
        Self {
            query: Some(query),
            ..self
        }
    }

    pub(super) fn outside_namespaces(self) -> Self {
        Self {
            in_namespace: false,
            ..self
        }
    }

    pub(super) fn hiding(self, secret: SecretString) -> Self {
        Self {
            hidden: Some(secret),
            ..self
        }
    }

    pub(super) fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }

    pub(super) fn method(&self) -> Method {
        match self.operation {
            Operation::Read | Operation::List => Method::GET,
            Operation::Write => Method::POST,
            Operation::Delete => Method::DELETE,
        }
    }
}
