//! `init --openbao-init`: prints the stanza with which OpenBao sets itself up from the files at its first start.

use super::super::{Error, Exit, print};
use crate::cli::{Global, InitArgs as Args};
use crate::commands::load::checked;
use crate::{mappings, report, self_init};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let mut loaded = mappings::load(&args.folder.join("mappings"), global.now());
    let desired = checked(global, &mut loaded)?;
    print(&report::self_init(&self_init::of(&desired)))?;
    Ok(Exit::Success)
}
