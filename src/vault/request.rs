//! One request to Vault's API, and the headers that it carries.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use super::capabilities::Operation;
use super::error::VaultError;
use super::settings::{Namespace, VaultSettings};
use crate::diagnostic::printable;

const NAMESPACE: &str = "x-vault-namespace";

/// One request to Vault's API, which can be sent any number of times.
pub(super) struct VaultRequest {
    pub(super) operation: Operation,
    pub(super) path: String,
    pub(super) query: Option<&'static str>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) in_namespace: bool,
    /// A secret in the body, which must not appear in a message.
    pub(super) secret: Option<SecretString>,
    /// A time limit that applies if it is shorter than the one of the settings.
    pub(super) within: Duration,
}

impl VaultRequest {
    pub(super) fn read(path: &str) -> Self {
        Self::new(Operation::Read, path)
    }

    /// `GET ?list=true`, because some proxies refuse the method LIST.
    pub(super) fn list(path: &str) -> Self {
        Self::new(Operation::List, path).with_query("list=true")
    }

    pub(super) fn delete(path: &str) -> Self {
        Self::new(Operation::Delete, path)
    }

    pub(super) fn write(path: &str, body: &impl Serialize) -> Result<Self, VaultError> {
        match serde_json::to_vec(body) {
            Ok(body) => Ok(Self {
                body: Some(body),
                ..Self::new(Operation::Write, path)
            }),
            Err(error) => Err(VaultError::Body {
                path: printable(path).into_owned(),
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
            secret: None,
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
            secret: Some(secret),
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

    /// The path as messages show it.
    pub(super) fn shown_path(&self) -> String {
        printable(&self.path).into_owned()
    }

    /// Where it is sent, unless a redirect says otherwise.
    pub(super) fn url(&self, settings: &VaultSettings) -> Result<Url, VaultError> {
        let url = settings.address.endpoint(&self.path);
        let mut url = url.ok_or_else(|| VaultError::InvalidPath {
            path: self.shown_path(),
        })?;
        url.set_query(self.query);
        Ok(url)
    }

    /// The headers of the token, or those of a request without one, with what this request adds to them.
    pub(super) fn headers(&self, token: &HeaderMap) -> HeaderMap {
        let mut headers = token.clone();
        if !self.in_namespace {
            headers.remove(NAMESPACE);
        }
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        headers
    }
}

/// The headers of a request that carries no token.
pub(super) fn headers_without_token(namespace: &Namespace) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // Vault Agent and Vault Proxy can require it as a protection against request forgery.
    headers.insert("x-vault-request", HeaderValue::from_static("true"));
    if let Some(namespace) = namespace.header() {
        headers.insert(NAMESPACE, namespace.clone());
    }
    headers
}

/// A token, with the headers of the requests that carry it: they are made once for each token.
pub(super) struct TokenHeaders {
    secret: SecretString,
    headers: HeaderMap,
}

impl TokenHeaders {
    /// # Errors
    /// When the token has characters that a header can't hold.
    pub(super) fn new(settings: &VaultSettings, secret: SecretString) -> Result<Self, VaultError> {
        let mut value =
            HeaderValue::from_str(secret.expose_secret()).map_err(|_| VaultError::InvalidToken)?;
        value.set_sensitive(true);
        let mut headers = headers_without_token(&settings.namespace);
        headers.insert("x-vault-token", value);
        Ok(Self { secret, headers })
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The token itself, which must not appear in a message.
    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }
}
