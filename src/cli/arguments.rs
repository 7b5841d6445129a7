//! The arguments of each command.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use url::Url;

use crate::gitlab::gitlab_address;
use crate::init::{Branch, CodeOwner, Component, ServerUrl};
use crate::mappings::NewMapping;
use crate::privilege::Purpose;
use crate::report::{CheckFormat, CheckReport, Format};
use crate::value::{
    AccountId, ArnGlob, AwsRoleName, Date, GitLabEnvironment, GroupId, GroupRoleNameTemplate,
    Invalid, MountPath, Principal, ProjectId, RoleArn, RoleNameTemplate, Ttl, path_of_address,
};

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

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Exit with 1 when there are warnings, for pipelines; those about access that ends come with time, and do not count
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Write a report for a merge request, such as junit=junit.xml; KIND is codequality, junit or sarif; - is standard output
    #[arg(long, value_name = "KIND=FILE", value_parser = check_report)]
    pub(crate) report: Vec<(CheckReport, PathBuf)>,
}

fn check_report(text: &str) -> Result<(CheckReport, PathBuf), String> {
    let (kind, file) = text.split_once('=').unwrap_or((text, ""));
    match CheckReport::from_str(kind, false) {
        Ok(kind) if !file.is_empty() => Ok((kind, file.into())),
        _ => Err(
            "write KIND=FILE, such as codequality=report.json; KIND is codequality, junit or sarif"
                .into(),
        ),
    }
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Only what has changed in the files since a commit, branch or tag, such as origin/main
    #[arg(long, value_name = "REF")]
    pub(crate) changed_since: Option<String>,
    /// Exit with 1 when there are warnings, for pipelines
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// How to print the result
    #[arg(long, default_value = "text")]
    pub(crate) format: CheckFormat,
    /// Write a report for a merge request, such as junit=junit.xml; KIND is codequality, junit or sarif; - is standard output
    #[arg(long, value_name = "KIND=FILE", value_parser = check_report)]
    pub(crate) report: Vec<(CheckReport, PathBuf)>,
    /// GitLab's address, in place of CI_API_V4_URL
    #[arg(long, value_name = "URL", value_parser = gitlab_url, help_heading = "GitLab")]
    pub(crate) gitlab_url: Option<Url>,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

fn gitlab_url(text: &str) -> Result<Url, String> {
    gitlab_address(text).ok_or_else(|| "write an address such as https://git.example.com".into())
}

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

/// A report of `plan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanReport {
    /// How many resources are created, updated and deleted
    Terraform,
    /// What was checked
    Checks(CheckReport),
}

fn plan_report(text: &str) -> Result<(PlanReport, PathBuf), String> {
    match text.split_once('=') {
        Some(("terraform", file)) if !file.is_empty() => Ok((PlanReport::Terraform, file.into())),
        Some((kind, _)) if kind.chars().all(|c| c.is_ascii_alphabetic()) => {
            let (form, file) = check_report(text)?;
            Ok((PlanReport::Checks(form), file))
        }
        _ => Ok((PlanReport::Terraform, text.into())),
    }
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Save the plan, for `show` and `apply`; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write a report for a merge request: GitLab's terraform report, or with KIND codequality, junit or sarif; - is standard output
    #[arg(long, value_name = "[KIND=]FILE", value_parser = plan_report)]
    pub(crate) report: Vec<(PlanReport, PathBuf)>,
    /// How to print the plan
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Keep a note with the plan on the job's merge request
    #[arg(long)]
    pub(crate) comment: bool,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

/// How GitLab is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "GitLab")]
pub(crate) struct GitLab {
    /// The file with a project access token, in place of GITLAB_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) gitlab_token_file: Option<PathBuf>,
}

/// Arguments of `drift`.
#[derive(Debug, Args)]
pub(crate) struct DriftArgs {
    /// How to print what differs
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Keep one issue in the job's project: open while there is drift, closed when it is gone
    #[arg(long)]
    pub(crate) open_issue: bool,
    /// Make the issue public to everyone who sees the project
    #[arg(long, requires = "open_issue")]
    pub(crate) public_issue: bool,
    /// Give the issue another label, besides vault-drift
    #[arg(
        long,
        value_name = "NAME",
        value_delimiter = ',',
        requires = "open_issue"
    )]
    pub(crate) label: Vec<String>,
    /// Assign the issue to a user, by name, when it is opened
    #[arg(
        long,
        value_name = "USER",
        value_delimiter = ',',
        requires = "open_issue"
    )]
    pub(crate) assignee: Vec<String>,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The saved plan; - is standard input
    pub(crate) plan: PathBuf,
    /// How to print it
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct ApplyArgs {
    /// A saved plan, - is standard input; without one, plan, ask and apply
    pub(crate) plan: Option<PathBuf>,
    /// Delete the AWS roles of mappings that have expired, and do nothing else
    #[arg(long, conflicts_with = "plan")]
    pub(crate) expired: bool,
    /// Apply without asking for approval
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Allow up to N deletes, overriding the guardrails
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) allow_deletes: usize,
    /// Write a line of JSON for each change as it happens; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// Arguments of `add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// The project's path or address in GitLab, such as somenamespace/someproject
    #[arg(value_parser = path_or_address)]
    pub(crate) project: String,
    /// It is a group: all projects directly in it get the roles
    #[arg(long, conflicts_with = "default", requires = "id")]
    pub(crate) group: bool,
    /// The number of the project or group in GitLab; without it, GitLab is asked for that of a project
    #[arg(long, value_name = "N")]
    pub(crate) id: Option<ProjectId>,
    /// An environment and the ARN of its IAM role, such as dev=arn:aws:iam::123456789012:role/name
    #[arg(long, value_name = "E=ARN", required_unless_present = "default")]
    pub(crate) environment: Vec<NewMapping>,
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

