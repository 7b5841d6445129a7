//! `check`: asks GitLab whether the ids, paths, groups and environments of the files are what the files say.

use url::Url;

use super::gitlab::timeout;
use super::load::{read_revision, show_messages};
use super::session::unless_stopped;
use super::{Error, Exit, checked, print, streams};
use crate::check::{self, OtherSigners, Questions};
use crate::cli::{CheckArgs as Args, Global};
use crate::diagnostic::printable;
use crate::files::{self, Revision};
use crate::gitlab::{Directory, GitLabClient, Job};
use crate::mappings;
use crate::progress::Progress;
use crate::report::{CheckAnswer, CheckFormat, Checked, CheckedSubject, plural};
use crate::stop::Stop;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    streams::one_place_each(args.report.iter().map(|(_, file)| file))?;
    let token_file = args.gitlab.gitlab_token_file.as_deref();
    let settings = Job::from_environment().reading(
        "check",
        args.gitlab_url.as_ref(),
        token_file,
        timeout(global),
    )?;
    let api = settings.api.clone();
    let directory = Directory::new(GitLabClient::new(settings)?);
    let mut loaded = mappings::load(&global.mappings(), global.now());
    checked(global, &mut loaded)?;
    let mut questions = Questions::of(&loaded);
    let signers = OtherSigners::of(&loaded, &api);
    signers.leave_out(&mut questions);
    if let Some(revision) = &args.changed_since {
        leave_unchanged_out(global, revision, &mut questions)?;
    }
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    let progress = Progress::on_terminal();
    let asked = async { Ok::<_, Error>(check::ask(&directory, &questions, &progress).await) };
    let mut facts = unless_stopped(&stop, asked).await?;
    if facts.is_empty()
        && let Some(failure) = facts.failure
    {
        return Err(failure.into());
    }
    let outcome = check::compare(&questions, &facts, &loaded.sources);
    let answer = CheckAnswer {
        outcome: &outcome,
        sources: &loaded.sources,
        gitlab: address(&api),
        since: args.changed_since.clone(),
        not_looked_at: signers.not_looked_at().collect(),
    };
    let exit = finish(global, args, &answer);
    match facts.failure.take() {
        // What was found is printed; what the failure left unknown is the last word.
        Some(failure) => Err(failure.into()),
        None => exit,
    }
}

/// The address of GitLab, without the path of its API.
fn address(api: &Url) -> String {
    let api = api.as_str().trim_end_matches('/');
    api.strip_suffix("/api/v4").unwrap_or(api).to_owned()
}

/// Leaves out what the files said where they parted from a revision: what others have merged there since is not a change.
fn leave_unchanged_out(
    global: &Global,
    revision: &str,
    questions: &mut Questions,
) -> Result<(), Error> {
    let mappings = global.mappings();
    let base = Revision::merge_base(&mappings, revision).unwrap_or_else(|error| {
        tracing::warn!(
            "compared with {} itself, as the commit from which it parted is unknown: {error}",
            printable(revision)
        );
        revision.to_owned()
    });
    let (before, _folder) = read_revision(&mappings, &base, global.now())?;
    questions.retain_changed(&Questions::of(&before));
    Ok(())
}

/// Reports the outcome.
fn finish(global: &Global, args: &Args, answer: &CheckAnswer<'_>) -> Result<Exit, Error> {
    let (outcome, sources) = (answer.outcome, answer.sources);
    show_messages(global, &outcome.diagnostics, sources);
    let checked = Checked {
        diagnostics: &outcome.diagnostics,
        sources,
        subject: CheckedSubject::GitLab {
            comparisons: outcome.comparisons(),
        },
        path: &files::path_in_repository,
    };
    let is_printed = streams::write_reports(&args.report, &checked)?;
    if !is_printed {
        print(&match args.format {
            CheckFormat::Text => answer.text(),
            CheckFormat::Json => answer.json(),
        })?;
    }
    match outcome.counts() {
        (errors @ 1.., _) => Err(Error::OtherAtGitLab(plural(errors, "error"))),
        (0, warnings @ 1..) if args.deny_warnings => {
            Err(Error::Warnings(plural(warnings, "warning")))
        }
        _ => Ok(Exit::Success),
    }
}
