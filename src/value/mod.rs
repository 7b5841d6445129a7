//! The words that mapping files and Vault's answers share: names, ARNs, durations, sets, claims.
//!
//! A value that only a file may hold is checked when it is parsed (names, [`RoleArn`]);
//! one that Vault also answers accepts whatever Vault keeps and has one canonical form.

mod arn;
mod arn_glob;
mod claim;
mod date;
mod document;
mod duration;
mod environment;
mod expiration;
mod gitlab_address;
mod gitlab_claim;
mod gitlab_id;
mod image;
mod name;
mod network;
mod principal;
mod role_name;
mod secret;
mod set;
mod text_pattern;
mod written;

pub(crate) use arn::{AccountId, RoleArn, account_of};
pub(crate) use arn_glob::ArnGlob;
pub(crate) use claim::{BoundClaims, ClaimValue, ClaimValues};
pub(crate) use date::{Date, Days};
pub(crate) use document::Document;
pub(crate) use duration::{Leeway, Ttl};
pub(crate) use environment::{EnvironmentGlobs, EnvironmentNames};
pub(crate) use expiration::Expiration;
pub(crate) use gitlab_address::path_of_address;
pub(crate) use gitlab_claim::Presence;
pub(crate) use gitlab_claim::{ClaimShape, GitLabClaim};
pub(crate) use gitlab_id::{GroupId, ProjectId};
pub(crate) use image::PinnedImage;
pub(crate) use name::{
    AwsRoleName, EnvironmentGlob, EnvironmentName, EnvironmentRole, GitLabEnvironment, GroupPath,
    JwtRoleName, MountPath, MountTypeName, PolicyName, ProjectPath,
};
pub(crate) use network::{is_network, networks};
pub(crate) use principal::Principal;
pub(crate) use role_name::{GroupRoleNameTemplate, RoleNameTemplate};
pub(crate) use secret::{KeyId, SecretError, SecretSource};
pub(crate) use set::{List, Set};
pub(crate) use text_pattern::{GlobToken, TextPattern, shortest_match};

/// Why a text is not the value it should be, and what to write instead.
///
/// Its `Display` is "problem; help", the form in which serde hands it to the file decoder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {help}")]
pub(crate) struct Invalid {
    /// What is wrong with the text.
    pub(crate) problem: String,
    /// What to write instead.
    pub(crate) help: String,
}

impl Invalid {
    fn new(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            help: help.into(),
        }
    }
}
