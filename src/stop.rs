//! SIGINT, SIGTERM and SIGHUP: begin nothing new, finish what has begun, report. Asked again, finish nothing, report.

use std::fs;
use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::sleep;

/// What comes so soon after the first signal is the same wish: `timeout` signals its child, and then its group.
const ONE_WISH: Duration = Duration::from_millis(500);

/// Whether the run was asked to stop, and how often.
#[derive(Debug, Clone)]
pub(crate) struct Stop(watch::Receiver<Asked>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Never,
    Once,
    Again,
}

impl Stop {
    /// Listens for the signals from now on.
    ///
    /// # Errors
    /// When the signals can't be listened to.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let mut signals = vec![
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ];
        if !is_ignored(SignalKind::hangup()) {
            signals.push(signal(SignalKind::hangup())?);
        }
        let (sender, receiver) = watch::channel(Asked::Never);
        tokio::spawn(async move {
            any_of(&mut signals).await;
            sender.send_replace(Asked::Once);
            sleep(ONE_WISH).await;
            while any_of(&mut signals).now_or_never().is_some() {}
            any_of(&mut signals).await;
            sender.send_replace(Asked::Again);
            // Keeps the channel open: those who wait must not mistake its end for a signal.
            sender.closed().await;
        });
        Ok(Self(receiver))
    }

    /// Whether a signal has come.
    pub(crate) fn requested(&self) -> bool {
        *self.0.borrow() >= Asked::Once
    }

    /// Waits for a signal.
    pub(crate) async fn wait(&self) {
        self.wait_until(Asked::Once).await;
    }

    /// Finishes what has begun; `None` if a second signal comes first.
    pub(crate) async fn finish<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = work => Some(done),
            () = self.wait_until(Asked::Again) => None,
        }
    }

    async fn wait_until(&self, asked: Asked) {
        if self.0.clone().wait_for(|now| *now >= asked).await.is_err() {
            pending::<()>().await;
        }
    }
}

/// Waits for one of the signals.
async fn any_of(signals: &mut [Signal]) {
    poll_fn(|context| {
        let has_come = |signal: &mut Signal| signal.poll_recv(context).is_ready();
        match signals.iter_mut().any(has_come) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

/// Whether whoever started this process wants a signal to be ignored, as `nohup` does with SIGHUP. Linux tells.
fn is_ignored(signal: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal.as_raw_value() - 1) & 1 == 1)
}
