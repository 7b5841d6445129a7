//! `man`: writes the manual pages, for packages.

use std::fs;
use std::path::Path;

use super::{Error, Exit};
use crate::cli::Cli;

pub(super) fn run(folder: &Path) -> Result<Exit, Error> {
    let written =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Cli::whole(), folder));
    match written {
        Ok(()) => Ok(Exit::Success),
        Err(error) => Err(Error::Write {
            name: folder.display().to_string(),
            error,
        }),
    }
}
