//! The arguments of the commands of the pipeline.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use url::Url;

use super::candidates;
use crate::gitlab::gitlab_address;
use crate::report::{CheckFormat, CheckReport, Format};

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(crate) struct ValidateArgs {
    /// Exit with 1 when there are warnings, for pipelines; those about access that ends come with time, and do not count
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Write a report for a merge request, such as junit=junit.xml; KIND is codequality, junit or sarif; - is standard output
    #[arg(long, value_name = "KIND=FILE", value_parser = check_report, add = ArgValueCandidates::new(candidates::check_reports))]
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
    #[arg(long, value_name = "KIND=FILE", value_parser = check_report, add = ArgValueCandidates::new(candidates::check_reports))]
    pub(crate) report: Vec<(CheckReport, PathBuf)>,
    /// GitLab's address, in place of CI_API_V4_URL
    #[arg(long, value_name = "URL", value_parser = gitlab_url, help_heading = "GitLab")]
    pub(crate) gitlab_url: Option<Url>,
    #[command(flatten)]
    pub(crate) gitlab: GitLab,
}

pub(super) fn gitlab_url(text: &str) -> Result<Url, String> {
    gitlab_address(text).ok_or_else(|| "write an address such as https://git.example.com".into())
}

/// A report of `plan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanReport {
    /// How many resources are created, updated and deleted
    Terraform,
    /// The whole plan, as a page for a browser
    Page,
    /// What was checked
    Checks(CheckReport),
}

fn plan_report(text: &str) -> Result<(PlanReport, PathBuf), String> {
    match text.split_once('=') {
        Some(("terraform", file)) if !file.is_empty() => Ok((PlanReport::Terraform, file.into())),
        Some(("html", file)) if !file.is_empty() => Ok((PlanReport::Page, file.into())),
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
    /// Write a report for a merge request: GitLab's terraform report, or with KIND codequality, junit, sarif or
    /// html, which is the whole plan as a page; - is standard output
    #[arg(long, value_name = "[KIND=]FILE", value_parser = plan_report, add = ArgValueCandidates::new(candidates::plan_reports))]
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
    /// Write metrics for Prometheus, in the format of the node exporter's textfile collector; - is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,
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
