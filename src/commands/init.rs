//! `init`: writes a configuration repository, says what its project in GitLab needs, and how OpenBao begins with it.

mod answers;
mod check;
mod openbao;
mod probe;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Exit, print, write_file};
use crate::cli::{Global, InitArgs as Args};
use crate::init::SCHEMA;
use crate::report::summary::{self, Initialized};
use crate::{lint, mappings};

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    if args.openbao_init {
        return openbao::run(global, args);
    }
    if args.check {
        return check::run(global, args).await;
    }
    let mappings = args.folder.join("mappings");
    if fs::symlink_metadata(&mappings).is_ok() {
        return Err(Error::Configured(mappings));
    }
    let repository = answers::repository(global, args).await?;
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
    probe::vault(global, &repository.vault).await?;
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
