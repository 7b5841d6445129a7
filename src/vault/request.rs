//! A call as it is sent: where to, with which headers, and what must not come back in an error.

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Settings;
use super::call::Call;
use super::error::Error;

/// One call, ready to be sent as often as it takes.
pub(super) struct Request<'a> {
    pub(super) call: &'a Call,
    /// Where it goes first; redirects may lead on.
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    /// What it holds and must not come back in a message.
    pub(super) secrets: Vec<&'a str>,
}

impl<'a> Request<'a> {
    pub(super) fn new(
        settings: &Settings,
        call: &'a Call,
        token: Option<&'a SecretString>,
    ) -> Result<Self, Error> {
        let Some(mut url) = settings.address.endpoint(&call.path) else {
            return Err(Error::InvalidPath {
                path: call.path.clone(),
            });
        };
        url.set_query(call.query);
        let secrets = token.into_iter().chain(&call.hidden);
        Ok(Self {
            call,
            url,
            headers: headers(settings, call, token)?,
            secrets: secrets.map(SecretString::expose_secret).collect(),
        })
    }
}

fn headers(
    settings: &Settings,
    call: &Call,
    token: Option<&SecretString>,
) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    // Vault's agents and proxies can demand it against request forgery.
    headers.insert("x-vault-request", HeaderValue::from_static("true"));
    if call.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let (true, Some(namespace)) = (call.in_namespace, settings.namespace.header()) {
        headers.insert("x-vault-namespace", namespace.clone());
    }
    if let Some(token) = token {
        let text = token.expose_secret();
        let mut value = HeaderValue::from_str(text).map_err(|_| Error::InvalidToken)?;
        value.set_sensitive(true);
        headers.insert("x-vault-token", value);
    }
    Ok(headers)
}
