//! Requests to GitLab's REST API: one token, pages, retries, rate limits.
//!
//! <https://docs.gitlab.com/api/rest/>

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::error::GitLabError;
use super::page;
use super::rate_pause::RatePause;
use super::request::GitLabRequest;
use super::response::GitLabResponse;
use crate::http::retry::{Again, Failure, Patience, Schedule};
use crate::http::{self, client, fault};

/// The size limit of a response body, in bytes. A page of 100 issues whose descriptions are as long as GitLab allows
/// (1,048,576 characters each) has up to four times 100 MiB; real ones are far below.
pub(super) const LARGEST_BODY: usize = 64 << 20;

/// How many pages of one list are read.
pub(super) const MOST_PAGES: usize = 1000;

/// The time limit of one list, over all its pages.
const LIST_WITHIN: Duration = Duration::from_secs(600);

/// How to reach GitLab.
pub(crate) struct GitLabSettings {
    /// The root of the API, as in `https://git.example.com/api/v4`.
    pub(crate) api: Url,
    /// What authorizes the requests.
    pub(crate) token: GitLabToken,
    /// A PEM bundle that is trusted besides the system's CA certificates.
    pub(crate) ca_file: Option<PathBuf>,
    /// The time limit of one request, including its answer.
    pub(crate) timeout: Duration,
}

/// What authorizes a request: <https://docs.gitlab.com/api/rest/authentication/>
#[derive(Clone)]
pub(crate) enum GitLabToken {
    /// A personal, project or group access token.
    Access(SecretString),
    /// The token of the job that runs, `CI_JOB_TOKEN`. GitLab accepts it at few addresses, and treats its requests to all
    /// others as those of a stranger: <https://docs.gitlab.com/ci/jobs/ci_job_token/>
    Job(SecretString),
}

impl GitLabToken {
    const fn header(&self) -> &'static str {
        match self {
            Self::Access(_) => "private-token",
            Self::Job(_) => "job-token",
        }
    }

    pub(super) fn secret(&self) -> &str {
        let (Self::Access(secret) | Self::Job(secret)) = self;
        secret.expose_secret()
    }
}

/// Sends requests with one token.
pub(crate) struct GitLabClient {
    http: reqwest::Client,
    settings: GitLabSettings,
    token: HeaderValue,
    schedule: Schedule,
    rate_pause: RatePause,
}

impl GitLabClient {
    /// A client that trusts the system's CA certificates and those of the settings.
    ///
    /// # Errors
    /// When the file of CA certificates can't be used.
    pub(crate) fn new(settings: GitLabSettings) -> Result<Self, GitLabError> {
        let mut builder = client::builder(settings.timeout);
        if let Some(file) = &settings.ca_file {
            let certificates = client::certificates(file).map_err(|cause| GitLabError::CaCert {
                file: file.clone(),
                cause,
            })?;
            builder = builder.tls_certs_merge(certificates);
        } else if settings.api.scheme() == "http" {
            // Plain HTTP must work on a machine without CA certificates.
            builder = builder.tls_certs_only([]);
        }
        let mut token =
            HeaderValue::from_str(settings.token.secret()).map_err(|_| GitLabError::Token)?;
        token.set_sensitive(true);
        Ok(Self {
            http: builder
                .build()
                .map_err(|error| GitLabError::TlsSetup(fault::innermost(&error)))?,
            settings,
            token,
            // Most rate limits of GitLab are per minute.
            schedule: Schedule {
                busy: Duration::from_secs(180),
                ..Schedule::default()
            },
            rate_pause: RatePause::default(),
        })
    }

    /// Whether the token is that of a job, which can read little.
    pub(crate) const fn has_job_token(&self) -> bool {
        matches!(self.settings.token, GitLabToken::Job(_))
    }

