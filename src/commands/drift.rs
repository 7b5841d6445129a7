//! `drift`: reports whether Vault matches the files, and keeps an issue about it up to date.

use std::time::SystemTime;

use super::gitlab::{subject, timeout, unless_stopped};
use super::{
    Error, Exit, Looks, PlanWithFindings, compare, files, is_stdout, page_origin, print_review,
    write_report,
};
use crate::check::{self, Questions};
use crate::cli::{DriftArgs as Args, Global};
use crate::diagnostic::{Code, Diagnostic, printable};
use crate::files::path_in_repository;
use crate::gitlab::{
    Directory, GitLabClient, GitLabError, GitLabProject, Issue, IssueUpdate, Job, NewIssue,
    Standing, StandingIssue,
};
use crate::log::note;
use crate::mappings::Loaded;
use crate::report::issue::{DriftDigest, DriftReport, GoneMappings, merged_lines};
use crate::report::{ReportSubject, metrics};

/// The label by which the issue is found again.
const LABEL: &str = "vault-drift";
const TITLE: &str = "Drift has been detected";

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let keeper = args
        .open_issue
        .then(|| Keeper::new(global, args))
        .transpose()?;
    let (desired, loaded) = files(global)?;
    let comparison = compare(global, &desired, Looks::Drift(&loaded)).await?;
    if !args.metrics.as_deref().is_some_and(is_stdout) {
        print_review(comparison.review(), args.format, global, page_origin)?;
    }
    if let Some(path) = &args.metrics {
        let metrics = metrics(comparison.review(), SystemTime::now());
        write_report(path, metrics.as_bytes())?;
    }
    let merged = comparison.merged();
    let lines = merged_lines(merged).into_iter();
    lines
        .filter(|_| !merged.since.is_empty())
        .for_each(|line| note(&line));
    if let Some(keeper) = keeper {
        let gone = keeper.gone(&loaded);
        let gone = unless_stopped(async { Ok(gone.await) }).await?;
        if let Some(what) = &gone.not_looked_at {
            note(&format!("Not looked at: {what}."));
        }
        unless_stopped(keeper.keep(&comparison, &gone)).await?;
    }
    if comparison.review().finds_a_match() {
        return Ok(Exit::Success);
    }
    note(&format!(
        "`vault-provisioner apply` makes Vault match the files again; `vault-provisioner import --into {}` writes into the \
         files what Vault holds.",
        global.mappings().display()
    ));
    Ok(Exit::Changes)
}

/// Keeps an issue open while there is drift.
struct Keeper<'a> {
    args: &'a Args,
    directory: Directory,
    /// Whether the directory's token is there to read all projects.
    reads_all: bool,
    project: GitLabProject,
    job: Job,
    subject: ReportSubject,
}

impl<'a> Keeper<'a> {
    fn new(global: &Global, args: &'a Args) -> Result<Self, Error> {
        let job = Job::from_environment();
        let token_file = args.gitlab.gitlab_token_file.as_deref();
        let (settings, id) = job.settings("--open-issue", token_file, timeout(global))?;
        let reads_all = job.has_read_token();
        let reading = job.reading_all("--open-issue", token_file, timeout(global))?;
        Ok(Self {
            args,
            directory: Directory::new(GitLabClient::new(reading)?),
            reads_all,
            project: GitLabProject::new(GitLabClient::new(settings)?, id),
            subject: subject(global, &job)?,
            job,
        })
    }

    /// The mappings whose projects or groups GitLab no longer has, or will delete, or whose jobs it does not run.
    async fn gone(&self, loaded: &Loaded) -> GoneMappings {
        let questions = Questions {
            claims: Vec::new(),
            ..Questions::of(loaded)
        };
        let facts = check::ask_states(&self.directory, &questions).await;
        let outcome = check::compare(&questions, &facts, &loaded.sources);
        let mut gone = GoneMappings::default();
        let mut unseen = 0;
        for found in &outcome.diagnostics {
            let is_gone = matches!(found.code, Code::ArchivedProject | Code::DeletionScheduled);
            let is_unseen = matches!(found.code, Code::NotVisible | Code::NotCompared);
            if is_gone || found.code == Code::NotVisible && self.reads_all {
                gone.lines
                    .push((place(found, loaded), found.message.clone()));
            } else if is_unseen {
                unseen += 1;
            }
        }
        gone.not_looked_at = match facts.failure {
            Some(failure) => Some(format!(
                "whether the mapped projects are still there ({failure})"
            )),
            None if unseen > 0 => Some(format!(
                "{unseen} of the mapped projects and groups, which this token does not see; the variable \
                 GITLAB_READ_TOKEN can hold one that does"
            )),
            None => None,
        };
        gone
    }

