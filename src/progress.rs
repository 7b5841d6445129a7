//! The progress of long work: a bar on a terminal, nothing in a pipeline.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how many of a known number of steps are done.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Draws on standard error, if that is a terminal.
    pub(crate) fn on_terminal() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())))
    }

    /// Begins work with this number of steps.
    pub(crate) fn start(&self, what: &'static str, steps: usize) {
        self.0.reset();
        self.0.set_message(what);
        self.0.set_length(steps as u64);
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    /// The work is done; the bar goes.
    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
