//! What a new repository is about: from the options, the variables of a job, the clone that it is in, or from the user.

use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::str::FromStr;

use super::super::gitlab::timeout;
use super::super::{Error, unless_stopped};
use crate::cli::{Global, InitArgs as Args};
use crate::files;
use crate::gitlab::{Directory, GitLabClient, Job, PathOwner, gitlab_address};
use crate::init::{GitRemote, NewRepository};
use crate::log::note;
use crate::report::Shown;
use crate::stop::Stop;
use crate::value::{AccountId, ProjectId};

/// The longest reply to an answer that does not fit, in characters.
const LONGEST_REPLY: usize = 300;

/// What the repository is about.
///
/// # Errors
/// When something is missing and there is no terminal to ask on.
pub(super) async fn repository(global: &Global, args: &Args) -> Result<NewRepository, Error> {
    let remote = remote(args);
    let gitlab = args.gitlab.clone();
    let gitlab = gitlab.or_else(|| Some(remote.as_ref()?.gitlab.clone()));
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    let known_id = match args.project_id {
        None => number(global, args, remote.as_ref()).await,
        id => id,
    };
    if !can_ask {
        let missing = [
            ("--vault", args.vault.is_none()),
            ("--gitlab", gitlab.is_none()),
            ("--project-id", known_id.is_none()),
        ];
        let missing = missing.into_iter();
        let missing: Vec<&str> = missing
            .filter_map(|(flag, is_missing)| is_missing.then_some(flag))
            .collect();
        if !missing.is_empty() {
            return Err(Error::MissingOptions(missing.join(", ")));
        }
        if let (None, Some(remote)) = (&args.gitlab, &remote) {
            note(&format!(
                "GitLab is {}, by the remote origin.",
                remote.gitlab
            ));
        }
    }
    let vault = given(
        &args.vault,
        "Vault's address, such as https://vault.example.com",
        None,
    )?;
    let suggested = gitlab.filter(|_| args.gitlab.is_none());
    let gitlab = given(
        &args.gitlab,
        "GitLab's address, such as https://git.example.com",
        suggested,
    )?;
    let project_id = given(
        &args.project_id,
        "The number of this project in GitLab (on its page, under the name)",
        known_id,
    )?;
    let accounts = match args.account.as_slice() {
        [] if can_ask => accounts()?,
        accounts => accounts.to_vec(),
    };
    let image = match &args.image {
        None if can_ask => {
            optional("The image of the pipeline's jobs by its digest, if it is built already")?
        }
        image => image.clone(),
    };
    Ok(NewRepository {
        audience: args.audience.clone().unwrap_or_else(|| vault.clone()),
        vault,
        gitlab,
        project_id,
        branch: args.branch.clone(),
        accounts,
        owner: args.owner.clone(),
        component: args.component.clone(),
        image,
    })
}

/// Where the clone came from that the folder is in.
pub(super) fn remote(args: &Args) -> Option<GitRemote> {
    GitRemote::of(&files::origin(&args.folder)?)
}

/// The number of the remote's project, as GitLab says, where a token for it is given. The token goes to the GitLab that was
/// named by an option or variable, and not to whatever a clone came from.
pub(super) async fn number(
    global: &Global,
    args: &Args,
    remote: Option<&GitRemote>,
) -> Option<ProjectId> {
    let project = &remote?.project;
    let directory = directory(global, args).ok()??;
    let stop = Stop::on_signals().ok()?;
    match unless_stopped(&stop, directory.owner_of(project)).await {
        Ok(PathOwner::Project(id)) => {
            note(&format!("GitLab says that {project} is the project {id}."));
            ProjectId::try_from(id).ok()
        }
        _ => None,
    }
}

/// GitLab, if there is an access token for it.
///
/// # Errors
/// When its address is missing, or the token can't be used.
pub(super) fn directory(global: &Global, args: &Args) -> Result<Option<Directory>, Error> {
    let job = Job::from_environment();
    let token_file = args.gitlab_token.gitlab_token_file.as_deref();
    if !job.has_access_token(token_file) {
        return Ok(None);
    }
    let Some(gitlab) = &args.gitlab else {
        return Err(Error::MissingOptions("--gitlab".into()));
    };
    let address = gitlab_address(&gitlab.to_string());
    let settings = job.reading("init", address.as_ref(), token_file, timeout(global))?;
    Ok(Some(Directory::new(GitLabClient::new(settings)?)))
}

fn accounts() -> Result<Vec<AccountId>, Error> {
    let question = "The AWS accounts whose roles projects may name, with commas between";
    let mut accounts = Vec::new();
    'ask: loop {
        let Some(line) = ask(question, None)? else {
            return Ok(accounts);
        };
        let is_between = |c: char| c == ',' || c.is_whitespace();
        for account in line.split(is_between).filter(|part| !part.is_empty()) {
            match AccountId::try_from(account.to_owned()) {
                Ok(account) => accounts.push(account),
                Err(error) => {
                    say(&error);
                    accounts.clear();
                    continue 'ask;
                }
            }
        }
        return Ok(accounts);
    }
}

/// The value of an option, or what the user answers; `suggested` stands for an empty answer.
fn given<T: Clone + FromStr<Err: Display> + Display>(
    value: &Option<T>,
    question: &str,
    suggested: Option<T>,
) -> Result<T, Error> {
    if let Some(value) = value {
        return Ok(value.clone());
    }
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if let (false, Some(suggested)) = (can_ask, &suggested) {
        return Ok(suggested.clone());
    }
    let shown = suggested.as_ref().map(ToString::to_string);
    loop {
        let answer = ask(question, shown.as_deref())?;
        match (answer.map(|answer| answer.parse()), &suggested) {
            (Some(Ok(value)), _) => return Ok(value),
            (None, Some(suggested)) => return Ok(suggested.clone()),
            (Some(Err(error)), _) => say(&error),
            (None, None) => say(&"an answer is needed here"),
        }
    }
}

/// What the user answers; none if that is nothing.
fn optional<T: FromStr<Err: Display>>(question: &str) -> Result<Option<T>, Error> {
    loop {
        match ask(question, None)?.map(|answer| answer.parse()) {
            None => return Ok(None),
            Some(Ok(value)) => return Ok(Some(value)),
            Some(Err(error)) => say(&error),
        }
    }
}

/// Asks on the terminal; none for an empty line.
fn ask(question: &str, suggested: Option<&str>) -> Result<Option<String>, Error> {
    let suggested = suggested
        .map(|text| format!(" [{text}]"))
        .unwrap_or_default();
    let mut terminal = io::stderr().lock();
    // Without a terminal to ask on, there is no answer either.
    let _ = write!(terminal, "{question}{suggested}: ").and_then(|()| terminal.flush());
    let mut line = Vec::new();
    let read = io::stdin().lock().read_until(b'\n', &mut line);
    let length = read.map_err(|error| Error::Read {
        name: "standard input".into(),
        error,
    })?;
    if length == 0 {
        let _ = writeln!(terminal);
        return Err(Error::Unanswered);
    }
    let line = String::from_utf8_lossy(&line);
    Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
}

fn say(error: &dyn Display) {
    let text = Shown::clipped(&error.to_string(), LONGEST_REPLY);
    // If standard error is closed, there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}
