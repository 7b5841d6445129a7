//! Talking to GitLab: issues and notes. Knows no Vault.
//!
//! A [`StandingIssue`] or [`StandingNote`] is kept up to date by jobs that know nothing of each other: each finds it
//! again by a [`Marker`], a hidden comment in its text.

mod answer;
mod client;
mod error;
mod job;
mod marker;
mod page;

mod resource;
mod standing_issue;
mod standing_note;

pub(crate) use client::Client;
pub(crate) use error::Error;
pub(crate) use job::{Job, JobError};
pub(crate) use marker::{Marker, Memory};
pub(crate) use resource::{Issue, NewIssue};
pub(crate) use standing_issue::StandingIssue;
pub(crate) use standing_note::StandingNote;
