//! The arguments of the commands that answer a question about the files.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use super::candidates;
use crate::privilege::Purpose;
use crate::report::Format;
use crate::value::{AccountId, ArnGlob, Principal};

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
    /// Say which commit changed what, by whom, for each commit on the way from OLD; both must be revisions
    #[arg(long)]
    pub(crate) by_commit: bool,
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

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("question").required(true).args(["project", "matrix", "arn", "account"])))]
pub(crate) struct ExplainArgs {
    /// Show what the jobs of a project could get, by its path or its number
    #[arg(long, value_name = "PROJECT", add = ArgValueCandidates::new(candidates::projects))]
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
        add = ArgValueCandidates::new(candidates::environments),
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
    /// Say when each AWS role was last used, by audit logs of Vault or OpenBao, in all formats except mermaid; - is standard
    /// input
    #[arg(long, value_name = "LOG")]
    pub(crate) usage: Vec<PathBuf>,
    /// How to print the answer
    #[arg(long, default_value = "text")]
    pub(crate) format: ExplainFormat,
}

pub(super) fn account(text: &str) -> Result<AccountId, String> {
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
    /// A page for a browser, with a search: one file, which needs nothing else
    Html,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write NAME=VALUE, such as ref_type=branch".into()),
    }
}
