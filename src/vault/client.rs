//! Sends a request: over its redirects, again where that can help, and within the limit of requests in flight.

use std::borrow::Cow;
use std::mem::take;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{HeaderMap, LOCATION};
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{VaultError, VaultFailure};
use super::limit::{InFlightLimit, Load, Outage};
use super::request::{TokenHeaders, VaultRequest, headers_without_token};
use super::response::{LARGEST_BODY, Reply, VaultResponse};
use super::settings::VaultSettings;
use super::storage_index::StorageIndex;
use super::transport::{MAX_REDIRECTS, Transport, is_redirect, may_follow, redirect_target};
use crate::http::retry::{Again, Patience, Schedule};
use crate::http::{self, fault};

/// How many bytes are reserved for a body before any of it has arrived.
const FIRST_CAPACITY: usize = 1 << 20;

/// Sends requests to one Vault.
pub(super) struct VaultClient {
    settings: VaultSettings,
    /// Scheme, host and port of the address.
    server: String,
    headers: HeaderMap,
    transport: Transport,
    limit: InFlightLimit,
    outage: Outage,
    index: StorageIndex,
    schedule: Schedule,
    requests: AtomicU64,
    retries: AtomicU64,
}

/// What a session costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionStats {
    /// HTTP requests that were sent, including retries and redirects.
    pub(crate) requests: u64,
    /// Requests that were sent again.
    pub(crate) retries: u64,
}

/// A request on its way: where to, and with which token.
#[derive(Clone, Copy)]
struct Sending<'a> {
    request: &'a VaultRequest,
    token: Option<&'a TokenHeaders>,
    /// The target of the last redirect.
    redirected: Option<&'a Url>,
}

impl VaultClient {
    pub(super) fn new(settings: VaultSettings, schedule: Schedule) -> Result<Self, VaultError> {
        Ok(Self {
            server: origin(settings.address.url()),
            headers: headers_without_token(&settings.namespace),
            transport: Transport::new(&settings)?,
            limit: InFlightLimit::new(settings.parallelism),
            outage: Outage::default(),
            index: StorageIndex::default(),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            settings,
            schedule,
        })
    }

    pub(super) fn settings(&self) -> &VaultSettings {
        &self.settings
    }

    /// How many requests may be in flight now.
    pub(super) fn parallelism(&self) -> usize {
        self.limit.allowed()
    }

    /// Scheme, host and port of the address, as messages show it.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn stats(&self) -> SessionStats {
        SessionStats {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }

