//! Which failures are tried again, and for how long.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::HeaderMap;

/// A failed attempt, and whether another attempt can succeed.
pub(crate) struct Failure<E> {
    /// The failure.
    pub(crate) error: E,
    /// Whether another attempt can succeed.
    pub(crate) again: Again,
}

impl<E> Failure<E> {
    /// A failure that another attempt would repeat.
    pub(crate) fn lasting(error: E) -> Self {
        Self {
            error,
            again: Again::No,
        }
    }
}

/// Whether a failed attempt is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Again {
    /// Another attempt would have the same result.
    No,
    /// Another attempt can succeed, though not before the time that the server asks to wait.
    Yes(Patience, Option<Duration>),
}

/// How long a failure is worth repeating, by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The server does not answer or is not ready. A dead server is reported within seconds.
    Unreachable,
    /// The answer was not complete in time, which already took the whole `--timeout`.
    TimedOut,
    /// The server answers and asks to wait: rate limits, elections.
    Busy,
    /// The node has not replicated a write yet; others can have.
    Behind,
    /// Probably permanent: an internal error, a damaged body.
    Doubtful,
}

/// The last failure of a request that is not sent again.
pub(crate) struct RetriesEnded<E> {
    /// The last failure.
    pub(crate) error: E,
    /// Whether it ended because the patience ended.
    pub(crate) gave_up: bool,
    /// How many times the request was sent.
    pub(crate) sends: u32,
    /// The time from the first attempt to the last.
    pub(crate) after: Duration,
}

/// When a request is sent again.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// The wait before the second attempt; it doubles from there, with jitter.
    pub(crate) first_wait: Duration,
    /// The longest wait, unless the server asks for a longer one.
    pub(crate) longest_wait: Duration,
    /// How long a request is repeated while the server does not answer.
    pub(crate) unreachable: Duration,
    /// How long a request is repeated while the server asks to wait.
    pub(crate) busy: Duration,
    /// How many times a request is sent in all when another attempt will probably fail too.
    pub(crate) doubtful_sends: u32,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(5),
            unreachable: Duration::from_secs(8),
            busy: Duration::from_secs(60),
            doubtful_sends: 3,
        }
    }
}

impl Schedule {
    /// Makes attempts, numbered from 1 on, until one succeeds or another one can't; `note` is called before each wait.
    ///
    /// # Errors
    /// The last failure.
    pub(crate) async fn attempts<T, E, F: Future<Output = Result<T, Failure<E>>>>(
        &self,
        attempt: impl Fn(u32) -> F,
        note: impl Fn(&Failure<E>, Duration),
    ) -> Result<T, RetriesEnded<E>> {
        let started = Instant::now();
        let sends = AtomicU32::new(0);
        let next = || attempt(sends.fetch_add(1, Ordering::Relaxed) + 1);
        let result = next
            .retry(self.waits())
            .adjust(|failure, planned| {
                let sends = sends.load(Ordering::Relaxed);
                self.wait(failure.again, planned?, sends, started.elapsed())
            })
            .notify(|failure, wait| note(failure, wait))
            .await;
        let sends = sends.load(Ordering::Relaxed);
        result.map_err(|failure| RetriesEnded {
            error: failure.error,
            gave_up: sends > 1 && failure.again != Again::No,
            sends,
            after: started.elapsed(),
        })
    }

    /// The waits between attempts; [`Schedule::wait`] ends them.
    fn waits(&self) -> ExponentialBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_jitter()
            .without_max_times()
    }

    /// How long to wait before the next attempt; `None` to give up.
    fn wait(
        &self,
        again: Again,
        planned: Duration,
        sends: u32,
        elapsed: Duration,
    ) -> Option<Duration> {
        let Again::Yes(patience, hint) = again else {
            return None;
        };
        let wait = match (patience, hint) {
            // The last attempt is at the end of the time limit, not at the last doubling before it.
            (Patience::Unreachable, _) => planned.min(self.unreachable.saturating_sub(elapsed)),
            (_, Some(hint)) => hint.max(planned),
            (_, None) => planned,
        };
        let goes_on = match patience {
            Patience::Unreachable => elapsed < self.unreachable,
            Patience::TimedOut => sends < 2,
            Patience::Busy | Patience::Behind => elapsed + wait <= self.busy,
            Patience::Doubtful => sends < self.doubtful_sends && elapsed + wait <= self.busy,
        };
        goes_on.then_some(wait)
    }
}

/// The wait that a `Retry-After` header asks for, given in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers
        .get(reqwest::header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let cases = [
            ("3", Some(3)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3)),
            ("Sun, 06 Nov 1994 08:49:30 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
        ];
        for (text, seconds) in cases {
            let headers =
                HeaderMap::from_iter([(reqwest::header::RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(
                retry_after(&headers, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn retries_end_after_their_time_limit() {
        let schedule = Schedule::default();
        let (wait, second) = (Duration::from_millis(300), Duration::from_secs(1));
        let after = |patience, hint, sends, elapsed| {
            schedule.wait(Again::Yes(patience, hint), wait, sends, elapsed)
        };
        assert_eq!(schedule.wait(Again::No, wait, 1, second), None);
        assert_eq!(after(Patience::Unreachable, None, 4, second), Some(wait));
        let nearly = second * 8 - wait / 3;
        assert_eq!(
            after(Patience::Unreachable, None, 4, nearly),
            Some(wait / 3)
        );
        assert_eq!(after(Patience::Unreachable, None, 4, second * 8), None);
        assert_eq!(after(Patience::TimedOut, None, 1, second * 60), Some(wait));
        assert_eq!(after(Patience::TimedOut, None, 2, second * 120), None);
        assert_eq!(after(Patience::Doubtful, None, 3, second), None);
        assert_eq!(
            after(Patience::Busy, Some(second * 7), 1, second),
            Some(second * 7)
        );
        assert_eq!(after(Patience::Busy, Some(second * 3600), 1, second), None);
    }
}
