//! `drift`: tells whether Vault is as the files say, and keeps an issue about it.

mod text;

use std::time::SystemTime;

use self::text::{Drift, Finding};
use super::gitlab::{Subject, timeout, unless_stopped};
use super::{Comparison, Error, Exit, compare, desired, note, printed};
use crate::cli::{Drift as Args, Global};
use crate::gitlab::{Client, Issue, Job, NewIssue, StandingIssue};
use crate::report;

/// The label by which the issue is found again.
const LABEL: &str = "vault-drift";
const TITLE: &str = "Drift has been detected";

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let keeper = args
        .open_issue
        .then(|| Keeper::new(global, args))
        .transpose()?;
    let desired = desired(global)?;
    let comparison = compare(global, &desired).await?;
    printed(report::write(
        comparison.review(),
        args.format,
        &global.styles(),
        &mut std::io::stdout(),
    ))?;
    if let Some(keeper) = keeper {
        unless_stopped(keeper.keep(&comparison)).await?;
    }
    Ok(match comparison.plan.is_empty() {
        true => Exit::Success,
        false => Exit::Changes,
    })
}

/// Keeps the issue as the drift is.
struct Keeper<'a> {
    args: &'a Args,
    client: Client,
    job: Job,
    subject: Subject,
}

impl<'a> Keeper<'a> {
    fn new(global: &Global, args: &'a Args) -> Result<Self, Error> {
        let job = Job::from_environment();
        let token_file = args.gitlab.gitlab_token_file.as_deref();
        let settings = job.settings("--open-issue", token_file, timeout(global))?;
        Ok(Self {
            args,
            client: Client::new(settings)?,
            subject: Subject::of(global, &job)?,
            job,
        })
    }

    async fn keep(&self, comparison: &Comparison) -> Result<(), crate::gitlab::Error> {
        let marker = self.subject.marker("drift");
        let standing = StandingIssue {
            client: &self.client,
            marker: &marker,
            label: LABEL,
        };
        let finding = Finding {
            review: comparison.review(),
            marker: &marker,
            subject: &self.subject,
            job: &self.job,
            now: SystemTime::now(),
        };
        match standing.find().await? {
            None if comparison.plan.is_empty() => Ok(()),
            None => self.open(&standing, &finding).await,
            Some(issue) if !comparison.plan.is_empty() => {
                self.update(&standing, &issue, &finding).await
            }
            Some(issue) if comparison.is_complete => {
                let gone = Drift::none().memory();
                standing.close(&issue, &finding.gone(), &gone).await?;
                note(&format!("The issue is closed: {}", issue.web_url));
                Ok(())
            }
            Some(issue) => {
                tracing::warn!(
                    "the issue stays open, because not all could be compared: {}",
                    issue.web_url
                );
                Ok(())
            }
        }
    }

    async fn open(
        &self,
        standing: &StandingIssue<'_>,
        finding: &Finding<'_>,
    ) -> Result<(), crate::gitlab::Error> {
        let mut assignee_ids = Vec::new();
        for name in &self.args.assignee {
            assignee_ids.push(self.client.user(name).await?.id);
        }
        let labels = [LABEL].into_iter();
        let labels: Vec<&str> = labels
            .chain(self.args.label.iter().map(String::as_str))
            .collect();
        let issue = NewIssue {
            title: TITLE.to_owned(),
            description: finding.description(),
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
        finding: &Finding<'_>,
    ) -> Result<(), crate::gitlab::Error> {
        let told = Drift::told_in(issue, finding.marker);
        let found = Drift::of(finding.review.plan);
        if told == found {
            note(&format!("The issue says so already: {}", issue.web_url));
            return Ok(());
        }
        standing
            .update(
                issue,
                &finding.description(),
                !self.args.public_issue,
                &finding.changed(&told),
                &found.memory(),
            )
            .await?;
        note(&format!("The issue is up to date: {}", issue.web_url));
        Ok(())
    }
}
