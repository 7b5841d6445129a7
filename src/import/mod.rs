//! Live -> files: writes what Vault holds, so that a plan of the files has no changes.
//!
//! A [`draft::Draft`] holds the [`draft::Form`] in which each resource is written. [`run`] writes the files, [`proof`] loads
//! and plans them, and each resource with a mistake or a change is written in its next form, until there is none. So no
//! rule of the files is repeated here, and an import that succeeds has proved that a plan of its files has no changes.

mod draft;
mod error;
mod fields;
mod output;
mod paths;
mod platform;
mod policy;
mod projects;
mod proof;
mod run;
#[cfg(test)]
mod tests;

use draft::{Draft, Form};
pub(crate) use error::ImportError;
use output::{Files, ImportedEntry, ImportedValue};
pub(crate) use paths::{PathsError, ProjectPaths};
pub(crate) use run::{Imported, import};
