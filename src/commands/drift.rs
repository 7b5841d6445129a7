//! `drift`: reports whether Vault matches the files, and keeps an issue about it up to date.

use std::time::SystemTime;

use super::gitlab::{subject, timeout, unless_stopped};
use super::{Error, Exit, Looks, PlanWithFindings, compare, files, print_review};
use crate::cli::{DriftArgs as Args, Global};
use crate::gitlab::{GitLabClient, GitLabProject, Issue, Job, NewIssue, StandingIssue};
use crate::log::note;
use crate::report::ReportSubject;
use crate::report::issue::{DriftDigest, DriftReport};

/// The label by which the issue is found again.
const LABEL: &str = "vault-drift";
const TITLE: &str = "Drift has been detected";

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let keeper = args
        .open_issue
        .then(|| Keeper::new(global, args))
        .transpose()?;
    let (desired, loaded) = files(global)?;
    let looks = Looks::Drift(Box::new(loaded));
    let comparison = compare(global, &desired, looks).await?;
    print_review(comparison.review(), args.format, global)?;
    if let Some(keeper) = keeper {
        unless_stopped(keeper.keep(&comparison)).await?;
    }
    if comparison.review().finds_a_match() {
        return Ok(Exit::Success);
    }
    Ok(Exit::Changes)
}

/// Keeps an issue open while there is drift.
struct Keeper<'a> {
    args: &'a Args,
    project: GitLabProject,
    job: Job,
    subject: ReportSubject,
}

impl<'a> Keeper<'a> {
    fn new(global: &Global, args: &'a Args) -> Result<Self, Error> {
        let job = Job::from_environment();
        let token_file = args.gitlab.gitlab_token_file.as_deref();
        let (settings, id) = job.settings("--open-issue", token_file, timeout(global))?;
        Ok(Self {
            args,
            project: GitLabProject::new(GitLabClient::new(settings)?, id),
            subject: subject(global, &job)?,
            job,
        })
    }

    async fn keep(&self, comparison: &PlanWithFindings) -> Result<(), crate::gitlab::GitLabError> {
        let marker = self.subject.marker("drift");
        let standing = StandingIssue {
            project: &self.project,
            marker: &marker,
            label: LABEL,
        };
        let report = DriftReport {
            review: comparison.review(),
            marker: &marker,
            subject: &self.subject,
            job: &self.job,
            now: SystemTime::now(),
        };
        match standing.find().await? {
            None if comparison.review().finds_a_match() => Ok(()),
            None => self.open(&standing, &report).await,
            Some(issue) if !comparison.review().finds_a_match() => {
                self.update(&standing, &issue, &report).await
            }
            Some(issue) if comparison.is_complete() => {
                let gone = DriftDigest::none().memory();
                standing.close(&issue, &report.gone(), &gone).await?;
                note(&format!("The issue is closed: {}", issue.web_url));
                Ok(())
            }
            Some(issue) => {
                tracing::warn!(
                    "the issue stays open, because not everything could be compared: {}",
                    issue.web_url
                );
                Ok(())
            }
        }
    }

    async fn open(
        &self,
        standing: &StandingIssue<'_>,
        report: &DriftReport<'_>,
    ) -> Result<(), crate::gitlab::GitLabError> {
        let mut assignee_ids = Vec::new();
        for name in &self.args.assignee {
            assignee_ids.push(self.project.user(name).await?.id);
        }
        let labels = [LABEL].into_iter();
        let labels: Vec<&str> = labels
            .chain(self.args.label.iter().map(String::as_str))
            .collect();
        let issue = NewIssue {
            title: TITLE.to_owned(),
            description: report.description(),
            confidential: !self.args.public_issue,
            labels: labels.join(","),
            assignee_ids,
        };
        let issue = standing.open(&issue).await?;
        note(&format!("The issue is open: {}", issue.web_url));
        Ok(())
    }

    async fn update(
        &self,
        standing: &StandingIssue<'_>,
        issue: &Issue,
        report: &DriftReport<'_>,
    ) -> Result<(), crate::gitlab::GitLabError> {
        let told = DriftDigest::told_in(issue, report.marker);
        let found = DriftDigest::of(report.review);
        if told == found {
            note(&format!(
                "The issue is already up to date: {}",
                issue.web_url
            ));
            return Ok(());
        }
        standing
            .update(
                issue,
                &report.description(),
                !self.args.public_issue,
                &report.changed(&told),
                &found.memory(),
            )
            .await?;
        note(&format!("The issue is up to date: {}", issue.web_url));
        Ok(())
    }
}