    async fn keep(
        &self,
        comparison: &PlanWithFindings,
        gone_mappings: &GoneMappings,
    ) -> Result<(), GitLabError> {
        let review = comparison.review();
        let marker = self.subject.marker("drift", &review.plan.server);
        let gone = DriftDigest::none().memory();
        let standing = StandingIssue {
            project: &self.project,
            marker: &marker,
            label: LABEL,
            gone: &gone,
        };
        let report = DriftReport {
            review,
            gone: gone_mappings,
            marker: &marker,
            subject: &self.subject,
            job: &self.job,
            now: SystemTime::now(),
        };
        name_others(&standing.of_others().await?);
        match (standing.find().await?, report.is_empty()) {
            (Standing::Absent, true) => Ok(()),
            (Standing::Absent, false) => self.open(&standing, &report).await,
            (Standing::Open(issue), false) => self.update(&standing, &issue, &report).await,
            (Standing::ClosedByHand(issue), false) => {
                self.stay_closed(&standing, &issue, &report).await
            }
            (Standing::Open(issue), true) if comparison.is_complete() => {
                standing.close(&issue, &report.gone()).await?;
                note(&format!("The issue is closed: {}", issue.web_url));
                Ok(())
            }
            (Standing::ClosedByHand(issue), true) if comparison.is_complete() => {
                standing.tell(&issue, &report.gone(), &gone).await
            }
            (Standing::ClosedByHand(_), true) => Ok(()),
            (Standing::Open(issue), true) => {
                tracing::warn!(
                    "the issue stays open, because not everything could be compared: {}",
                    issue.web_url
                );
                Ok(())
            }
        }
    }

    /// An assignee or a label too many must not cost the issue.
    async fn open(
        &self,
        standing: &StandingIssue<'_>,
        report: &DriftReport<'_>,
    ) -> Result<(), GitLabError> {
        let labels = [LABEL].into_iter();
        let labels: Vec<&str> = labels
            .chain(self.args.label.iter().map(String::as_str))
            .collect();
        let mut issue = NewIssue {
            title: TITLE.to_owned(),
            description: report.description(None),
            confidential: !self.args.public_issue,
            labels: labels.join(","),
            assignee_ids: self.assignees().await?,
        };
        let opened = match standing.open(&issue).await {
            Err(error) if error.is_refusal() && !issue.assignee_ids.is_empty() => {
                tracing::warn!("the issue is opened without an assignee: {error}");
                issue.assignee_ids.clear();
                standing.open(&issue).await?
            }
            opened => opened?,
        };
        if opened.assignees.is_empty() && !issue.assignee_ids.is_empty() {
            tracing::warn!("GitLab did not assign the issue: is the user a member of the project?");
        }
        note(&format!("The issue is open: {}", opened.web_url));
        Ok(())
    }

    /// The numbers of the users to assign. One that GitLab does not have is named and left out.
    async fn assignees(&self) -> Result<Vec<u64>, GitLabError> {
        let mut ids = Vec::new();
        for name in &self.args.assignee {
            match self.project.user(name.trim_start_matches('@')).await {
                Ok(user) => ids.push(user.id),
                Err(error) if error.is_refusal() => {
                    tracing::warn!("the issue is not assigned to {}: {error}", printable(name));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(ids)
    }

    /// An issue that was closed by hand is opened again for another drift alone.
    async fn stay_closed(
        &self,
        standing: &StandingIssue<'_>,
        issue: &Issue,
        report: &DriftReport<'_>,
    ) -> Result<(), GitLabError> {
        let found = report.digest();
        if DriftDigest::told_in(issue, report.marker) != found {
            return self.update(standing, issue, report).await;
        }
        let text = report.stays_closed();
        standing
            .tell(issue, &text, &found.memory_of_closed())
            .await?;
        note(&format!(
            "The issue was closed by hand and stays closed while the drift is the same: {}",
            issue.web_url
        ));
        Ok(())
    }

    async fn update(
        &self,
        standing: &StandingIssue<'_>,
        issue: &Issue,
        report: &DriftReport<'_>,
    ) -> Result<(), GitLabError> {
        let told = DriftDigest::told_in(issue, report.marker);
        let found = report.digest();
        if told == found {
            note(&format!(
                "The issue is already up to date: {}",
                issue.web_url
            ));
            return Ok(());
        }
        let update = IssueUpdate {
            description: &report.description(issue.description.as_deref()),
            confidential: !self.args.public_issue,
            note: &report.changed(&told),
            memory: &found.memory(),
        };
        standing.update(issue, &update).await?;
        note(&format!("The issue is up to date: {}", issue.web_url));
        Ok(())
    }
}

/// The place of a message: the path of the file in its repository, and the line.
fn place(found: &Diagnostic, loaded: &Loaded) -> String {
    let path = loaded.sources.path(found.primary.span.file);
    let path = path_in_repository(path);
    let line = loaded.sources.position(found.primary.span);
    let line = line.map_or(1, |position| position.line);
    format!("{path}:{line}")
}

/// Names issues that look like this program's and are not: those of a former token's user, or forged ones.
fn name_others(issues: &[Issue]) {
    for issue in issues {
        tracing::warn!(
            "{} has the marker of this issue, and {} opened it, not the user of this token; it is not written to",
            printable(&issue.web_url),
            printable(&issue.author.username)
        );
    }
}
