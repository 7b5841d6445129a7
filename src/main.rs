//! Keeps Vault's configuration for GitLab jobs as the mapping files say.

mod access;
mod acl;
mod apply;
mod cli;
mod commands;
mod desired;
mod diagnostic;
mod digest;
mod files;
mod gitlab;
mod http;
mod import;
mod lint;
mod live;
mod log;
mod login;
mod mappings;
mod plan;
mod privilege;
mod progress;
mod report;
mod resource;
mod stop;
mod value;
mod vault;
mod yaml;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::Cli;
use crate::commands::Exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    log::init(&cli.global);
    match commands::run(&cli).await {
        Ok(exit) => exit.into(),
        Err(error) => {
            log::error(&error.to_string(), error.help().as_deref());
            Exit::Failure.into()
        }
    }
}

/// A mistake on the command line ends with 1, because 2 says that there are changes.
fn usage(error: &clap::Error) -> ExitCode {
    let exit = if error.use_stderr() {
        Exit::Failure
    } else {
        Exit::Success
    };
    // There is nobody left to tell when the stream is closed.
    let _ = error.print();
    exit.into()
}
