//! Live -> files: writes what Vault holds, so that a plan of the files has no changes.
//!
//! A [`draft::Draft`] holds the [`draft::Form`] in which each resource is written. [`run`] writes the files, [`proof`] loads
//! and plans them, and each resource with a mistake or a change is written in its next form, until there is none. So no
//! rule of the files is repeated here, and an import that succeeds has proved that a plan of its files has no changes.
//! What differs by environment alone is written once ([`by_environment`]), and what follows from a group's file is not written
//! besides ([`Groups`]), unless that is the mistake. A policy that is computed from all else is `generated` ([`generated`]).
//! What the lints find then is allowed in its place ([`adopted`]). [`into`] changes files that are there,
//! in place of writing new ones.

mod adopted;
mod by_environment;
mod draft;
mod environment_name;
mod error;
mod fields;
mod generated;
mod groups;
mod into;
mod output;
mod paths;
mod platform;
mod policy;
mod policy_template;
mod projects;
mod proof;
mod role_template;
mod run;
#[cfg(test)]
mod tests;

use by_environment::ByEnvironment;
use draft::{Draft, Form};
pub(crate) use error::ImportError;
use groups::Groups;
pub(crate) use groups::groups;
pub(crate) use into::{Adoption, adopt, unknown_projects};
use output::{Files, ImportedEntry, ImportedValue};
pub(crate) use paths::{PathsError, ProjectPaths};
pub(crate) use projects::projects;
pub(crate) use run::{Imported, import};