    /// Repeats work that looks for something before it creates it, while it is unknown whether it was created.
    pub(super) async fn until_sure<T, F: Future<Output = Result<T, GitLabError>>>(
        &self,
        work: impl Fn() -> F,
    ) -> Result<T, GitLabError> {
        let attempt = async |_| {
            work().await.map_err(|error| Failure {
                again: if error.leaves_in_doubt() {
                    Again::Yes(Patience::Doubtful, None)
                } else {
                    Again::No
                },
                error,
            })
        };
        let note = |failure: &Failure<GitLabError>, _| {
            tracing::debug!(error = %failure.error, "it is unknown whether this was created");
        };
        let result = self.schedule.attempts(attempt, note).await;
        result.map_err(|ended| ended.error)
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, GitLabError> {
        self.send(&GitLabRequest::new(Method::GET, path))
            .await?
            .decode()
    }

    /// All of a list, from its first page to its last.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        path: String,
        query: &[(&'static str, &str)],
    ) -> Result<Vec<T>, GitLabError> {
        let mut items = Vec::new();
        let all = |page: Vec<T>| {
            items.extend(page);
            ControlFlow::Continue(())
        };
        self.pages(path, query, all).await?;
        Ok(items)
    }

    /// The pages of a list, until `visit` has seen enough.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        path: String,
        query: &[(&'static str, &str)],
        mut visit: impl FnMut(Vec<T>) -> ControlFlow<()>,
    ) -> Result<(), GitLabError> {
        let call = GitLabRequest::listing(path, query);
        let started = Instant::now();
        let mut url = self.url(&call);
        for _ in 0..MOST_PAGES {
            let answer = self.send_to(&call, &url).await?;
            let next = page::next(&answer.headers, &url);
            let page: Vec<T> = answer.decode()?;
            let is_empty = page.is_empty();
            if visit(page).is_break() {
                return Ok(());
            }
            match next {
                None => return Ok(()),
                Some(next) if is_empty || next == url => break,
                Some(_) if started.elapsed() > LIST_WITHIN => {
                    let seconds = LIST_WITHIN.as_secs();
                    return Err(GitLabError::ListTimeout(call.name(), seconds));
                }
                Some(next) => url = next,
            }
        }
        Err(GitLabError::Endless(call.name()))
    }

    /// One page of a list, and whether it is the last one.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        path: String,
        query: &[(&'static str, &str)],
    ) -> Result<(Vec<T>, bool), GitLabError> {
        let call = GitLabRequest::listing(path, query);
        let url = self.url(&call);
        let answer = self.send_to(&call, &url).await?;
        let is_last = page::next(&answer.headers, &url).is_none();
        Ok((answer.decode()?, is_last))
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, GitLabError> {
        let call = GitLabRequest::new(Method::POST, path).with_body(body);
        self.send(&call).await?.decode()
    }

    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, GitLabError> {
        let call = GitLabRequest::new(Method::PUT, path).with_body(body);
        self.send(&call).await?.decode()
    }

    pub(super) async fn delete(&self, path: String) -> Result<(), GitLabError> {
        self.send(&GitLabRequest::new(Method::DELETE, path))
            .await
            .map(drop)
    }

    async fn send(&self, call: &GitLabRequest) -> Result<GitLabResponse, GitLabError> {
        self.send_to(call, &self.url(call)).await
    }

    /// Sends a request until GitLab has answered it, or until another attempt can't help.
    async fn send_to(
        &self,
        call: &GitLabRequest,
        url: &Url,
    ) -> Result<GitLabResponse, GitLabError> {
        let note = |failure: &Failure<GitLabError>, wait: Duration| {
            let milliseconds = http::milliseconds(wait);
            tracing::debug!(path = call.path, error = %failure.error, milliseconds, "retry");
        };
        let attempt = |_| self.attempt(call, url);
        let result = self.schedule.attempts(attempt, note).await;
        result.map_err(|ended| {
            if ended.gave_up {
                GitLabError::GaveUp {
                    sends: ended.sends,
                    after: ended.after,
                    last: Box::new(ended.error),
                }
            } else {
                ended.error
            }
        })
    }

    async fn attempt(
        &self,
        call: &GitLabRequest,
        url: &Url,
    ) -> Result<GitLabResponse, Failure<GitLabError>> {
        self.rate_pause.wait().await;
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
        self.rate_pause.observe(&headers, SystemTime::now());
        let body = self.body(call, response).await?;
        let answer = GitLabResponse {
            server: self.server(),
            call: call.name(),
            status,
            headers,
            body,
        };
        answer.accepted(call.is_repeatable(), self.settings.token.secret())
    }

    /// Reads a body up to [`LARGEST_BODY`].
    async fn body(
        &self,
        call: &GitLabRequest,
        mut response: Response,
    ) -> Result<Vec<u8>, Failure<GitLabError>> {
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|error| self.unanswered(&error, call))?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(Failure::lasting(GitLabError::TooLarge {
                    call: call.name(),
                    limit: LARGEST_BODY,
                }));
            }
            body.extend_from_slice(&chunk);
        }
    }

    fn request(&self, call: &GitLabRequest, url: &Url) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(self.settings.token.header(), self.token.clone());
        let request = self.http.request(call.method.clone(), url.clone());
        let request = request.headers(headers);
        match &call.body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.clone()),
            None => request,
        }
    }

    /// The failure of a request without an answer. A request that must not be sent twice is sent again only if GitLab can't
    /// have received it.
    fn unanswered(&self, error: &reqwest::Error, call: &GitLabRequest) -> Failure<GitLabError> {
        let failure = fault::classify(error, self.settings.timeout);
        let error = GitLabError::Unanswered {
            server: self.server(),
            call: call.name(),
            fault: failure.error,
        };
        let again = if call.is_repeatable() || !error.leaves_in_doubt() {
            failure.again
        } else {
            Again::No
        };
        Failure { error, again }
    }

    fn url(&self, call: &GitLabRequest) -> Url {
        let mut url = self.settings.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            let path = call.path.split('/').map(|part| part.replace("%2F", "/"));
            segments.pop_if_empty().extend(path);
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
