//! The client of GitLab's API: issues, notes, projects with their settings, groups and environments. It knows nothing of Vault.
//!
//! Jobs that know nothing of each other keep a [`StandingIssue`] or a [`StandingNote`] up to date: each job finds it by a
//! [`Marker`], a hidden comment in its text.

mod address;
mod client;
mod directory;
mod error;
mod job;
mod job_error;
mod keys;
mod marker;
mod page;
mod project_settings;
mod rate_pause;
mod request;
mod resource;
mod response;
mod standing_issue;
mod standing_note;
mod standing_suggestions;
#[cfg(test)]
mod tests;

pub(crate) use address::gitlab_address;
pub(crate) use client::GitLabClient;
pub(crate) use directory::{
    Directory, DirectoryEnvironment, DirectoryGroup, DirectoryProject, Lookup, PathOwner,
};
pub(crate) use error::GitLabError;
pub(crate) use job::Job;
pub(crate) use job_error::JobError;
pub(crate) use keys::{TrustedCertificates, signing_keys};
pub(crate) use marker::{Marker, Memory};
pub(crate) use project_settings::{
    AccessLevel, ProjectSettings, ProtectedBranch, VariableSettings,
};
pub(crate) use resource::{GitLabProject, Issue, NewIssue};
pub(crate) use standing_issue::{IssueUpdate, Standing, StandingIssue};
pub(crate) use standing_note::StandingNote;
pub(crate) use standing_suggestions::{StandingSuggestions, Suggestion};
