//! The meaning of an HTTP response of GitLab.

use std::time::SystemTime;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::GitLabError;
use crate::http::retry::{Again, Failure, Patience, retry_after};
use crate::http::text::one_line;

/// A response, and the request that it answers.
pub(super) struct GitLabResponse {
    /// Scheme, host and port.
    pub(super) server: String,
    /// Method and path.
    pub(super) call: String,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl GitLabResponse {
    /// The response, if GitLab carried out the request; else a failure whose message does not contain the secret.
    pub(super) fn accepted(
        self,
        is_repeatable: bool,
        secret: &str,
    ) -> Result<Self, Failure<GitLabError>> {
        if self.status.is_success() {
            return Ok(self);
        }
        let again = match self.status.as_u16() {
            429 => self.busy(),
            502..=504 if is_repeatable => self.busy(),
            500 if is_repeatable => Again::Yes(Patience::Doubtful, None),
            _ => Again::No,
        };
        let error = if self.status.is_redirection() {
            self.redirect()
        } else {
            self.refusal(secret)
        };
        Err(Failure { error, again })
    }

    /// The decoded body.
    pub(super) fn decode<T: DeserializeOwned>(self) -> Result<T, GitLabError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The kind only: serde_json's text would quote the data.
            let what = match (self.is_html(), error.is_eof()) {
                (true, _) => "an HTML page",
                (_, true) => "truncated JSON",
                _ => "data of another shape",
            };
            self.foreign(what)
        })
    }

    fn busy(&self) -> Again {
        Again::Yes(
            Patience::Busy,
            retry_after(&self.headers, SystemTime::now()),
        )
    }

    fn redirect(self) -> GitLabError {
        let target = self.headers.get(LOCATION).and_then(|to| to.to_str().ok());
        GitLabError::Redirect {
            target: one_line(target.unwrap_or("nowhere")),
            server: self.server,
            call: self.call,
        }
    }

    fn refusal(self, secret: &str) -> GitLabError {
        if self.is_html() {
            return self.foreign("an HTML page");
        }
        let message = reason(&self.body).replace(secret, "<secret>");
        GitLabError::Refused {
            call: self.call,
            status: self.status.as_u16(),
            message: match one_line(&message) {
                empty if empty.is_empty() => "no reason given".to_owned(),
                message => message,
            },
        }
    }

    fn foreign(&self, what: &str) -> GitLabError {
        GitLabError::Foreign {
            server: self.server.clone(),
            call: self.call.clone(),
            what: what.to_owned(),
            status: self.status.as_u16(),
        }
    }

    fn is_html(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        kind.starts_with("text/html") || self.body.trim_ascii_start().starts_with(b"<")
    }
}

/// GitLab's reason for a failure: `message`, `error` with or without `error_description`, or plain text.
///
/// <https://docs.gitlab.com/api/rest/troubleshooting/#status-code-400>
fn reason(body: &[u8]) -> String {
    let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else {
        return String::from_utf8_lossy(body).trim().to_owned();
    };
    let parts = ["message", "error", "error_description"];
    let parts = parts.iter().filter_map(|name| body.remove(*name));
    let parts: Vec<String> = parts.map(|part| words(&part)).collect();
    parts.join(": ")
}

/// `title can't be blank` for `{"title": ["can't be blank"]}`.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{name} {}", words(value)))
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_reason_is_read() {
        let cases = [
            (r#"{"message":"401 Unauthorized"}"#, "401 Unauthorized"),
            (
                r#"{"message":{"title":["can't be blank"],"labels":["a","b"]}}"#,
                "labels a, b; title can't be blank",
            ),
            (r#"{"error":"title is missing"}"#, "title is missing"),
            (
                r#"{"error":"insufficient_scope","error_description":"More privileges."}"#,
                "insufficient_scope: More privileges.",
            ),
            ("Retry later\n", "Retry later"),
            ("", ""),
            ("[1]", "[1]"),
        ];
        for (body, expected) in cases {
            assert_eq!(reason(body.as_bytes()), expected);
        }
    }
}
