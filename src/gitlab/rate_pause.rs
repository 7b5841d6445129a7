//! Waits while a rate limit of GitLab is used up.
//!
//! <https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers>

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use crate::http::retry::retry_after;

/// The longest wait before a request is sent. Where GitLab asks for a longer one, the request is sent and fails.
const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// The time before which no request is sent.
#[derive(Default)]
pub(super) struct RatePause(Cell<Option<Instant>>);

impl RatePause {
    /// Waits until requests may be sent.
    pub(super) async fn wait(&self) {
        while let Some(until) = self.0.get().filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until.into()).await;
        }
    }

    /// Takes note of what a response says of the limits.
    pub(super) fn observe(&self, headers: &HeaderMap, now: SystemTime) {
        let Some(wait) = pause(headers, now).filter(|wait| *wait <= LONGEST_WAIT) else {
            return;
        };
        let until = Instant::now() + wait;
        if self.0.get().is_none_or(|known| known < until) {
            self.0.set(Some(until));
        }
    }
}

/// How long no request should be sent: `Retry-After`, or until `RateLimit-Reset` (in Unix seconds) if none remains.
fn pause(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(wait) = retry_after(headers, now) {
        return Some(wait);
    }
    if number("ratelimit-remaining")? > 0 {
        return None;
    }
    let reset = UNIX_EPOCH.checked_add(Duration::from_secs(number("ratelimit-reset")?))?;
    reset.duration_since(now).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_wait_when_none_remain_and_when_gitlab_asks_for_it() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        for (headers, seconds) in [
            (&[][..], None),
            (&[("retry-after", "7")], Some(7)),
            (
                &[("ratelimit-remaining", "3"), ("ratelimit-reset", "1030")],
                None,
            ),
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1030")],
                Some(30),
            ),
            (
                &[("ratelimit-remaining", "0"), ("ratelimit-reset", "900")],
                None,
            ),
            (&[("ratelimit-remaining", "0")], None),
            (
                &[("ratelimit-remaining", "x"), ("ratelimit-reset", "1030")],
                None,
            ),
        ] {
            let headers = headers.iter().map(|(name, value)| {
                let name: reqwest::header::HeaderName = name.parse().unwrap();
                (name, value.parse().unwrap())
            });
            let wait = pause(&HeaderMap::from_iter(headers), now);
            assert_eq!(wait, seconds.map(Duration::from_secs));
        }
    }

    #[test]
    fn the_longest_wait_of_all_responses_counts_unless_it_is_too_long() {
        let pause = RatePause::default();
        for seconds in ["20", "30", "10", "3600"] {
            let headers =
                HeaderMap::from_iter([(reqwest::header::RETRY_AFTER, seconds.parse().unwrap())]);
            pause.observe(&headers, SystemTime::now());
        }
        let wait = pause.0.get().unwrap() - Instant::now();
        assert!((29..=30).contains(&wait.as_secs()), "{wait:?}");
    }
}
