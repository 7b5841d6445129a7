//! The saved plan: versioned, readable by its owner only, and refused when it was changed.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Change, Plan};
use crate::diagnostic::is_hidden;
use crate::digest;
use crate::files::{Readers, write_whole};
use crate::resource::Held;

pub(super) const FORMAT: &str = "vault-provisioner-plan";
pub(super) const VERSION: u32 = 6;
/// In bytes. A change has about a kilobyte, so this is far larger than any plan that can be reviewed.
const LONGEST: u64 = 256 << 20;

/// A plan as it is saved.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saved {
    format: String,
    version: u32,
    /// The SHA-256 of `plan`, so that damage and edits are seen.
    digest: String,
    plan: Box<serde_json::value::RawValue>,
}

/// A plan file that can't be written or must not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It can't be written.
    #[error("can't write {}: {error}", path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// It can't be read.
    #[error("can't read the plan {name}: {error}")]
    Read {
        /// The file's name.
        name: String,
        /// Why not.
        error: std::io::Error,
    },
    /// It is not a plan of this tool's.
    #[error(
        "{0} is not a plan of vault-provisioner; make one with `vault-provisioner plan --out FILE`"
    )]
    Foreign(String),
    /// It was written by another version of this tool.
    #[error(
        "{name} has the plan format {version}, and this is {VERSION}; make the plan again with this version"
    )]
    Version {
        /// The file's name.
        name: String,
        /// Its format.
        version: u32,
    },
    /// It is not as it was written.
    #[error("{0} is damaged or was edited; make the plan again")]
    Damaged(String),
    /// It is a pipe, a device or a folder, of which nobody knows when it ends.
    #[error(
        "can't read the plan {0}: it is not a regular file; write the plan to a file, or give it on standard input as `-`"
    )]
    NotAFile(String),
    /// It has no end, or was not written by this tool.
    #[error("can't read the plan {0}: it is larger than {LONGEST} bytes; make the plan again")]
    TooLarge(String),
}

impl Saved {
    /// The plan with what is needed to check it later.
    ///
    /// # Errors
    /// When the plan can't be written as JSON.
    fn new(plan: &Plan) -> serde_json::Result<Self> {
        let plan = serde_json::value::to_raw_value(plan)?;
        Ok(Self {
            format: FORMAT.into(),
            version: VERSION,
            digest: digest::hex([plan.get()], 32),
            plan,
        })
    }

    /// Reads a plan from a regular file; `-` is standard input.
    ///
    /// # Errors
    /// When it can't be read, is too large, or as [`Saved::parse`].
    pub(crate) fn read(path: &Path) -> Result<Plan, FileError> {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let failed = |error| FileError::Read {
            name: name.clone(),
            error,
        };
        let input: Box<dyn Read> = if is_stdin {
            Box::new(io::stdin().lock())
        } else {
            // To open a pipe waits for whoever writes into it.
            let metadata = fs::metadata(path).map_err(failed)?;
            if !metadata.is_file() {
                return Err(FileError::NotAFile(name));
            }
            Box::new(File::open(path).map_err(failed)?)
        };
        let mut text = Vec::new();
        let read = input.take(LONGEST + 1).read_to_end(&mut text);
        if read.map_err(failed)? as u64 > LONGEST {
            return Err(FileError::TooLarge(name));
        }
        Self::parse(&name, &text)
    }

    /// Reads a plan back.
    ///
    /// # Errors
    /// When the text is not a plan, is one of another version, was changed, or is not what this tool writes.
    pub(super) fn parse(name: &str, text: &[u8]) -> Result<Plan, FileError> {
        #[derive(Deserialize)]
        struct Header {
            format: String,
            version: u32,
        }
        let header: Option<Header> = serde_json::from_slice(text).ok();
        let Some(header) = header.filter(|header| header.format == FORMAT) else {
            let cut_short = text.starts_with(format!("{{\"format\":\"{FORMAT}\"").as_bytes());
            let name = name.to_owned();
            return Err(if cut_short {
                FileError::Damaged(name)
            } else {
                FileError::Foreign(name)
            });
        };
        if header.version != VERSION {
            return Err(FileError::Version {
                name: name.to_owned(),
                version: header.version,
            });
        }
        let damaged = |_| FileError::Damaged(name.to_owned());
        let saved: Self = serde_json::from_slice(text).map_err(damaged)?;
        if digest::hex([saved.plan.get()], 32) != saved.digest {
            return Err(FileError::Damaged(name.to_owned()));
        }
        let plan: Plan = serde_json::from_str(saved.plan.get()).map_err(damaged)?;
        if !is_as_written(&plan, saved.plan.get()) || !plan.changes.iter().all(is_consistent) {
            return Err(FileError::Damaged(name.to_owned()));
        }
        Ok(plan)
    }

    /// Writes a plan whole or not at all, readable by its owner only; `-` is standard output.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(crate) fn write(plan: &Plan, path: &Path) -> Result<(), FileError> {
        let failed = |error| FileError::Write {
            path: path.to_owned(),
            error,
        };
        let saved = Self::new(plan).map_err(|error| failed(error.into()))?;
        let mut text = serde_json::to_vec(&saved).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        if path == Path::new("-") {
            return std::io::stdout().write_all(&text).map_err(failed);
        }
        write_whole(path, &text, Readers::Owner).map_err(failed)
    }
}

/// Whether this tool wrote the text: it has no other spelling of a value, and no additional field.
fn is_as_written(plan: &Plan, text: &str) -> bool {
    let written = serde_json::to_value(plan).ok();
    let read = serde_json::from_str(text).ok();
    let is_plain = |text: &String| !text.contains(is_hidden);
    let server = [&plan.server.cluster_id, &plan.server.namespace];
    written == read && server.into_iter().all(is_plain)
}

/// Whether the resources of a change are of the kind that its address has, and its names are on one line.
fn is_consistent(change: &Change) -> bool {
    let address = &change.address;
    let before = change.before().and_then(Held::readable);
    let of_its_kind = before
        .into_iter()
        .chain(change.after())
        .all(|resource| resource.kind() == address.kind);
    of_its_kind
        && ![&address.mount, &address.name]
            .iter()
            .any(|name| name.contains(is_hidden))
}
