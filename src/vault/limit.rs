//! How many requests are in flight at once: as many as make the server answer more of them.
//!
//! A server near by is busy with a few, and one far away with hundreds. What is right is found by trying: twice as many
//! in flight are kept if the server then answers clearly more in the same time, and given up if not. Whoever is
//! refused (rate limits, overload), or has to wait for twice as long as before, asks for half as many.

use std::mem::take;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

/// So long after the last answer, a request belongs to something else.
const PAUSE: Duration = Duration::from_millis(10);
/// Where it begins: enough for a server near by.
const FIRST: usize = 16;
/// How many times as many answers make twice as many requests in flight worth it.
const WORTH: f64 = 1.2;
/// How many times as long as at best the answers take when fewer requests are to wait for them.
const SLOWER: f64 = 2.0;
/// What one round counts among those before it.
const WEIGHT: f64 = 0.2;
/// After so many rounds that changed nothing, it is tried again whether more are worth it.
const ROUNDS: u32 = 16;

/// The one place that decides whether another request may be sent now.
pub(super) struct Limit {
    slots: Semaphore,
    pace: Mutex<Pace>,
}

/// What the server made of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// It had an answer.
    Well,
    /// It had too much to do.
    TooBusy,
}

/// The right to have one request in flight, until it is dropped.
pub(super) struct Slot<'a> {
    limit: &'a Limit,
    // Only a closed semaphore gives none, and this one is never closed.
    permit: Option<SemaphorePermit<'a>>,
}

impl Limit {
    /// With so many at most.
    pub(super) fn new(most: NonZeroUsize) -> Self {
        let pace = Pace::new(most.get());
        Self {
            slots: Semaphore::new(pace.allowed),
            pace: Mutex::new(pace),
        }
    }

    /// How many may be in flight now.
    pub(super) fn allowed(&self) -> usize {
        self.pace().allowed
    }

