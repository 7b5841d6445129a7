//! Requests to GitLab's REST API: one project, one token, pages, retries.
//!
//! <https://docs.gitlab.com/api/rest/>

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::answer::Answer;
use super::error::Error;
use super::page;
use crate::http::retry::{Again, Failure, Patience, Schedule};
use crate::http::{self, client, fault};

/// As many as GitLab gives: <https://docs.gitlab.com/api/rest/#offset-based-pagination>
const PER_PAGE: &str = "100";

/// How to reach a project.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The root of the API, as in `https://git.example.com/api/v4`.
    pub(crate) api: Url,
    /// The project's number.
    pub(crate) project: u64,
    /// An access token with the scope `api`.
    pub(crate) token: SecretString,
    /// A PEM bundle that is trusted besides the system's CA certificates.
    pub(crate) ca_file: Option<PathBuf>,
    /// The most that one request may take.
    pub(crate) timeout: Duration,
}

/// Sends requests to one project with one token.
pub(crate) struct Client {
    http: reqwest::Client,
    settings: Settings,
    token: HeaderValue,
    schedule: Schedule,
}

/// What is asked for.
pub(super) struct Call {
    pub(super) method: Method,
    /// The path under the API's root, without a slash in front.
    pub(super) path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
        }
    }

    fn with_body(self, body: &impl Serialize) -> Self {
        // Fails for maps with keys that are no text, and none is sent.
        let body = serde_json::to_vec(body).ok();
        Self { body, ..self }
    }

    /// What error texts say of it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether doing it twice is as good as once.
    pub(super) fn is_repeatable(&self) -> bool {
        self.method != Method::POST
    }
}

impl Client {
    /// A client that trusts the system's CA certificates and those of the settings.
    ///
    /// # Errors
    /// When the file of CA certificates can't be used.
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let mut builder = client::builder(settings.timeout);
        if let Some(file) = &settings.ca_file {
            let certificates = client::certificates(file).map_err(|cause| Error::CaCert {
                file: file.clone(),
                cause,
            })?;
            builder = builder.tls_certs_merge(certificates);
        } else if settings.api.scheme() == "http" {
            // Plain HTTP works on a machine that has no CA certificates at all.
            builder = builder.tls_certs_only([]);
        }
        let mut token =
            HeaderValue::from_str(settings.token.expose_secret()).map_err(|_| Error::Token)?;
        token.set_sensitive(true);
        Ok(Self {
            http: builder
                .build()
                .map_err(|error| Error::TlsSetup(fault::innermost(&error)))?,
            settings,
            token,
            // Most of GitLab's limits are for a minute.
            schedule: Schedule {
                busy: Duration::from_secs(180),
                ..Schedule::default()
            },
        })
    }

    /// The path of something in the project.
    pub(super) fn in_project(&self, path: &str) -> String {
        format!("projects/{}/{path}", self.settings.project)
    }

    /// Repeats work that looks for something before it creates it, while it is left in doubt whether it did.
    pub(super) async fn until_sure<T, F: Future<Output = Result<T, Error>>>(
        &self,
        work: impl Fn() -> F,
    ) -> Result<T, Error> {
        let attempt = async |_| {
            work().await.map_err(|error| Failure {
                again: match error.leaves_in_doubt() {
                    true => Again::Yes(Patience::Doubtful, None),
                    false => Again::No,
                },
                error,
            })
        };
        let note = |failure: &Failure<Error>, _| {
            tracing::debug!(error = %failure.error, "was it created?");
        };
        let result = self.schedule.attempts(attempt, note).await;
        result.map_err(|ended| ended.error)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Error> {
        self.send(&Call::new(Method::GET, path)).await?.decode()
    }

    /// All of a list, from its first page to its last.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: String,
        query: &[(&'static str, &str)],
    ) -> Result<Vec<T>, Error> {
        let mut call = Call::new(Method::GET, path);
        call.query = query
            .iter()
            .chain(&[("per_page", PER_PAGE)])
            .map(|&(name, value)| (name, value.to_owned()))
            .collect();
        let mut url = self.url(&call);
        let mut items = Vec::new();
        loop {
            let answer = self.send_to(&call, &url).await?;
            let next = page::next(&answer.headers, &url);
            let page: Vec<T> = answer.decode()?;
            let is_empty = page.is_empty();
            items.extend(page);
            match next {
                None => return Ok(items),
                Some(next) if is_empty || next == url => return Err(Error::Endless(call.name())),
                Some(next) => url = next,
            }
        }
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let call = Call::new(Method::POST, path).with_body(body);
        self.send(&call).await?.decode()
    }

    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let call = Call::new(Method::PUT, path).with_body(body);
        self.send(&call).await?.decode()
    }

    pub(super) async fn delete(&self, path: String) -> Result<(), Error> {
        self.send(&Call::new(Method::DELETE, path)).await.map(drop)
    }

    async fn send(&self, call: &Call) -> Result<Answer, Error> {
        self.send_to(call, &self.url(call)).await
    }

    /// Sends a call until GitLab has answered it, or until repeating it is no use.
    async fn send_to(&self, call: &Call, url: &Url) -> Result<Answer, Error> {
        let note = |failure: &Failure<Error>, wait: Duration| {
            let milliseconds = http::milliseconds(wait);
            tracing::debug!(path = call.path, error = %failure.error, milliseconds, "retry");
        };
        let attempt = |_| self.attempt(call, url);
        let result = self.schedule.attempts(attempt, note).await;
        result.map_err(|ended| match ended.gave_up {
            true => Error::GaveUp {
                sends: ended.sends,
                after: ended.after,
                last: Box::new(ended.error),
            },
            false => ended.error,
        })
    }

    async fn attempt(&self, call: &Call, url: &Url) -> Result<Answer, Failure<Error>> {
        let started = Instant::now();
        let result = self.request(call, url).send().await;
        let milliseconds = http::milliseconds(started.elapsed());
        let status = result
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        tracing::debug!(method = %call.method, path = call.path, status, milliseconds, "request");
        let unanswered = |error| self.unanswered(&error, call);
        let response = result.map_err(unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(unanswered)?;
        let answer = Answer {
            server: self.server(),
            call: call.name(),
            status,
            headers,
            body: body.into(),
        };
        answer.accepted(call.is_repeatable(), self.settings.token.expose_secret())
    }

    fn request(&self, call: &Call, url: &Url) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert("private-token", self.token.clone());
        let request = self.http.request(call.method.clone(), url.clone());
        let request = request.headers(headers);
        match &call.body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.clone()),
            None => request,
        }
    }

    /// What it means that no answer came. What can't be done twice is not sent again unless nobody can have seen it.
    fn unanswered(&self, error: &reqwest::Error, call: &Call) -> Failure<Error> {
        let failure = fault::classify(error, self.settings.timeout);
        let error = Error::Unanswered {
            server: self.server(),
            call: call.name(),
            fault: failure.error,
        };
        let again = match call.is_repeatable() || !error.leaves_in_doubt() {
            true => failure.again,
            false => Again::No,
        };
        Failure { error, again }
    }

    fn url(&self, call: &Call) -> Url {
        let mut url = self.settings.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(call.path.split('/'));
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    /// Scheme, host and port.
    fn server(&self) -> String {
        self.settings.api.origin().ascii_serialization()
    }
}
