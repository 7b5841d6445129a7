//! How many requests are in flight at once.

use std::num::NonZeroUsize;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The one place that decides whether another request may be sent now.
pub(super) struct Limit(Semaphore);

/// The right to have one request in flight, until it is dropped.
pub(super) struct Slot<'a> {
    // Only a closed semaphore gives none, and this one is never closed.
    _permit: Option<SemaphorePermit<'a>>,
}

impl Limit {
    pub(super) fn new(parallelism: NonZeroUsize) -> Self {
        Self(Semaphore::new(
            parallelism.get().min(Semaphore::MAX_PERMITS),
        ))
    }

    /// Waits for a free slot, first come first served.
    pub(super) async fn slot(&self) -> Slot<'_> {
        Slot {
            _permit: self.0.acquire().await.ok(),
        }
    }
}
