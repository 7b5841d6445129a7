//! One request: its headers, redirects, retries and errors.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use backon::Retryable;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

use super::Settings;
use super::answer::{Answer, LARGEST_BODY, Outcome};
use super::error::{Error, Operation};
use super::fault;
use super::limit::Limit;
use super::redirect::{self, MOST_HOPS};
use super::retry::{Again, Failure, Schedule, retry_after};
use super::session::Stats;
use super::transport::Transport;

/// A request to Vault's API, before it is sent.
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) path: String,
    query: Option<&'static str>,
    body: Option<Vec<u8>>,
    in_namespace: bool,
    /// A secret in the body, to be kept out of error texts.
    hidden: Option<SecretString>,
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

    pub(super) fn write(path: &str, body: &impl serde::Serialize) -> Result<Self, Error> {
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

    fn method(&self) -> Method {
        match self.operation {
            Operation::Read | Operation::List => Method::GET,
            Operation::Write => Method::POST,
            Operation::Delete => Method::DELETE,
        }
    }
}

/// Sends requests to one Vault, a bounded number at once, and repeats those that are worth it.
pub(super) struct Client {
    settings: Settings,
    transport: Transport,
    limit: Limit,
    schedule: Schedule,
    requests: AtomicU64,
    retries: AtomicU64,
}

impl Client {
    /// How Vault is reached.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn new(settings: Settings, schedule: Schedule) -> Result<Self, Error> {
        Ok(Self {
            transport: Transport::new(&settings)?,
            limit: Limit::new(settings.parallelism),
            settings,
            schedule,
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        })
    }

    /// Scheme, host and port of the address, as error texts name it.
    pub(super) fn server(&self) -> String {
        origin(self.settings.address.origin())
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }

    /// Sends a request until it succeeds, or until repeating it is no use. The token goes into a header.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call,
        token: Option<&SecretString>,
    ) -> Result<Outcome<T>, Error> {
        let headers = self.headers(call, token)?;
        let mut url =
            self.settings
                .address
                .endpoint(&call.path)
                .ok_or_else(|| Error::InvalidPath {
                    path: call.path.clone(),
                })?;
        url.set_query(call.query);

        let secrets: Vec<&str> = token
            .into_iter()
            .chain(&call.hidden)
            .map(SecretString::expose_secret)
            .collect();

        let started = Instant::now();
        let sends = AtomicU32::new(0);
        let attempt = || {
            let sends = sends.fetch_add(1, Ordering::Relaxed) + 1;
            self.attempt(call, &url, &headers, &secrets, sends)
        };
        let result = attempt
            .retry(self.schedule.waits())
            .adjust(|failure, planned| {
                self.schedule.wait(failure.again, planned?, sends.load(Ordering::Relaxed), started.elapsed())
            })
            .notify(|failure: &Failure, wait| {
                self.retries.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(path = call.path, error = %failure.error, wait = wait.as_secs_f64(), "retry");
            })
            .await;
        result.map_err(|failure| match sends.into_inner() {
            sends if sends > 1 && failure.again != Again::No => Error::GaveUp {
                sends,
                after: started.elapsed(),
                last: Box::new(failure.error),
            },
            _ => failure.error,
        })
    }

    /// Sends a request once, over all its redirects.
    async fn attempt<T: DeserializeOwned>(
        &self,
        call: &Call,
        url: &Url,
        headers: &HeaderMap,
        secrets: &[&str],
        sends: u32,
    ) -> Result<Outcome<T>, Failure> {
        let _slot = self.limit.slot().await;
        let mut url = url.clone();
        for _ in 0..=MOST_HOPS {
            let server = origin(&url);
            let response = self.exchange(call, &url, headers, &server).await?;
            if redirect::is_redirect(response.status(), &call.method()) {
                url = self.next_hop(call, &url, &response, &server)?;
                continue;
            }
            let (status, headers) = (response.status(), response.headers().clone());
            let body = self.body(call, response, &server).await?;
            let answer = Answer {
                server: &server,
                namespace: &self.settings.namespace,
                path: &call.path,
                operation: call.operation,
                status,
                retry_after: retry_after(&headers, SystemTime::now()),
                headers: &headers,
                body: &body,
                sends,
                secrets,
            };
            return answer.decode();
        }
        let detail = format!("more than {MOST_HOPS} redirects");
        Err(finally(Error::BadRedirect {
            server: origin(&url),
            path: call.path.clone(),
            detail,
        }))
    }

    async fn exchange(
        &self,
        call: &Call,
        url: &Url,
        headers: &HeaderMap,
        server: &str,
    ) -> Result<Response, Failure> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let result = self.request(call, url.clone(), headers).send().await;
        let milliseconds = started.elapsed().as_millis();
        let status = result
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        tracing::debug!(method = %call.method(), path = call.path, server, status, milliseconds, "request");
        result.map_err(|error| fault::classify(&error, server, self.settings.timeout))
    }

    fn request(&self, call: &Call, url: Url, headers: &HeaderMap) -> RequestBuilder {
        let dialled = self.transport.dialled(url);
        let request = self
            .transport
            .http
            .request(call.method(), dialled)
            .headers(headers.clone());
        match &call.body {
            Some(body) => request
                .header(CONTENT_TYPE, "application/json")
                .body(body.clone()),
            None => request,
        }
    }

    async fn body(
        &self,
        call: &Call,
        mut response: Response,
        server: &str,
    ) -> Result<Vec<u8>, Failure> {
        let expected = response.content_length().unwrap_or_default();
        let mut body = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).min(LARGEST_BODY));
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST_BODY => {
                    let path = call.path.clone();
                    return Err(finally(Error::TooLarge {
                        path,
                        limit: LARGEST_BODY,
                    }));
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => return Err(fault::classify(&error, server, self.settings.timeout)),
            }
        }
    }

    fn next_hop(
        &self,
        call: &Call,
        from: &Url,
        response: &Response,
        server: &str,
    ) -> Result<Url, Failure> {
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let (server, path) = (server.to_owned(), call.path.clone());
        let target = match redirect::target(from, location) {
            Ok(target) => target,
            Err(detail) => {
                return Err(finally(Error::BadRedirect {
                    server,
                    path,
                    detail,
                }));
            }
        };
        let dialled = |url: &Url| self.transport.dialled(url.clone());
        if !redirect::is_allowed(
            &dialled(from),
            &dialled(&target),
            &self.settings.allow_redirect_hosts,
        ) {
            return Err(finally(Error::Redirect {
                server,
                path,
                target: origin(&target),
            }));
        }
        Ok(target)
    }

    fn headers(&self, call: &Call, token: Option<&SecretString>) -> Result<HeaderMap, Error> {
        let mut headers = HeaderMap::new();
        // Vault's agents and proxies can demand it against request forgery.
        headers.insert("x-vault-request", HeaderValue::from_static("true"));
        if let Some(namespace) = self
            .settings
            .namespace
            .header()
            .filter(|_| call.in_namespace)
        {
            headers.insert("x-vault-namespace", namespace.clone());
        }
        if let Some(token) = token {
            let mut value =
                HeaderValue::from_str(token.expose_secret()).map_err(|_| Error::InvalidToken)?;
            value.set_sensitive(true);
            headers.insert("x-vault-token", value);
        }
        Ok(headers)
    }
}

fn finally(error: Error) -> Failure {
    Failure {
        error,
        again: Again::No,
    }
}

/// Scheme, host and port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
