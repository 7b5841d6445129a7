//! Real servers, mapping files and the built binary: what every topic's tests stand on.

mod aws;
mod component;
mod git;
mod gitlab;
mod job;
mod mappings;
mod second_reader;
mod servers;
mod tool;
mod vault;
mod wire;

pub(crate) use aws::{access_key, caller_arn, iam_user, role_of_session};
pub(crate) use component::Component;
pub(crate) use git::{commit, git, repository};
pub(crate) use gitlab::{GitLab, GitLabDirectory, Request, field, prose};
pub(crate) use job::{Job, JobProgram, script, shells};
pub(crate) use mappings::Mappings;
pub(crate) use second_reader::second_reader;
pub(crate) use servers::{Running, Shared, forged_id_token, id_token};
pub(crate) use tool::{Tool, as_on_both_servers, stderr, stdout, whole_stderr, whole_stdout};
pub(crate) use vault::{Answer, Client, Feature, Vault, gets, log_in};
pub(crate) use wire::{Fault, Wire};
