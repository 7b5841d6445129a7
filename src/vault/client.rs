//! Sending a request: over its redirects, again where that may help, and never too many at once.

use std::mem::take;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::LOCATION;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

use super::Settings;
use super::answer::{Answer, LARGEST_BODY, Outcome};
use super::call::Call;
use super::error::Error;
use super::index::Index;
use super::limit::{Answered, Limit};
use super::outage::Outage;
use super::redirect::{self, MOST_HOPS};
use super::request::Request;
use super::retry::{Again, Failure, Patience, Schedule};
use super::session::Stats;
use super::transport::Transport;
use crate::http::{self, fault};

/// The most that is set aside for a body before any of it has come.
const FIRST_CAPACITY: usize = 1 << 20;

/// Sends requests to one Vault.
pub(super) struct Client {
    settings: Settings,
    transport: Transport,
    limit: Limit,
    outage: Outage,
    index: Index,
    schedule: Schedule,
    requests: AtomicU64,
    retries: AtomicU64,
}

impl Client {
    pub(super) fn new(settings: Settings, schedule: Schedule) -> Result<Self, Error> {
        Ok(Self {
            transport: Transport::new(&settings)?,
            limit: Limit::new(settings.parallelism),
            outage: Outage::default(),
            index: Index::default(),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            settings,
            schedule,
        })
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How many requests are worth starting now.
    pub(super) fn parallelism(&self) -> usize {
        self.limit.allowed()
    }

    /// Scheme, host and port of the address, as error texts name it.
    pub(super) fn server(&self) -> String {
        origin(self.settings.address.url())
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
        }
    }

    /// Sends a call until Vault has answered it, or until repeating it is no use.
    pub(super) async fn send<T: DeserializeOwned>(
        &self,
        call: &Call,
        token: Option<&SecretString>,
    ) -> Result<Outcome<T>, Error> {
        let request = Request::new(&self.settings, call, token)?;
        let attempt = |sends| self.attempt(&request, sends);
        let note = |failure: &Failure, wait| self.note_retry(call, failure, wait);
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

    fn note_retry(&self, call: &Call, failure: &Failure, wait: Duration) {
        self.retries.fetch_add(1, Ordering::Relaxed);
        let milliseconds = http::milliseconds(wait);
        tracing::debug!(path = call.path, error = %failure.error, milliseconds, "retry");
    }

    /// Sends a request once, when there is room for it and the server is not known to be down.
    async fn attempt<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        sends: u32,
    ) -> Result<Outcome<T>, Failure> {
        let slot = self.limit.slot().await;
        self.outage
            .admit(Instant::now())
            .map_err(Failure::lasting)?;
        let mut result = self.follow(request, sends).await;
        let now = Instant::now();
        match &mut result {
            Ok(_) => {
                slot.learn(Answered::Well, now);
                self.outage.over();
            }
            Err(failure) => {
                if was_too_busy(failure) {
                    slot.learn(Answered::TooBusy, now);
                }
                if self.outage.note(failure, &self.schedule, now) {
                    failure.again = Again::No;
                }
            }
        }
        result
    }

    /// Sends a request over all its redirects, and reads the answer.
    async fn follow<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        sends: u32,
    ) -> Result<Outcome<T>, Failure> {
        let call = request.call;
        let mut url = request.url.clone();
        for _ in 0..=MOST_HOPS {
            let mut response = self.exchange(request, &url).await?;
            if redirect::is_redirect(response.status(), &call.method()) {
                url = self
                    .next_hop(call, &url, &response)
                    .map_err(Failure::lasting)?;
                continue;
            }
            let (status, headers) = (response.status(), take(response.headers_mut()));
            let answer = Answer {
                server: &origin(&url),
                namespace: &self.settings.namespace,
                call,
                status,
                headers: &headers,
                body: &self.body(call, &url, response).await?,
                sends,
                secrets: &request.secrets,
            };
            return answer.decode();
        }
        let detail = format!("more than {MOST_HOPS} redirects");
        let (server, path) = (origin(&url), call.path.clone());
        Err(Failure::lasting(Error::BadRedirect {
            server,
            path,
            detail,
        }))
    }

    async fn exchange(&self, request: &Request<'_>, url: &Url) -> Result<Response, Failure> {
        let call = request.call;
        let mut headers = request.headers.clone();
        self.index.ask(&mut headers);
        let (message, connections) = self.transport.request(call.method(), url.clone());
        let mut message = message.timeout(self.timeout(call)).headers(headers);
        if let Some(body) = &call.body {
            message = message.body(body.clone());
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let result = message.send().await;
        let milliseconds = http::milliseconds(started.elapsed());
        let status = result
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        tracing::debug!(method = %call.method(), path = call.path, status, milliseconds, "request");
        let response = result.map_err(|error| {
            if !error.is_connect() && !error.is_timeout() {
                self.transport.abandon(connections, &self.settings);
            }
            self.unanswered(&error, call, url)
        })?;
        self.index.learn(response.headers());
        Ok(response)
    }

    async fn body(
        &self,
        call: &Call,
        url: &Url,
        mut response: Response,
    ) -> Result<Vec<u8>, Failure> {
        let expected = response
            .content_length()
            .and_then(|length| usize::try_from(length).ok());
        let mut body = Vec::with_capacity(expected.unwrap_or_default().min(FIRST_CAPACITY));
        loop {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|error| self.unanswered(&error, call, url))?;
            let Some(chunk) = chunk else { return Ok(body) };
            if body.len() + chunk.len() > LARGEST_BODY {
                let path = call.path.clone();
                return Err(Failure::lasting(Error::TooLarge {
                    path,
                    limit: LARGEST_BODY,
                }));
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// Where a redirect leads, if the token may go there.
    fn next_hop(&self, call: &Call, from: &Url, response: &Response) -> Result<Url, Error> {
        let (server, path) = (origin(from), call.path.clone());
        let location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        let target = match redirect::target(from, location) {
            Ok(target) => target,
            Err(detail) => {
                return Err(Error::BadRedirect {
                    server,
                    path,
                    detail,
                });
            }
        };
        let (here, there) = (
            self.transport.dialled(from.clone()),
            self.transport.dialled(target.clone()),
        );
        if redirect::is_allowed(&here, &there, &self.settings.allow_redirect_hosts) {
            Ok(target)
        } else {
            Err(Error::Redirect {
                server,
                path,
                target: origin(&target),
            })
        }
    }

    /// What it means that an exchange brought no answer.
    fn unanswered(&self, error: &reqwest::Error, call: &Call, url: &Url) -> Failure {
        let failure = fault::classify(error, self.timeout(call));
        Failure {
            error: Error::unanswered(failure.error, origin(url)),
            again: failure.again,
        }
    }

    /// The most that one attempt may take.
    fn timeout(&self, call: &Call) -> Duration {
        self.settings.timeout.min(call.within)
    }
}

/// Whether the server had too much to do.
fn was_too_busy(failure: &Failure) -> bool {
    matches!(
        failure.again,
        Again::Yes(Patience::Busy | Patience::TimedOut, _)
    )
}

/// Scheme, host and port.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}
