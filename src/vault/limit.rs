//! When a request may be sent: how many are in flight at once, and whether the server answers at all.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{VaultError, VaultFailure};
use crate::http::retry::{Again, Patience, Schedule};

/// How many requests are in flight at first: enough for the full rate of a server in the same network.
const START: usize = 64;
/// A server whose fastest response takes as long is far away. [`START`] requests at once, each of which takes 5 ms, are
/// 12,800 a second, which is more than a near server answers.
const FAR: Duration = Duration::from_millis(5);
/// After this many rounds without a refusal, twice as many are allowed again.
const ROUNDS: u32 = 16;
/// How often a request probes a server that is down.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// The limit of requests in flight.
///
/// It starts at [`START`]. A distant server needs more at once: there it doubles after the first round without a refusal.
/// A near one only queues them. A server that refuses requests (rate limits, overload, timeouts) gets half as many for
/// each round with a refusal.
pub(super) struct InFlightLimit {
    slots: Semaphore,
    pace: Mutex<Pace>,
}

/// The right to have one request in flight, until it is dropped.
pub(super) struct Slot<'a> {
    limit: &'a InFlightLimit,
    // Only a closed semaphore has no permit, and this one is never closed.
    permit: Option<SemaphorePermit<'a>>,
    since: Instant,
}

/// Whether the server could handle a request in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    Handled,
    TooBusy,
}

impl InFlightLimit {
    pub(super) fn new(upper: NonZeroUsize) -> Self {
        let pace = Pace::new(upper.get());
        Self {
            slots: Semaphore::new(pace.allowed),
            pace: Mutex::new(pace),
        }
    }

    /// How many requests may be in flight now.
    pub(super) fn allowed(&self) -> usize {
        self.pace().allowed
    }

