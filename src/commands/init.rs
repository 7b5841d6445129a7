//! `init`: writes a configuration repository.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Error, Exit, print, write_file};
use crate::cli::InitArgs as Args;
use crate::init::{NewRepository, SCHEMA};
use crate::report::summary::{self, Initialized};
use crate::{lint, mappings};

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let mappings = args.folder.join("mappings");
    if fs::symlink_metadata(&mappings).is_ok() {
        return Err(Error::Configured(mappings));
    }
    let repository = repository(args)?;
    let schema = format!("{:#}\n", mappings::schema(lint::names()));
    let schema = std::iter::once((PathBuf::from(SCHEMA), schema));
    let mut initialized = Initialized::default();
    for (path, text) in schema.chain(repository.files()) {
        if write_new(&args.folder.join(&path), &text)? {
            initialized.written.push(path);
        } else {
            initialized.kept.push(path);
        }
    }
    print(&summary::initialized(
        &initialized,
        &args.folder,
        &repository,
    ))?;
    Ok(Exit::Success)
}

/// Writes a file unless there is one, and returns whether it did.
fn write_new(path: &Path, text: &str) -> Result<bool, Error> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    write_file(path, text)?;
    Ok(true)
}

/// What the repository is about: from the options, else from the user.
fn repository(args: &Args) -> Result<NewRepository, Error> {
    let missing = [
        ("--vault", args.vault.is_none()),
        ("--gitlab", args.gitlab.is_none()),
        ("--project-id", args.project_id.is_none()),
    ];
    let missing: Vec<&str> = missing
        .into_iter()
        .filter_map(|(flag, is_missing)| is_missing.then_some(flag))
        .collect();
    let can_ask = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !missing.is_empty() && !can_ask {
        return Err(Error::MissingOptions(missing.join(", ")));
    }
    let vault = given(
        &args.vault,
        "Vault's address, such as https://vault.example.com",
    )?;
    Ok(NewRepository {
        audience: args.audience.clone().unwrap_or_else(|| vault.clone()),
        vault,
        gitlab: given(
            &args.gitlab,
            "GitLab's address, such as https://git.example.com",
        )?,
        project_id: given(
            &args.project_id,
            "The number of this project in GitLab (on its page, under the name)",
        )?,
        branch: args.branch.clone(),
        accounts: args.account.clone(),
        owner: args.owner.clone(),
        component: args.component.clone(),
    })
}

/// The value of an option, or what the user answers.
fn given<T: Clone + FromStr<Err: std::fmt::Display>>(
    value: &Option<T>,
    question: &str,
) -> Result<T, Error> {
    if let Some(value) = value {
        return Ok(value.clone());
    }
    let mut answers = io::stdin().lock().lines();
    loop {
        let mut terminal = io::stderr().lock();
        // Without a terminal to ask on, there is no answer either.
        let _ = write!(terminal, "{question}: ").and_then(|()| terminal.flush());
        let answer = answers.next().and_then(Result::ok);
        let answer = answer.ok_or_else(|| Error::MissingOptions("an answer".into()))?;
        match answer.trim().parse() {
            Ok(value) => return Ok(value),
            Err(error) => {
                let _ = writeln!(terminal, "{error}");
            }
        }
    }
}
