//! One line of an audit log, as far as it matters here.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use chrono::DateTime;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A request and, in entries of the type `response`, its answer.
#[derive(Debug, Deserialize)]
pub(super) struct AuditEntry<'a> {
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    auth: Option<Auth<'a>>,
    #[serde(borrow)]
    request: Request<'a>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
}

#[derive(Debug, Deserialize)]
struct Auth<'a> {
    #[serde(borrow)]
    metadata: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
}

#[derive(Debug, Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    path: Cow<'a, str>,
    #[serde(borrow)]
    namespace: Option<AuditNamespace<'a>>,
}

#[derive(Debug, Deserialize)]
struct AuditNamespace<'a> {
    #[serde(borrow)]
    path: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

/// What tells success from failure; the values are hashed.
#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    access_key: Option<&'a RawValue>,
}

impl<'a> AuditEntry<'a> {
    /// A line, if it is an entry.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    /// When it was written. Servers write UTC, and tools that forward logs may not.
    pub(super) fn time(&self) -> Option<SystemTime> {
        let time = DateTime::parse_from_rfc3339(&self.time).ok()?;
        Some(time.into())
    }

    /// Whether it is the answer: each request has an entry before it is carried out, and one afterwards.
    pub(super) fn is_answer(&self) -> bool {
        self.r#type == "response"
    }

    /// The path that was asked for, in its namespace.
    pub(super) fn path(&self) -> &str {
        &self.request.path
    }

    /// The namespace, without a slash at its ends; empty for the root namespace.
    pub(super) fn namespace(&self) -> &str {
        let namespace = self.request.namespace.as_ref();
        let path = namespace.and_then(|namespace| namespace.path.as_deref());
        path.unwrap_or_default().trim_matches('/')
    }

    /// What the token's login or, for a login, the new token says under this name.
    pub(super) fn metadata(&self, name: &str) -> Option<&str> {
        let metadata = self.auth.as_ref()?.metadata.as_ref()?;
        metadata.get(name).map(AsRef::as_ref)
    }

    /// Whether credentials of AWS were given.
    pub(super) fn gave_credentials(&self) -> bool {
        let data = self
            .response
            .as_ref()
            .and_then(|response| response.data.as_ref());
        data.is_some_and(|data| data.access_key.is_some())
    }
}