    /// Waits for a free slot, in the order of the calls.
    pub(super) async fn slot(&self) -> Slot<'_> {
        let permit = self.slots.acquire().await.ok();
        Slot {
            limit: self,
            permit,
            since: Instant::now(),
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// Adapts the limit to the response. A failure that says nothing about the server's load is not reported here.
    pub(super) fn report(&self, load: Load) {
        let mut pace = self.limit.pace();
        let before = pace.allowed;
        pace.report(load, self.since.elapsed());
        if pace.allowed > before {
            let more = pace.allowed - before;
            let owed = more.min(pace.surplus);
            pace.surplus -= owed;
            self.limit.slots.add_permits(more - owed);
        } else {
            pace.surplus += before - pace.allowed;
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut pace = self.limit.pace();
        if pace.surplus > 0
            && let Some(permit) = self.permit.take()
        {
            pace.surplus -= 1;
            permit.forget();
        }
    }
}

/// The state of the limit. A round is two responses for each request that may be in flight.
struct Pace {
    upper: usize,
    allowed: usize,
    /// Slots above `allowed` that are still taken.
    surplus: usize,
    /// The responses of this round.
    responses: usize,
    /// The refusals among them.
    refusals: usize,
    /// How many rounds without a refusal there were since the limit last changed, or enough at first.
    rounds: u32,
    /// The shortest time that a response took.
    fastest: Duration,
}

impl Pace {
    fn new(upper: usize) -> Self {
        Self {
            upper,
            allowed: START.min(upper),
            surplus: 0,
            responses: 0,
            refusals: 0,
            rounds: ROUNDS,
            fastest: Duration::MAX,
        }
    }

    /// How many requests may be in flight at most.
    fn most(&self) -> usize {
        if self.fastest < FAR {
            self.upper.min(START)
        } else {
            self.upper
        }
    }

    fn report(&mut self, load: Load, took: Duration) {
        self.fastest = self.fastest.min(took);
        self.responses += 1;
        self.refusals += usize::from(load == Load::TooBusy);
        if self.responses < 2 * self.allowed {
            return;
        }
        if self.refusals > 0 {
            self.allowed = (self.allowed / 2).max(1);
            self.rounds = 0;
        } else if self.rounds >= ROUNDS {
            self.allowed = (2 * self.allowed).min(self.most());
            self.rounds = 0;
        } else {
            self.rounds += 1;
        }
        (self.responses, self.refusals) = (0, 0);
    }
}

/// Whether the server is down, shared by all requests so that not each of them has to detect it.
#[derive(Default)]
pub(super) struct Outage(Mutex<Option<Down>>);

/// The server has not answered for a while.
struct Down {
    since: Instant,
    /// How long that must last before requests are refused.
    patience: Duration,
    probed_at: Instant,
    cause: VaultError,
}

impl Outage {
    /// Admits a request, unless the server has been down for longer than a request is repeated.
    ///
    /// # Errors
    /// The last failure, as [`VaultError::Down`].
    pub(super) fn admit(&self, now: Instant) -> Result<(), VaultError> {
        let mut state = self.state();
        let Some(down) = state.as_mut() else {
            return Ok(());
        };
        let since_probe = now.saturating_duration_since(down.probed_at);
        if down.is_lasting(now) && since_probe < PROBE_EVERY {
            return Err(VaultError::Down {
                lasted: down.lasted(now),
                cause: Box::new(down.cause.clone()),
            });
        }
        down.probed_at = now;
        Ok(())
    }

    /// Records that the server has answered.
    pub(super) fn end(&self) {
        *self.state() = None;
    }

    /// Records a failure: if it can affect other paths too, the server is down from now on. Returns whether it has been
    /// down so long that no request is repeated.
    pub(super) fn record(&self, failure: &VaultFailure, schedule: &Schedule, now: Instant) -> bool {
        let Some(patience) = outage_after(schedule, failure) else {
            self.end();
            return false;
        };
        let cause = failure.error.clone();
        let mut state = self.state();
        let down = state.get_or_insert_with(|| Down {
            since: now,
            patience,
            probed_at: now,
            cause: cause.clone(),
        });
        (down.patience, down.cause) = (patience, cause);
        down.is_lasting(now)
    }

    fn state(&self) -> MutexGuard<'_, Option<Down>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Down {
    fn lasted(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }

    /// One second more than a request is repeated, so that the first request that failed makes its last attempt.
    fn is_lasting(&self, now: Instant) -> bool {
        self.lasted(now) > self.patience + PROBE_EVERY
    }
}

/// How long a failure must last, without a response in between, before the server counts as down; `None` if the failure
/// concerns its own path only.
fn outage_after(schedule: &Schedule, failure: &VaultFailure) -> Option<Duration> {
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

    /// How many are allowed after this many responses of a server that refuses what exceeds `room` at once.
    fn allowed_after(took: Duration, upper: usize, room: usize, responses: usize) -> usize {
        let mut pace = Pace::new(upper);
        for number in 0..responses {
            let refused = number % pace.allowed >= room;
            let load = if refused {
                Load::TooBusy
            } else {
                Load::Handled
            };
            pace.report(load, took);
        }
        pace.allowed
    }

    #[test]
    fn the_limit_follows_what_the_server_refuses() {
        let (near, far) = (Duration::from_millis(1), Duration::from_millis(20));
        for (took, upper, room, responses, allowed) in [
            (far, 128, usize::MAX, 0, 64),
            (far, 16, usize::MAX, 0, 16),
            // Nothing is refused: twice as many after the first round, and never more than the upper limit.
            (far, 128, usize::MAX, 128, 128),
            (far, 100, usize::MAX, 10_000, 100),
            // A near server would only queue them.
            (near, 128, usize::MAX, 10_000, 64),
            (near, 16, usize::MAX, 10_000, 16),
            (far, 128, 64, 1000, 64),
            (far, 128, 4, 1000, 4),
            (far, 128, 0, 10_000, 1),
            (near, 128, 4, 1000, 4),
        ] {
            let found = allowed_after(took, upper, room, responses);
            assert_eq!(found, allowed, "{took:?} {upper} {room} {responses}");
        }
    }

    #[test]
    fn a_server_that_has_recovered_gets_more_after_a_while() {
        let mut pace = Pace::new(64);
        for _ in 0..128 {
            pace.report(Load::TooBusy, FAR);
        }
        assert_eq!(pace.allowed, 32);
        for _ in 0..2 * 32 * ROUNDS {
            pace.report(Load::Handled, FAR);
        }
        assert_eq!(pace.allowed, 32);
        for _ in 0..2 * 32 {
            pace.report(Load::Handled, FAR);
        }
        assert_eq!(pace.allowed, 64);
    }

    #[tokio::test]
    async fn slots_above_a_lower_limit_are_not_given_again() {
        let limit = InFlightLimit::new(NonZeroUsize::new(4).unwrap());
        let mut slots = Vec::new();
        for _ in 0..4 {
            slots.push(limit.slot().await);
        }
        for _ in 0..8 {
            slots[0].report(Load::TooBusy);
        }
        assert_eq!(limit.allowed(), 2);
        slots.truncate(2);
        assert_eq!(limit.slots.available_permits(), 0);
        slots.clear();
        assert_eq!(limit.slots.available_permits(), 2);
    }

    fn refused(patience: Patience) -> VaultFailure {
        let error = VaultError::Unreachable {
            server: "http://vault".to_owned(),
            cause: Unreachable::Refused,
        };
        VaultFailure {
            error,
            again: Again::Yes(patience, None),
        }
    }

    #[test]
    fn a_server_that_stays_down_is_probed_once_a_second() {
        let (outage, schedule, start) = (Outage::default(), Schedule::default(), Instant::now());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        outage.record(&refused(Patience::Unreachable), &schedule, start);
        assert!(outage.admit(at(100)).is_ok());
        assert!(outage.admit(at(7_900)).is_ok());
        assert!(outage.admit(at(8_900)).is_ok());
        assert!(!outage.record(&refused(Patience::Unreachable), &schedule, at(8_900)));
        let Err(VaultError::Down { lasted, cause }) = outage.admit(at(9_100)) else {
            panic!("admitted")
        };
        assert_eq!(lasted, Duration::from_millis(9_100));
        assert!(matches!(*cause, VaultError::Unreachable { .. }));
        assert!(outage.admit(at(9_900)).is_ok());
        assert!(outage.record(&refused(Patience::Unreachable), &schedule, at(9_950)));
        assert!(outage.admit(at(10_000)).is_err());
        outage.end();
        assert!(outage.admit(at(10_100)).is_ok());
    }

    #[test]
    fn a_failure_of_one_path_is_not_an_outage() {
        let (outage, schedule, start) = (Outage::default(), Schedule::default(), Instant::now());
        outage.record(&refused(Patience::Doubtful), &schedule, start);
        assert!(outage.admit(start + Duration::from_secs(100)).is_ok());
        assert!(outage.admit(start + Duration::from_secs(100)).is_ok());
    }
}
