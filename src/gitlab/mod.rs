//! The client of GitLab's API: issues and notes. It knows nothing of Vault.
//!
//! Jobs that know nothing of each other keep a [`StandingIssue`] or a [`StandingNote`] up to date: each job finds it by a
//! [`Marker`], a hidden comment in its text.

mod client;
mod error;
mod job;
mod marker;
mod page;
mod resource;
mod response;
mod standing_issue;
mod standing_note;
#[cfg(test)]
mod tests;

pub(crate) use client::GitLabClient;
pub(crate) use error::GitLabError;
pub(crate) use job::{Job, JobError};
pub(crate) use marker::{Marker, Memory};
pub(crate) use resource::{Issue, NewIssue};
pub(crate) use standing_issue::StandingIssue;
pub(crate) use standing_note::StandingNote;
