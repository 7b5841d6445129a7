//! The arguments of the commands that a job runs.

use std::ffi::OsString;
use std::str::FromStr;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use url::Url;

use super::candidates;
use super::pipeline::gitlab_url;
use crate::report::CheckFormat;
use crate::value::{
    AwsRoleName, GitLabEnvironment, GroupId, GroupRoleNameTemplate, Invalid, MountPath, ProjectId,
    RoleNameTemplate, Ttl,
};

/// Arguments of `whoami`.
#[derive(Debug, Args)]
pub(crate) struct WhoAmIArgs {
    /// Where GitLab's keys are, such as `https://git.example.com/-/jwks` [default: the auth mount's of the files, or the job's GitLab]
    #[arg(long, value_name = "URL", value_parser = gitlab_url)]
    pub(crate) jwks_url: Option<Url>,
    /// How to print the claims
    #[arg(long, default_value = "text")]
    pub(crate) format: CheckFormat,
}

/// Arguments of `credentials`.
#[derive(Debug, Args)]
pub(crate) struct CredentialsArgs {
    /// The project's number in GitLab
    #[arg(long, value_name = "N", env = "CI_PROJECT_ID")]
    pub(crate) project_id: ProjectId,
    /// The number of the project's group, for the roles of group files
    #[arg(
        long,
        value_name = "N",
        env = "CI_PROJECT_NAMESPACE_ID",
        default_value = "",
        hide_default_value = true,
        value_parser = maybe_empty::<GroupId>
    )]
    pub(crate) namespace_id: MaybeEmpty<GroupId>,
    /// The job's environment, by GitLab's name or by that in the files; if it is empty, the project's default role [default: VAULT_AWS_ENVIRONMENT, or else CI_ENVIRONMENT_NAME]
    #[arg(
        long,
        value_name = "E",
        add = ArgValueCandidates::new(candidates::environments),
        default_value = job_environment(),
        hide_default_value = true,
        value_parser = maybe_empty::<GitLabEnvironment>
    )]
    pub(crate) environment: MaybeEmpty<GitLabEnvironment>,
    /// A role by its name: one of the environment's, or a shared one such as gitlab-tools
    #[arg(
        long,
        value_name = "NAME",
        env = "VAULT_AWS_ROLE",
        default_value = "",
        hide_default_value = true,
        value_parser = maybe_empty::<AwsRoleName>
    )]
    pub(crate) role: MaybeEmpty<AwsRoleName>,
    /// How the files name AWS roles: `mappings.role_name` of vault.yaml
    #[arg(
        long,
        value_name = "TEMPLATE",
        env = "VAULT_AWS_ROLE_NAME",
        default_value = DEFAULT_ROLE_NAME,
        value_parser = role_name
    )]
    pub(crate) role_name: RoleNameTemplate,
    /// How the files name AWS roles of groups: `mappings.group_role_name` of vault.yaml
    #[arg(
        long,
        hide_short_help = true,
        value_name = "TEMPLATE",
        env = "VAULT_AWS_GROUP_ROLE_NAME",
        default_value = DEFAULT_GROUP_ROLE_NAME,
        value_parser = group_role_name
    )]
    pub(crate) group_role_name: GroupRoleNameTemplate,
    /// How long the credentials are valid, from 15m to 12h [default: the role's]
    #[arg(
        long,
        value_name = "TTL",
        env = "VAULT_AWS_TTL",
        default_value = "",
        hide_default_value = true,
        value_parser = session_ttl
    )]
    pub(crate) ttl: MaybeEmpty<Ttl>,
    /// The mount path of the AWS engine
    #[arg(
        long,
        value_name = "PATH",
        env = "VAULT_AWS_PATH",
        default_value = DEFAULT_ENGINE,
        value_parser = engine
    )]
    pub(crate) secrets_mount: MountPath,
    /// Keep the session in the job's folder until five minutes before it ends, for the next call of this job
    #[arg(long)]
    pub(crate) cache: bool,
}

/// A value, or an empty text for none. The alias keeps clap from treating it as an option that may be absent.
pub(crate) type MaybeEmpty<T> = Option<T>;

fn maybe_empty<T: FromStr<Err = Invalid>>(text: &str) -> Result<MaybeEmpty<T>, String> {
    let value = (!text.is_empty()).then(|| text.parse());
    value
        .transpose()
        .map_err(|error: Invalid| error.to_string())
}

/// A TTL that AWS accepts for sessions of an assumed role:
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
fn session_ttl(text: &str) -> Result<MaybeEmpty<Ttl>, String> {
    let ttl: MaybeEmpty<Ttl> = maybe_empty(text)?;
    let bounds = 15 * 60..=12 * 60 * 60;
    if ttl.is_none_or(|ttl| bounds.contains(&ttl.as_seconds())) {
        Ok(ttl)
    } else {
        Err("AWS gives sessions of 15 minutes to 12 hours; write a TTL from 15m to 12h".into())
    }
}

/// The environment that a job of GitLab is in, unless a variable of its own says by which name the files have it.
fn job_environment() -> OsString {
    let names = ["VAULT_AWS_ENVIRONMENT", "CI_ENVIRONMENT_NAME"];
    let mut set = names.into_iter().filter_map(std::env::var_os);
    set.find(|value| !value.is_empty()).unwrap_or_default()
}

/// Where most files mount the AWS engine.
const DEFAULT_ENGINE: &str = "aws";

fn engine(text: &str) -> Result<MountPath, String> {
    let text = Some(text).filter(|text| !text.is_empty());
    let path = text.unwrap_or(DEFAULT_ENGINE).to_owned();
    MountPath::try_from(path).map_err(|error| error.to_string())
}

/// How most files name AWS roles, and those of groups.
const DEFAULT_ROLE_NAME: &str = "{project_id}-{environment}";
const DEFAULT_GROUP_ROLE_NAME: &str = "group-{group_id}-{environment}";

fn role_name(text: &str) -> Result<RoleNameTemplate, String> {
    let text = Some(text).filter(|text| !text.is_empty());
    let template = text.unwrap_or(DEFAULT_ROLE_NAME).to_owned();
    RoleNameTemplate::try_from(template).map_err(|error| error.to_string())
}

fn group_role_name(text: &str) -> Result<GroupRoleNameTemplate, String> {
    let text = Some(text).filter(|text| !text.is_empty());
    let template = text.unwrap_or(DEFAULT_GROUP_ROLE_NAME).to_owned();
    GroupRoleNameTemplate::try_from(template).map_err(|error| error.to_string())
}
