//! `completions`: prints a shell's completions.

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::{Error, Exit, print};
use crate::cli::{Cli, Global};

pub(super) fn run(shell: Shell) -> Result<Exit, Error> {
    let mut completions = Vec::new();
    clap_complete::generate(
        shell,
        &mut shown(&Cli::command()),
        "vault-provisioner",
        &mut completions,
    );
    print(&String::from_utf8_lossy(&completions))?;
    Ok(Exit::Success)
}

/// What the help shows: the generators would complete hidden commands too.
fn shown(whole: &Command) -> Command {
    let commands = whole.get_subcommands();
    let shown = commands.filter(|command| !command.is_hide_set()).cloned();
    Global::augment_args(Command::new("vault-provisioner"))
        .version(env!("CARGO_PKG_VERSION"))
        .subcommands(shown)
}
