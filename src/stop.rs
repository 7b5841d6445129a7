//! SIGINT, SIGTERM and SIGHUP. After the first signal the run starts nothing new, finishes what it has started, and
//! reports. After the second it abandons what it has started, and reports.

use std::fs;
use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;

/// Signals within this time count as one: `timeout` signals its child, and then the process group of the child.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// Whether signals have asked the run to stop, and how many times.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<StopRequests>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StopRequests {
    None,
    One,
    Several,
}

impl Stop {
    /// Handles the signals from now on.
    ///
    /// # Errors
    /// When a signal handler can't be installed.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let mut signals = vec![
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ];
        if !is_ignored(SignalKind::hangup()) {
            signals.push(signal(SignalKind::hangup())?);
        }
        let (sender, receiver) = watch::channel(StopRequests::None);
        tokio::spawn(async move {
            any_of(&mut signals).await;
            sender.send_replace(StopRequests::One);
            sleep(ONE_REQUEST).await;
            while any_of(&mut signals).now_or_never().is_some() {}
            any_of(&mut signals).await;
            sender.send_replace(StopRequests::Several);
            // Keeps the channel open, because a receiver would treat its end as a signal.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    /// As it is after one signal.
    #[cfg(test)]
    pub(crate) fn after_a_signal() -> Self {
        Self(watch::channel(StopRequests::One).1)
    }

    /// Whether there was a signal.
    pub(crate) fn requested(&self) -> bool {
        *self.0.borrow() >= StopRequests::One
    }

    /// Waits for a signal.
    pub(crate) async fn wait(&self) {
        self.wait_until(StopRequests::One).await;
    }

    /// Finishes work that has started; `None` if a second signal comes first.
    pub(crate) async fn finish<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.wait_until(StopRequests::Several) => None,
        }
    }

    async fn wait_until(&self, requests: StopRequests) {
        if self
            .0
            .clone()
            .wait_for(|now| *now >= requests)
            .await
            .is_err()
        {
            pending::<()>().await;
        }
    }
}

/// Waits for one of the signals.
async fn any_of(signals: &mut [Signal]) {
    poll_fn(|context| {
        let has_come = |signal: &mut Signal| signal.poll_recv(context).is_ready();
        if signals.iter_mut().any(has_come) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Whether the parent process had a signal ignored, as `nohup` does with SIGHUP.
///
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>, the field `SigIgn`.
fn is_ignored(signal: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}
