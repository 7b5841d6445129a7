//! A line of JSON for each change, written as it happens.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::Outcome;
use crate::plan::{Action, Change};

/// Where the lines go; nowhere if nobody asked for them, or no more can be written.
#[derive(Default)]
pub(crate) struct Events(Mutex<Option<Box<dyn Write + Send>>>);

/// The file of events can't be opened.
#[derive(Debug, thiserror::Error)]
#[error("can't write the events to {}: {error}", path.display())]
pub(crate) struct EventsError {
    path: PathBuf,
    error: std::io::Error,
}

impl Events {
    /// Begins a new file; `-` is standard output.
    ///
    /// # Errors
    /// When it can't be created.
    pub(crate) fn create(path: &Path) -> Result<Self, EventsError> {
        let out: Box<dyn Write + Send> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            let file = File::create(path).map_err(|error| EventsError {
                path: path.to_owned(),
                error,
            })?;
            Box::new(file)
        };
        Ok(Self(Mutex::new(Some(out))))
    }

    pub(super) fn record(&self, change: &Change, outcome: &Outcome) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = open.as_mut() else { return };
        let (status, detail) = match outcome {
            Outcome::Done => ("done", None),
            Outcome::Failed(error) => ("failed", Some(error.to_string())),
            Outcome::NotTried(reason) => ("not_tried", Some(reason.to_string())),
        };
        let action = match change.action {
            Action::Create { .. } => "create",
            Action::Update { .. } => "update",
            Action::Delete { .. } => "delete",
        };
        let mut event = json!({
            "action": action,
            "kind": change.address.kind,
            "path": change.address.path(),
            "status": status,
        });
        if let Some(detail) = detail {
            event["detail"] = detail.into();
        }
        let line = format!("{event}\n");
        // The changes themselves matter more than their log: a full disk must not stop them.
        if let Err(error) = file.write_all(line.as_bytes()) {
            tracing::warn!(%error, "can't write an event; none will follow");
            *open = None;
        }
    }
}
