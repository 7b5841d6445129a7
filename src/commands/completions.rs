//! `completions`: prints a shell's completions.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Error, Exit, print};
use crate::cli::Cli;

pub(super) fn run(shell: Shell) -> Result<Exit, Error> {
    let mut completions = Vec::new();
    clap_complete::generate(
        shell,
        &mut Cli::command(),
        "vault-provisioner",
        &mut completions,
    );
    print(&String::from_utf8_lossy(&completions))?;
    Ok(Exit::Success)
}
