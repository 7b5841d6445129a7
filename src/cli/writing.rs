//! The arguments of the commands that write files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use url::Url;

use super::candidates;
use super::pipeline::{GitLab, gitlab_url};
use super::questions::account;
use crate::init::{Branch, CodeOwner, Component, ServerUrl};
use crate::mappings::NewMapping;
use crate::value::{AccountId, Date, EnvironmentRole, PinnedImage, ProjectId, RoleArn, Ttl};

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// How to print it
    #[arg(long, default_value = "json")]
    pub(crate) format: SchemaFormat,
}

/// How `schema` prints the files' format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// JSON Schema, for editors
    Json,
    /// A page for people, which is docs/files.md
    Markdown,
}

/// Arguments of `add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The project's path or address in GitLab, such as somenamespace/someproject
    #[arg(add = ArgValueCandidates::new(candidates::projects))]
    pub(crate) project: String,
    /// It is a group: all projects directly in it get the roles
    #[arg(long, conflicts_with = "default", requires = "id")]
    pub(crate) group: bool,
    /// The number of the project or group in GitLab; without it, that of the project's file, or GitLab is asked for it
    #[arg(long, value_name = "N")]
    pub(crate) id: Option<ProjectId>,
    /// An environment and the ARN of its IAM role, such as dev=arn:aws:iam::123456789012:role/name
    #[arg(
        long,
        value_name = "E=ARN",
        required_unless_present = "default",
        add = ArgValueCandidates::new(candidates::environments_to_map)
    )]
    pub(crate) environment: Vec<NewMapping>,
    /// The name of the IAM role, where a job chooses between several of its environment
    #[arg(long, value_name = "NAME", conflicts_with = "default")]
    pub(crate) role: Option<EnvironmentRole>,
    /// The ARN of the IAM role of jobs without an environment
    #[arg(long, value_name = "ARN")]
    pub(crate) default: Option<RoleArn>,
    /// The last day, in UTC, on which the jobs get these roles, such as 2030-12-31
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<Date>,
    /// How long the credentials are valid at most, from 15m to 12h
    #[arg(long, value_name = "TTL")]
    pub(crate) max_sts_ttl: Option<Ttl>,
    /// GitLab's address, in place of CI_API_V4_URL
    #[arg(long, value_name = "URL", value_parser = gitlab_url, help_heading = "GitLab")]
    pub(crate) gitlab_url: Option<Url>,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The folder of the repository
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Vault's address; asked for on a terminal
    #[arg(long, value_name = "URL", env = "VAULT_ADDR")]
    pub(crate) vault: Option<ServerUrl>,
    /// GitLab's address; asked for on a terminal
    #[arg(long, value_name = "URL", env = "CI_SERVER_URL")]
    pub(crate) gitlab: Option<ServerUrl>,
    /// The number of the repository's project in GitLab; asked for on a terminal
    #[arg(long, value_name = "N", env = "CI_PROJECT_ID")]
    pub(crate) project_id: Option<ProjectId>,
    /// The protected branch that is applied
    #[arg(
        long,
        value_name = "B",
        env = "CI_DEFAULT_BRANCH",
        default_value = "main"
    )]
    pub(crate) branch: Branch,
    /// An AWS account whose roles projects may name; none until one is added
    #[arg(long, value_name = "A", value_delimiter = ',', value_parser = account)]
    pub(crate) account: Vec<AccountId>,
    /// The `aud` of the jobs' JWTs [default: Vault's address]
    #[arg(long, value_name = "URL", env = "VAULT_AUDIENCE")]
    pub(crate) audience: Option<ServerUrl>,
    /// The user or group that approves changes of the platform, for CODEOWNERS
    #[arg(long, value_name = "@NAME", default_value = "@devops")]
    pub(crate) owner: CodeOwner,
    /// The image of the pipeline's jobs by its digest; without it, the CI/CD variable VAULT_PROVISIONER_IMAGE names it
    #[arg(long, value_name = "NAME@sha256:…")]
    pub(crate) image: Option<PinnedImage>,
    /// Say what of the project's settings in GitLab is not as it has to be; without GITLAB_TOKEN, print the list to tick
    #[arg(long, help_heading = "In place of writing")]
    pub(crate) check: bool,
    /// Print the stanza of OpenBao's configuration that makes what DIR/mappings declares at the server's first start
    #[arg(long, conflicts_with = "check", help_heading = "In place of writing")]
    pub(crate) openbao_init: bool,
    #[command(flatten)]
    pub(crate) gitlab_token: GitLab,
    /// The project with the pipeline's component, and its version
    #[arg(
        long,
        value_name = "PROJECT@VERSION",
        default_value = concat!("devops/vault-provisioner@", env!("CARGO_PKG_VERSION"))
    )]
    pub(crate) component: Component,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
#[group(id = "folder", required = true, multiple = false, args = ["out", "into"])]
pub(crate) struct ImportArgs {
    /// The folder to write, which must not exist or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// A mappings folder to change in place, so that it declares what Vault holds; all else in its files stays
    #[arg(long, value_name = "DIR", conflicts_with_all = ["auth", "secrets", "policies"])]
    pub(crate) into: Option<PathBuf>,
    /// Auth methods to import, of any type, in place of all JWT methods
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) auth: Vec<String>,
    /// Secrets engines to import, of any type, in place of all AWS engines
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) secrets: Vec<String>,
    /// Policies to import besides those that imported roles name; * stands for any text
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policies: Vec<String>,
    /// A file with the projects' paths, which Vault does not know; - is standard input
    ///
    /// Either lines of an id and a path, or GitLab's list of projects in JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) projects: Option<PathBuf>,
    /// GitLab's address, in place of CI_API_V4_URL; with a token, GitLab is asked for the projects' paths
    #[arg(long, value_name = "URL", value_parser = gitlab_url, help_heading = "GitLab")]
    pub(crate) gitlab_url: Option<Url>,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}