fn path_or_address(text: &str) -> Result<String, Infallible> {
    Ok(path_of_address(text).to_owned())
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
    /// The project with the pipeline's component, and its version
    #[arg(
        long,
        value_name = "PROJECT@VERSION",
        default_value = concat!("devops/vault-provisioner@", env!("CARGO_PKG_VERSION"))
    )]
    pub(crate) component: Component,
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
    /// The job's environment, by GitLab's name or by that in the files; if it is empty, the project's default role
    #[arg(
        long,
        value_name = "E",
        env = "CI_ENVIRONMENT_NAME",
        default_value = "",
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
    /// How long the credentials are valid, at least 15m [default: the role's]
    #[arg(long, value_name = "TTL")]
    pub(crate) ttl: Option<Ttl>,
    /// The mount path of the AWS engine
    #[arg(long, value_name = "PATH", default_value = "aws")]
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

/// Arguments of `policy`.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// What the token is for; the policy does not allow it to change --auth-role, its own role
    #[arg(long, value_name = "COMMAND", default_value = "apply")]
    pub(crate) r#for: Purpose,
    /// Write it to a file, whole and after the files are read, so that it may be one of them; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Let apply give out only the policies that the files have now, with the text that they have now: it can't become
    /// root, and a new environment waits for an administrator
    #[arg(long)]
    pub(crate) bounded: bool,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// A folder of files, or a commit, branch or tag whose mappings folder is taken
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// The same; without it, the mappings folder as it is
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<String>,
    /// How to print who gains and who loses
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Exit with 2 when there is a difference
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
}

/// Arguments of `trust-policy`.
#[derive(Debug, Args)]
pub(crate) struct TrustPolicyArgs {
    /// IAM roles, by ARN or by glob, in place of all; * stands for any text. With one ARN, prints its policy alone
    #[arg(value_name = "ARN")]
    pub(crate) roles: Vec<ArnGlob>,
    /// Only roles of this AWS account, by its 12 digits
    #[arg(long, value_name = "N", value_parser = account)]
    pub(crate) account: Option<AccountId>,
    /// The IAM role or user as which Vault calls AWS [default: mappings.vault_principal, or an engine's own role_arn]
    #[arg(long, value_name = "ARN")]
    pub(crate) principal: Option<Principal>,
}

/// Arguments of `usage`.
#[derive(Debug, Args)]
pub(crate) struct UsageArgs {
    /// Audit logs of Vault or OpenBao; - is standard input
    #[arg(value_name = "LOG", required = true)]
    pub(crate) logs: Vec<PathBuf>,
    /// List the mappings that were not used for this long, such as 90d, with what to remove
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub(crate) unused_for: Option<Duration>,
    /// How to print the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: UsageFormat,
}

/// How `usage` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageFormat {
    /// For a terminal or a job's log
    Text,
    /// For a spreadsheet
    Csv,
    /// For programs
    Json,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The folder to write, which must not exist or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
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
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("question").required(true).args(["project", "matrix", "arn", "account"])))]
pub(crate) struct ExplainArgs {
    /// Show what the jobs of a project could get, by its path or its number
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    /// Show who reaches what, among all jobs that GitLab can sign a JWT for
    #[arg(long)]
    pub(crate) matrix: bool,
    /// Show who can reach an IAM role, or those whose ARN matches a glob; * matches any text
    #[arg(long, value_name = "GLOB")]
    pub(crate) arn: Option<String>,
    /// Show who can reach the IAM roles of an AWS account, by its 12 digits
    #[arg(long, value_name = "N", value_parser = account)]
    pub(crate) account: Option<AccountId>,
    /// Only jobs in this environment
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "no_environment",
        help_heading = "Filters"
    )]
    pub(crate) environment: Option<String>,
    /// Only jobs without an environment
    #[arg(long, help_heading = "Filters")]
    pub(crate) no_environment: bool,
    /// Only jobs of this branch or tag
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) r#ref: Option<String>,
    /// Only jobs of a protected branch or tag, or with =false of others; unknown without this option
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        help_heading = "Filters"
    )]
    pub(crate) ref_protected: Option<bool>,
    /// Only jobs whose JWT has this claim
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim, help_heading = "Filters")]
    pub(crate) claim: Vec<(String, String)>,
    /// Only logins with this role
    #[arg(long, value_name = "NAME", help_heading = "Filters")]
    pub(crate) role: Option<String>,
    /// Answer from Vault, and not from the files
    #[arg(long)]
    pub(crate) live: bool,
    /// How to print the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: ExplainFormat,
}

fn account(text: &str) -> Result<AccountId, String> {
    let account = AccountId::try_from(text.to_owned());
    account.map_err(|_| "write the account's 12 digits, such as 123456789012".into())
}

/// How `explain` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For a terminal or a job's log
    Text,
    /// For a merge request or an issue
    Markdown,
    /// For programs
    Json,
    /// For spreadsheets: a line for each way
    Csv,
    /// A diagram, which GitLab draws
    Mermaid,
    /// A page for a browser
    Html,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write NAME=VALUE, such as ref_type=branch".into()),
    }
}
