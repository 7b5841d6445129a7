//! The saved plan: versioned, for its owner's eyes only, and refused when it was changed.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Plan;
use crate::digest;
use crate::files::{Readers, write_whole};

const FORMAT: &str = "vault-provisioner-plan";
const VERSION: u32 = 2;

/// A plan as it is saved.
#[derive(Debug, Serialize, Deserialize)]
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

    /// Reads a plan back.
    ///
    /// # Errors
    /// When the text is not a plan, is one of another version, or was changed.
    pub(crate) fn parse(name: &str, text: &[u8]) -> Result<Plan, FileError> {
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
        serde_json::from_str(saved.plan.get()).map_err(damaged)
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
