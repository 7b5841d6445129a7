//! Writes a line of JSON for each change as it happens.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};

use super::outcome::Outcome;
use crate::diagnostic::Code;
use crate::plan::{Action, Change};
use crate::resource::{Address, Held, Kind, Resource};
use crate::vault::ServerId;

/// The output; `None` without `--events`, or after a write has failed.
#[derive(Default)]
pub(crate) struct Events {
    out: Mutex<Option<Box<dyn Write + Send>>>,
    origin: Origin,
}

/// Which run writes to which server, for auditors.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Origin {
    /// The SHA of the commit that GitLab's job checked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) commit: Option<String>,
    /// GitLab's pipeline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pipeline: Option<Pipeline>,
    /// The server that is written to.
    pub(crate) server: ServerId,
}

/// A GitLab pipeline.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Pipeline {
    /// Its id, which is unique in the GitLab instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// The URL of its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
}

/// One line. It holds no secret, because plans hold none.
#[derive(Serialize)]
struct Event<'a> {
    /// RFC 3339, in UTC.
    time: String,
    #[serde(flatten)]
    origin: &'a Origin,
    action: &'static str,
    kind: Kind,
    path: String,
    address: &'a Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Map<String, Value>>,
}

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
        Ok(Self {
            out: Mutex::new(Some(out)),
            origin: Origin::default(),
        })
    }

    /// Adds the origin to each line.
    pub(crate) fn from(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// Records a change that an earlier run has carried out.
    pub(crate) fn already_done(&self, change: &Change) {
        self.write(change, "already_done", None, None);
    }

    pub(super) fn record(&self, change: &Change, outcome: &Outcome) {
        match outcome {
            Outcome::Done => self.write(change, "done", None, None),
            Outcome::Failed(error) => {
                self.write(
                    change,
                    "failed",
                    Some(error.code()),
                    Some(error.to_string()),
                );
            }
            Outcome::NotTried(reason) => {
                self.write(change, "not_tried", None, Some(reason.to_string()));
            }
        }
    }

    fn write(
        &self,
        change: &Change,
        status: &'static str,
        code: Option<Code>,
        detail: Option<String>,
    ) {
        let mut open = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(file) = open.as_mut() else { return };
        let event = Event {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            origin: &self.origin,
            action: match change.action {
                Action::Create { .. } => "create",
                Action::Update { .. } => "update",
                Action::Delete { .. } => "delete",
            },
            kind: change.address.kind,
            path: change.address.path(),
            address: &change.address,
            label: change.label.as_deref(),
            reason: change.reason.as_deref(),
            status,
            code,
            detail,
            before: change.before().map(Held::fields),
            after: change.after().map(Resource::fields),
        };
        // A full disk must not stop the changes: they matter more than their log.
        let line = serde_json::to_string(&event).map_err(io::Error::from);
        let written = line.and_then(|line| writeln!(file, "{line}"));
        if let Err(error) = written {
            tracing::warn!(%error, "can't write an event; none will follow");
            *open = None;
        }
    }
}
