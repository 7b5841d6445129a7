//! `completions`: prints what a shell needs to ask this program for completions.

use clap_complete::Shell;
use clap_complete::env::Shells;

use super::{Error, Exit, print};
use crate::cli::COMPLETE;

/// The name that people type, and that the shell runs.
const PROGRAM: &str = "vault-provisioner";

pub(super) fn run(shell: Shell) -> Result<Exit, Error> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    if let Some(completer) = shells.completer(&shell.to_string()) {
        let written =
            completer.write_registration(COMPLETE, PROGRAM, PROGRAM, PROGRAM, &mut script);
        written.map_err(|error| Error::Write {
            name: "the completions".into(),
            error,
        })?;
    }
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Success)
}
