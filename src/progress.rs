//! The progress of long work: a bar on a terminal, nothing in a pipeline.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often the time on the terminal goes on, also while no answer comes.
const TICK: Duration = Duration::from_millis(500);

/// Shows how many of a known number of steps are done, how many in a second, and the time that is left.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Draws on standard error, if that is a terminal.
    pub(crate) fn on_terminal() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {pos}/{len}, {per_sec}, {elapsed} gone, {eta} left",
        );
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// Begins work with this number of steps.
    pub(crate) fn start(&self, what: &'static str, steps: usize) {
        self.0.reset();
        self.0.set_message(what);
        self.0.set_length(steps as u64);
        self.0.enable_steady_tick(TICK);
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// Says at once what is waited for, and how long already, until it is finished.
    pub(crate) fn waiting_for(what: &str) -> Self {
        let Self(bar) = Self::on_terminal();
        let style = ProgressStyle::with_template("waiting for {msg} ({elapsed})");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// The work is done; the bar goes.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