    /// Sends a request until Vault has answered it, or until another attempt can't help.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
        token: Option<&TokenHeaders>,
    ) -> Result<Reply<T>, VaultError> {
        // The first attempt takes the URL; it is built again only for a retry.
        let url = take_once(request.url(&self.settings)?);
        let attempt = |sends| self.attempt(request, token, url(), sends);
        let note = |failure: &VaultFailure, wait| self.note_retry(request, failure, wait);
        let result = self.schedule.attempts(attempt, note).await;
        result.map_err(|ended| {
            if ended.gave_up {
                VaultError::GaveUp {
                    sends: ended.sends,
                    after: ended.after,
                    last: Box::new(ended.error),
                }
            } else {
                ended.error
            }
        })
    }

    fn note_retry(&self, request: &VaultRequest, failure: &VaultFailure, wait: Duration) {
        self.retries.fetch_add(1, Ordering::Relaxed);
        let milliseconds = http::milliseconds(wait);
        tracing::debug!(path = request.path, error = %failure.error, milliseconds, "retry");
    }

    /// Sends a request once, when the limit allows it and the server is not known to be down.
    async fn attempt<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
        token: Option<&TokenHeaders>,
        url: Option<Url>,
        sends: u32,
    ) -> Result<Reply<T>, VaultFailure> {
        let slot = self.limit.slot().await;
        self.outage
            .admit(Instant::now())
            .map_err(VaultFailure::lasting)?;
        let mut result = self.follow(request, token, url, sends).await;
        match &mut result {
            Ok(_) => {
                slot.report(Load::Handled);
                self.outage.end();
            }
            Err(failure) => {
                if is_too_busy(failure) {
                    slot.report(Load::TooBusy);
                }
                if self.outage.record(failure, &self.schedule, Instant::now()) {
                    failure.again = Again::No;
                }
            }
        }
        result
    }

    /// Sends a request over all its redirects, and reads the response.
    async fn follow<T: DeserializeOwned>(
        &self,
        request: &VaultRequest,
        token: Option<&TokenHeaders>,
        first: Option<Url>,
        sends: u32,
    ) -> Result<Reply<T>, VaultFailure> {
        let mut url = match first {
            Some(url) => url,
            None => request.url(&self.settings).map_err(VaultFailure::lasting)?,
        };
        let mut redirected: Option<Url> = None;
        for _ in 0..=MAX_REDIRECTS {
            let sending = Sending {
                request,
                token,
                redirected: redirected.as_ref(),
            };
            let response = self.exchange(sending, url).await?;
            if !is_redirect(response.status(), &request.method()) {
                return self.read(sending, response, sends).await;
            }
            let target = self
                .redirect(sending, &response)
                .map_err(VaultFailure::lasting)?;
            url = target.clone();
            redirected = Some(target);
        }
        let server = redirected.map_or_else(|| self.server.clone(), |url| origin(&url));
        Err(VaultFailure::lasting(VaultError::BadRedirect {
            server,
            path: request.shown_path(),
            detail: format!("more than {MAX_REDIRECTS} redirects"),
        }))
    }

    async fn exchange(&self, sending: Sending<'_>, url: Url) -> Result<Response, VaultFailure> {
        let request = sending.request;
        let mut message = reqwest::Request::new(request.method(), url);
        let token = sending.token.map_or(&self.headers, TokenHeaders::headers);
        *message.headers_mut() = request.headers(token);
        self.index.require(message.headers_mut());
        *message.timeout_mut() = Some(self.timeout(request));
        *message.body_mut() = request.body.clone().map(Into::into);
        self.requests.fetch_add(1, Ordering::Relaxed);
        tracing::trace!(
            method = %request.method(),
            path = request.path,
            in_flight_at_most = self.limit.allowed(),
            "sending"
        );
        let started = Instant::now();
        let (result, connections) = self.transport.send(message).await;
        tracing::debug!(
            method = %request.method(),
            path = request.path,
            status = result.as_ref().ok().map(|response| response.status().as_u16()),
            milliseconds = http::milliseconds(started.elapsed()),
            "request"
        );
        let response = result.map_err(|error| {
            if !error.is_connect() && !error.is_timeout() {
                self.transport.abandon(connections, &self.settings);
            }
            self.unanswered(&error, sending)
        })?;
        self.index.record(response.headers());
        Ok(response)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        sending: Sending<'_>,
        mut response: Response,
        sends: u32,
    ) -> Result<Reply<T>, VaultFailure> {
        let (status, headers) = (response.status(), take(response.headers_mut()));
        let body = self.body(sending, response).await?;
        tracing::trace!(path = sending.request.path, bytes = body.len(), "answer");
        let response = VaultResponse {
            server: &self.answering(sending),
            namespace: &self.settings.namespace,
            request: sending.request,
            status,
            headers: &headers,
            body: &body,
            sends,
            token: sending.token.map(TokenHeaders::secret),
        };
        response.decode()
    }

    async fn body(
        &self,
        sending: Sending<'_>,
        mut response: Response,
    ) -> Result<Vec<u8>, VaultFailure> {
        let announced = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(announced.unwrap_or_default().min(FIRST_CAPACITY));
        loop {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|error| self.unanswered(&error, sending))?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > LARGEST_BODY {
                return Err(VaultFailure::lasting(VaultError::TooLarge {
                    path: sending.request.shown_path(),
                    limit: LARGEST_BODY,
                }));
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// The target of a redirect, if the token may be sent there.
    fn redirect(&self, sending: Sending<'_>, response: &Response) -> Result<Url, VaultError> {
        let from = match sending.redirected {
            Some(url) => url.clone(),
            None => sending.request.url(&self.settings)?,
        };
        let (server, path) = (origin(&from), sending.request.shown_path());
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let target = match redirect_target(&from, location) {
            Ok(target) => target,
            Err(detail) => {
                return Err(VaultError::BadRedirect {
                    server,
                    path,
                    detail,
                });
            }
        };
        let (mut here, mut there) = (from, target.clone());
        self.transport.dial(&mut here);
        self.transport.dial(&mut there);
        if may_follow(&here, &there, &self.settings.allow_redirect_hosts) {
            Ok(target)
        } else {
            Err(VaultError::Redirect {
                server,
                path,
                target: origin(&target),
            })
        }
    }

    /// The failure of an exchange without a response.
    fn unanswered(&self, error: &reqwest::Error, sending: Sending<'_>) -> VaultFailure {
        let failure = fault::classify(error, self.timeout(sending.request));
        let server = self.answering(sending).into_owned();
        VaultFailure {
            error: VaultError::unanswered(failure.error, server),
            again: failure.again,
        }
    }

    /// Scheme, host and port of the server that the request was sent to.
    fn answering(&self, sending: Sending<'_>) -> Cow<'_, str> {
        sending
            .redirected
            .map_or(Cow::Borrowed(self.server.as_str()), |url| {
                origin(url).into()
            })
    }

    /// The time limit of one attempt.
    fn timeout(&self, request: &VaultRequest) -> Duration {
        self.settings.timeout.min(request.within)
    }
}

/// Whether the server had more requests than it could handle.
fn is_too_busy(failure: &VaultFailure) -> bool {
    matches!(
        failure.again,
        Again::Yes(Patience::Busy | Patience::TimedOut, _)
    )
}

/// Scheme, host and port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Returns the value at the first call, and nothing afterwards.
fn take_once<T>(value: T) -> impl Fn() -> Option<T> {
    let value = std::cell::Cell::new(Some(value));
    move || value.take()
}
