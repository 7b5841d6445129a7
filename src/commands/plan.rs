//! `plan`: shows what has to change in Vault.

use std::io;
use std::path::Path;

use super::contract::Contracted;
use super::gitlab::{subject, timeout, unless_stopped};
use super::{
    Error, Exit, Looks, PlanWithFindings, allows, compare, contract, is_stdout, page_origin,
    print_review, streams, write_report,
};
use crate::cli::{Global, PlanArgs as Args, PlanReport};
use crate::diagnostic::printable;
use crate::files;
use crate::gitlab::{
    GitLabClient, GitLabProject, Job, Marker, StandingNote, StandingSuggestions, Suggestion,
};
use crate::lint;
use crate::log::note;
use crate::mappings::Loaded;
use crate::plan::Saved;
use crate::report::{self, Checked, CheckedSubject, ReportSubject, Review};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let files = args.report.iter().map(|(_, file)| file);
    let files = files.chain(&args.out);
    streams::one_place_each(files.clone())?;
    let is_stdout_taken = files.into_iter().any(|path| is_stdout(path));
    let comment = args
        .comment
        .then(|| MergeRequestNote::new(global, args))
        .transpose()?;
    let (desired, contracted) = contract::load(global);
    let suggestions = match comment {
        Some(_) => suggestions(contracted.files()),
        None => Vec::new(),
    };
    if let Some(comment) = comment.as_ref().filter(|_| !suggestions.is_empty()) {
        comment.suggest(&suggestions).await?;
    }
    let mut allowed = Vec::new();
    let compared = match desired {
        Ok(desired) => {
            allowed = allows::since_target_branch(global, contracted.files());
            for line in &allowed {
                note(line);
            }
            compare(global, &desired, Looks::Plan(&contracted)).await
        }
        Err(error) => Err(error),
    };
    let mut reported = write_checks(args, &contracted, &compared);
    let comparison = compared?;
    let (plan, review) = (&comparison.plan, comparison.review());
    if !is_stdout_taken {
        print_review(review, args.format, global, page_origin)?;
    }
    if let Some(path) = &args.out {
        Saved::write(plan, path)?;
        if !plan.is_empty() && !is_stdout(path) {
            note(&format!(
                "The plan is in {0}; apply it with `vault-provisioner apply {0}`.",
                path.display()
            ));
        }
    }
    for (form, path) in &args.report {
        let written = match form {
            PlanReport::Terraform => {
                write_made(path, |text| report::write_terraform_report(plan, text))
            }
            PlanReport::Page => {
                let origin = page_origin(global);
                write_made(path, |text| {
                    report::write_plan_page(review, Some(&origin), text)
                })
            }
            PlanReport::Checks(_) => Ok(()),
        };
        reported = reported.and(written);
    }
    if let Some(comment) = comment {
        comment.keep(review, &allowed).await?;
        if suggestions.is_empty() {
            // Those of an earlier plan, whose mistakes are gone.
            comment.suggest(&suggestions).await?;
        }
    }
    reported?;
    if args.detailed_exitcode && !plan.is_empty() {
        return Ok(Exit::Changes);
    }
    Ok(Exit::Success)
}

/// Writes the reports about what was checked, whether or not it holds; none where Vault was not compared.
fn write_checks(
    args: &Args,
    contracted: &Contracted,
    compared: &Result<PlanWithFindings, Error>,
) -> Result<(), Error> {
    let reports = args.report.iter().filter_map(|(form, file)| match form {
        PlanReport::Checks(form) => Some((*form, file.clone())),
        PlanReport::Terraform | PlanReport::Page => None,
    });
    let reports: Vec<_> = reports.collect();
    if reports.is_empty() {
        return Ok(());
    }
    let loaded = contracted.files();
    let mut diagnostics = loaded.diagnostics.clone();
    let contract = match compared {
        Ok(_) | Err(Error::Mappings(_)) => contracted.proof(),
        Err(Error::BrokenContract { proof, .. }) => {
            // This proof takes the place of the one for the files alone.
            diagnostics.retain(|message| !message.code.is_of_contract());
            diagnostics.extend(proof.diagnostics().cloned());
            Some(&**proof)
        }
        Err(_) => return Ok(()),
    };
    let deletes = compared.as_ref().ok().map(|comparison| {
        let refusal = comparison.plan.check_deletes(0).err();
        refusal.map(|refusal| refusal.to_string())
    });
    let checked = Checked {
        diagnostics: &diagnostics,
        sources: &loaded.sources,
        subject: CheckedSubject::Plan { contract, deletes },
        path: &files::path_in_repository,
    };
    streams::write_reports(&reports, &checked).map(drop)
}

/// What to write instead of mistakes in the files and of what lints find, where that is certain.
fn suggestions(loaded: &Loaded) -> Vec<Suggestion> {
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(lint::check(loaded));
    report::suggestions(&Checked {
        diagnostics: &diagnostics,
        sources: &loaded.sources,
        subject: CheckedSubject::Files {
            lints: Vec::new(),
            contract: None,
        },
        path: &files::path_in_repository,
    })
}

/// Writes a report that is made in memory first.
fn write_made(path: &Path, make: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Result<(), Error> {
    let mut text = Vec::new();
    make(&mut text).map_err(|error| Error::Write {
        name: path.display().to_string(),
        error,
    })?;
    write_report(path, &text)
}

/// The merge request whose note is kept up to date.
struct MergeRequestNote {
    project: GitLabProject,
    merge_request: u64,
    subject: ReportSubject,
}

impl MergeRequestNote {
    fn new(global: &Global, args: &Args) -> Result<Self, Error> {
        let job = Job::from_environment();
        let token_file = args.gitlab.gitlab_token_file.as_deref();
        let (settings, id, merge_request) =
            job.merge_request("--comment", token_file, timeout(global))?;
        Ok(Self {
            project: GitLabProject::new(GitLabClient::new(settings)?, id),
            merge_request,
            subject: subject(global, &job)?,
        })
    }

    /// Keeps suggestions up to date. A plan without them is still a plan.
    async fn suggest(&self, suggestions: &[Suggestion]) -> Result<(), Error> {
        let standing = StandingSuggestions {
            project: &self.project,
            marker: &Marker::new("suggestion", &[&self.subject.mappings]),
            merge_request: self.merge_request,
        };
        match unless_stopped(standing.keep(suggestions)).await {
            Err(Error::GitLab(error)) => {
                tracing::warn!("there are no suggestions on the merge request: {error}");
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn keep(&self, review: Review<'_>, allowed: &[String]) -> Result<(), Error> {
        let marker = self.subject.marker("plan", &review.plan.server);
        let text = report::note::note(review, allowed, &self.subject, &marker);
        let standing = StandingNote {
            project: &self.project,
            marker: &marker,
            merge_request: self.merge_request,
        };
        for author in unless_stopped(standing.others()).await? {
            tracing::warn!(
                "a note on this merge request has the marker of the plan's note, and {} wrote it, not the user of this token; it is not written to",
                printable(&author)
            );
        }
        unless_stopped(standing.keep(&text)).await
    }
}