    /// Waits for a free slot, first come first served.
    pub(super) async fn slot(&self) -> Slot<'_> {
        let permit = self.slots.acquire().await.ok();
        let mut pace = self.pace();
        let slots = pace.allowed + pace.surplus;
        let in_flight = slots.saturating_sub(self.slots.available_permits());
        pace.begin(in_flight, Instant::now());
        Slot {
            limit: self,
            permit,
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot<'_> {
    /// Learns from what came of the request; a failure that is neither says nothing of the server's rate.
    pub(super) fn learn(&self, answered: Answered, now: Instant) {
        let mut pace = self.limit.pace();
        let before = pace.allowed;
        pace.learn(answered == Answered::TooBusy, now);
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

/// What has been learned of the server.
struct Pace {
    most: usize,
    allowed: usize,
    /// Slots above `allowed` that are still taken.
    surplus: usize,
    /// The answers a second with half as many in flight, while it is tried whether more are worth it.
    half: Option<f64>,
    /// The answers a second with as many in flight as now: of late, and at best.
    usual: Option<(f64, f64)>,
    /// The rounds without a change.
    rounds: u32,
    /// The most that were in flight in this round.
    in_flight: usize,
    /// When the last answer came.
    last: Option<Instant>,
    round: Option<Round>,
}

/// A number of requests after which there is something to learn.
struct Round {
    since: Instant,
    answers: usize,
    refusals: usize,
}

impl Pace {
    fn new(most: usize) -> Self {
        Self {
            most,
            allowed: FIRST.min(most),
            surplus: 0,
            half: None,
            usual: None,
            rounds: ROUNDS,
            in_flight: 0,
            last: None,
            round: None,
        }
    }

    /// A request begins, with so many in flight.
    fn begin(&mut self, in_flight: usize, now: Instant) {
        // A time in which nobody asked says nothing about the server.
        if in_flight == 1 && self.last.is_none_or(|last| now - last > PAUSE) {
            self.round = None;
            self.in_flight = 0;
        }
        self.in_flight = self.in_flight.max(in_flight);
    }

    fn learn(&mut self, was_refused: bool, now: Instant) {
        self.last = Some(now);
        let round = self.round.get_or_insert(Round {
            since: now,
            answers: 0,
            refusals: 0,
        });
        round.answers += usize::from(!was_refused);
        round.refusals += usize::from(was_refused);
        if round.answers + round.refusals <= 2 * self.allowed {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a rate, and no count")]
        let rate = round.answers as f64 / (now - round.since).as_secs_f64().max(f64::EPSILON);
        let was_refused = round.refusals > 0;
        // Nor do fewer requests than are allowed.
        let was_full = take(&mut self.in_flight) >= self.allowed;
        self.round = None;
        if was_refused || was_full {
            self.decide(was_refused, rate);
        }
    }

    fn decide(&mut self, was_refused: bool, rate: f64) {
        let was_in_vain = self.half.take().is_some_and(|half| rate < WORTH * half);
        if was_refused || was_in_vain || self.is_slower(rate) {
            self.allowed = (self.allowed / 2).max(1);
            self.rounds = 0;
            self.usual = None;
        } else if self.allowed < self.most && (self.rounds >= ROUNDS) {
            self.allowed = (2 * self.allowed).min(self.most);
            self.half = Some(rate);
            self.usual = None;
        } else {
            self.rounds += 1;
        }
    }

    /// Whether the server has been slow for some time, and not just for a moment.
    fn is_slower(&mut self, rate: f64) -> bool {
        let (late, best) = self.usual.unwrap_or((rate, rate));
        let late = late + (rate - late) * WEIGHT;
        self.usual = Some((late, best.max(late)));
        late * SLOWER < best
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// A server this far away, which answers so many requests a second and refuses what goes beyond `room`.
    struct Server {
        distance: Duration,
        capacity: u32,
        room: usize,
    }

    /// How many are in flight in the end, when as many requests are sent as are allowed.
    fn found(server: &Server, requests: usize) -> usize {
        let mut pace = Pace::new(128);
        let mut now = Instant::now();
        for number in 0..requests {
            let in_flight = u32::try_from(pace.allowed).unwrap();
            now += (server.distance / in_flight).max(Duration::from_secs(1) / server.capacity);
            let was_refused = number % pace.allowed >= server.room;
            pace.begin(pace.allowed, now);
            pace.learn(was_refused, now);
        }
        pace.allowed
    }

    #[test]
    fn a_server_far_away_gets_as_many_requests_as_may_be() {
        let server = Server {
            distance: Duration::from_millis(100),
            capacity: 5000,
            room: usize::MAX,
        };
        assert_eq!(found(&server, 1000), 128);
    }

    #[test]
    fn a_busy_server_gets_no_more_than_it_can_answer() {
        let server = Server {
            distance: Duration::from_micros(300),
            capacity: 5000,
            room: usize::MAX,
        };
        for requests in [1000, 1500, 10_000] {
            assert!(found(&server, requests) <= 2 * FIRST);
        }
    }

    #[test]
    fn a_server_that_has_become_slow_gets_fewer_and_one_that_pauses_does_not() {
        let far = Duration::from_millis(100);
        let allowed_after = |rounds: usize| {
            let mut pace = Pace::new(64);
            let mut now = Instant::now();
            let mut send = |pace: &mut Pace, distance: Duration, rounds: usize| {
                for _ in 0..rounds * (2 * pace.allowed + 1) {
                    now += distance / u32::try_from(pace.allowed).unwrap();
                    pace.begin(pace.allowed, now);
                    pace.learn(false, now);
                }
            };
            send(&mut pace, far, 20);
            assert_eq!(pace.allowed, 64);
            send(&mut pace, 3 * far, rounds);
            pace.allowed
        };
        assert_eq!(allowed_after(2), 64);
        assert_eq!(allowed_after(10), 32);
    }

    #[test]
    fn a_server_that_refuses_gets_fewer() {
        let server = Server {
            distance: Duration::from_millis(100),
            capacity: 5000,
            room: 4,
        };
        for requests in [1000, 1500, 10_000] {
            assert!(found(&server, requests) <= 8);
        }
    }

    #[test]
    fn a_few_requests_teach_nothing() {
        let mut pace = Pace::new(128);
        for _ in 0..1000 {
            pace.begin(FIRST - 1, Instant::now());
            pace.learn(false, Instant::now());
        }
        assert_eq!(pace.allowed, FIRST);
    }

    /// All answers come at once, one network's distance after all requests.
    #[test]
    fn answers_in_bursts_teach_as_much() {
        let limit = Limit::new(NonZeroUsize::new(128).unwrap());
        let mut now = Instant::now();
        for _ in 0..10 {
            let slots = std::iter::from_fn(|| limit.slot().now_or_never());
            let slots: Vec<_> = slots.collect();
            now += Duration::from_millis(20);
            for slot in slots {
                slot.learn(Answered::Well, now);
            }
        }
        assert_eq!(limit.allowed(), 128);
    }

    #[tokio::test]
    async fn slots_above_a_lower_limit_are_not_given_again() {
        let limit = Limit::new(NonZeroUsize::new(4).unwrap());
        let mut slots = Vec::new();
        for _ in 0..4 {
            slots.push(limit.slot().await);
        }
        for _ in 0..9 {
            slots[0].learn(Answered::TooBusy, Instant::now());
        }
        assert_eq!(limit.allowed(), 2);
        slots.truncate(2);
        assert_eq!(limit.slots.available_permits(), 0);
        slots.clear();
        assert_eq!(limit.slots.available_permits(), 2);
    }
}
