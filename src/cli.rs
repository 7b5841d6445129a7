//! The command line: names, flags and their documentation.

mod global;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use global::{ColorWhen, Connection, Global, LogFormat, Login};

use crate::mappings::NewMapping;
use crate::privilege::Purpose;
use crate::report::Format;
use crate::value::{AccountId, EnvironmentName, MountPath, ProjectId, ProjectPath, Ttl};

/// Keeps the Vault that hands out AWS credentials to GitLab jobs as its YAML files say.
#[derive(Debug, Parser)]
#[command(name = "vault-provisioner", version = version(), max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done; 1 an error; 2 changes (plan --detailed-exitcode) or drift."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check the files, without a network
    Validate(Validate),
    /// Show what has to change in Vault
    Plan(Plan),
    /// Print a saved plan
    Show(Show),
    /// Make Vault match the files
    Apply(Apply),
    /// Tell whether Vault matches the files: exit 0 if so, 2 if not
    Drift(Drift),
    /// Print a job's AWS credentials, as the AWS CLI's `credential_process` takes them
    Credentials(Credentials),
    /// Print the least policy with which the files can be planned or applied
    Policy(Policy),
    /// Write the files from what Vault holds
    Import(Import),
    /// Map a project's environments to IAM roles, in a new file or in its own
    Add(Add),
    /// Say what a job could get, or who can reach an IAM role, and why
    Explain(Explain),
    /// Print the JSON Schema of the files, for editors
    Schema(Schema),
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write a manual page for the program and one for each command
    #[command(hide = true)]
    Man {
        /// The folder to write them to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// The release, and the commit that `dev/release` built it from.
fn version() -> String {
    let release = env!("CARGO_PKG_VERSION");
    match option_env!("VAULT_PROVISIONER_COMMIT") {
        Some(commit) => format!("{release} ({commit})"),
        None => release.into(),
    }
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(crate) struct Schema {
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
pub(crate) struct Validate {
    /// Exit with 1 when there are warnings, for pipelines
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// Save the plan, for `show` and `apply`; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write GitLab's terraform report; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
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

/// How GitLab is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "GitLab")]
pub(crate) struct GitLab {
    /// The file with a project access token, in place of GITLAB_TOKEN
    #[arg(long, value_name = "FILE")]
    pub(crate) gitlab_token_file: Option<PathBuf>,
}

/// Arguments of `drift`.
#[derive(Debug, Args)]
pub(crate) struct Drift {
    /// How to print what differs
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Keep one issue in the job's project: open while there is drift, closed when it is gone
    #[arg(long)]
    pub(crate) open_issue: bool,
    /// Let everybody see the issue who sees the project; otherwise it is confidential
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
pub(crate) struct Show {
    /// The saved plan; - is standard input
    pub(crate) plan: PathBuf,
    /// How to print it
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// A saved plan, - is standard input; without one, plan, ask and apply
    pub(crate) plan: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// Let through so many deletes, whatever the guardrails in vault.yaml say
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) allow_deletes: usize,
    /// Write a line of JSON for each change as it happens; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// Arguments of `add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The project's path in GitLab, such as somenamespace/someproject
    pub(crate) project: ProjectPath,
    /// The project's number in GitLab
    #[arg(long, value_name = "N")]
    pub(crate) id: ProjectId,
    /// An environment and the ARN of its IAM role, such as dev=arn:aws:iam::123456789012:role/name
    #[arg(long, value_name = "E=ARN", required = true)]
    pub(crate) environment: Vec<NewMapping>,
}

/// Arguments of `credentials`.
#[derive(Debug, Args)]
pub(crate) struct Credentials {
    /// The project's number in GitLab
    #[arg(long, value_name = "N", env = "CI_PROJECT_ID")]
    pub(crate) project_id: ProjectId,
    /// The job's environment; without one, or if it is empty, the project's default role is asked for
    #[arg(
        long,
        value_name = "E",
        env = "CI_ENVIRONMENT_NAME",
        default_value = "",
        hide_default_value = true,
        value_parser = environment
    )]
    pub(crate) environment: MaybeEnvironment,
    /// How long the credentials should be good, at least 15m; the role's default otherwise
    #[arg(long, value_name = "TTL")]
    pub(crate) ttl: Option<Ttl>,
    /// The mount path of the AWS engine
    #[arg(long, value_name = "PATH", default_value = "aws")]
    pub(crate) secrets_mount: MountPath,
}

/// An environment, or an empty text for none. The name keeps clap from taking it for an option that may be absent.
pub(crate) type MaybeEnvironment = Option<EnvironmentName>;

fn environment(text: &str) -> Result<MaybeEnvironment, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let environment: Result<EnvironmentName, _> = text.parse();
    environment.map(Some).map_err(|error| error.to_string())
}

/// Arguments of `policy`.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// What the token is for; --auth-role, with which it logs in, is not to change itself
    #[arg(long, value_name = "COMMAND", default_value = "apply")]
    pub(crate) r#for: Purpose,
    /// Write it to a file, whole and after the files are read, so that it may be one of them; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder to write, which must be empty or not there yet
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// JWT auth methods to import, in place of all
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) auth: Vec<String>,
    /// AWS secrets engines to import, in place of all
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) secrets: Vec<String>,
    /// Policies to import besides those that imported roles name; * stands for any text
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) policies: Vec<String>,
    /// A file with the paths of projects, which Vault does not know: lines of an id and a path,
    /// or GitLab's list of projects in JSON; - is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) projects: Option<PathBuf>,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("question").required(true).args(["project", "matrix", "arn", "account"])))]
pub(crate) struct Explain {
    /// Ask what the jobs of this project could get; its path or its number
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<String>,
    /// Ask what the jobs of every project and environment reach
    #[arg(long)]
    pub(crate) matrix: bool,
    /// Ask who can reach an IAM role, or those whose ARN matches; * stands for any text
    #[arg(long, value_name = "GLOB")]
    pub(crate) arn: Option<String>,
    /// Ask who can reach the IAM roles of an AWS account, by its 12 digits
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
    /// Only jobs of a protected branch or tag, or with =false of others; not known unless it is said
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
    /// Answer from Vault as it is, and not from the files
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
    /// A diagram, which GitLab draws
    Mermaid,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write NAME=VALUE, such as ref_type=branch".into()),
    }
}
