//! Whether the server is down, so that ten thousand requests need not each find out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::Error;
use super::retry::{Again, Failure, Patience, Schedule};

/// How often a request is let through to a server that is down.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// What is known of the server, shared by all requests.
#[derive(Default)]
pub(super) struct Outage(Mutex<Option<Down>>);

/// The server has given no useful answer for a while.
struct Down {
    since: Instant,
    /// How long that must last before requests are refused.
    patience: Duration,
    probed_at: Instant,
    cause: Error,
}

impl Outage {
    /// Lets a request through, unless the server has been down for longer than a request would be repeated.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Error> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(down) = state.as_mut() else {
            return Ok(());
        };
        let probed = now.saturating_duration_since(down.probed_at);
        if down.is_lasting(now) && probed < PROBE_EVERY {
            return Err(Error::Down {
                lasted: down.lasted(now),
                cause: Box::new(down.cause.clone()),
            });
        }
        down.probed_at = now;
        Ok(())
    }

    /// The server has answered.
    pub(super) fn over(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A request has failed: if not only that request's path is to blame, the server is down from now on. Answers
    /// whether it has been for so long that no request need be repeated.
    pub(super) fn note(&self, failure: &Failure, schedule: &Schedule, now: Instant) -> bool {
        let Some(patience) = outage_after(schedule, failure) else {
            self.over();
            return false;
        };
        let cause = failure.error.clone();
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let down = state.get_or_insert_with(|| Down {
            since: now,
            patience,
            probed_at: now,
            cause: cause.clone(),
        });
        (down.patience, down.cause) = (patience, cause);
        down.is_lasting(now)
    }
}

impl Down {
    fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// A second longer than a request is repeated, so that the one that saw it begin makes its last attempt.
    fn is_lasting(&self, now: Instant) -> bool {
        self.lasted(now) > self.patience + PROBE_EVERY
    }
}

/// How long a failure must go on, with nothing else in between, before the server counts as down; `None` if it
/// says nothing about other paths.
fn outage_after(schedule: &Schedule, failure: &Failure) -> Option<Duration> {
    match failure.again {
        Again::Yes(Patience::Unreachable | Patience::TimedOut, _) => Some(schedule.unreachable),
        Again::Yes(Patience::Busy, _) => Some(schedule.busy),
        Again::Yes(Patience::Behind | Patience::Doubtful, _) | Again::No => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Unreachable;

    fn refused(patience: Patience) -> Failure {
        let error = Error::Unreachable {
            server: "http://vault".to_owned(),
            cause: Unreachable::Refused,
        };
        Failure {
            error,
            again: Again::Yes(patience, None),
        }
    }

    #[test]
    fn a_server_that_stays_down_is_asked_once_a_second() {
        let (outage, schedule, start) = (Outage::default(), Schedule::default(), Instant::now());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        outage.note(&refused(Patience::Unreachable), &schedule, start);
        assert!(outage.admit(at(100)).is_ok());
        assert!(outage.admit(at(7_900)).is_ok());
        assert!(outage.admit(at(8_900)).is_ok());
        assert!(!outage.note(&refused(Patience::Unreachable), &schedule, at(8_900)));
        let Err(Error::Down { lasted, cause }) = outage.admit(at(9_100)) else {
            panic!("let through")
        };
        assert_eq!(lasted, Duration::from_millis(9_100));
        assert!(matches!(*cause, Error::Unreachable { .. }));
        assert!(outage.admit(at(9_900)).is_ok());
        assert!(outage.note(&refused(Patience::Unreachable), &schedule, at(9_950)));
        assert!(outage.admit(at(10_000)).is_err());
        outage.over();
        assert!(outage.admit(at(10_100)).is_ok());
    }

    #[test]
    fn a_failure_of_one_path_is_no_outage() {
        let (outage, schedule, start) = (Outage::default(), Schedule::default(), Instant::now());
        outage.note(&refused(Patience::Doubtful), &schedule, start);
        assert!(outage.admit(start + Duration::from_secs(100)).is_ok());
        assert!(outage.admit(start + Duration::from_secs(100)).is_ok());
    }
}
