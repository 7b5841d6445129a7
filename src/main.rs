//! Keeps Vault's configuration for GitLab jobs equal to the mapping files.

mod access;
mod acl;
mod apply;
mod check;
mod cli;
mod commands;
mod compatibility;
mod contract;
mod desired;
mod diagnostic;
mod digest;
mod files;
mod gitlab;
mod http;
mod id_token;
mod import;
mod init;
mod lint;
mod live;
mod log;
mod login;
mod mappings;
mod plan;
mod privilege;
mod progress;
mod project_settings;
mod report;
mod resource;
mod self_init;
mod session_cache;
mod stop;
mod trust_policy;
mod usage;
mod value;
mod vault;
mod yaml;

use std::io::{self, Write};
use std::process::ExitCode;

use crate::cli::Cli;
use crate::commands::Exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    Cli::complete();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    log::init(&cli.global);
    let result = match (&cli.explain, &cli.command) {
        (Some(code), _) => commands::explain_code(code),
        (None, Some(command)) => commands::run(&cli.global, command).await,
        (None, None) => return usage(&Cli::no_command()),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            log::error(error.code(), &error.lines(), &error.help_lines());
            log::hint(error.code());
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
    let _ = match without_passwords(&error.render().to_string()) {
        Some(hidden) => io::stderr().write_all(hidden.as_bytes()),
        None => error.print(),
    };
    exit.into()
}

/// The text without the user names and passwords in its addresses, if there are any: clap repeats the value that is wrong.
fn without_passwords(text: &str) -> Option<String> {
    let mut addresses = text.split("://");
    let mut hidden = addresses.next()?.to_owned();
    let mut found = false;
    for address in addresses {
        let end = address.find(|c: char| c.is_whitespace() || "'`\"".contains(c));
        let at = address[..end.unwrap_or(address.len())].rfind('@');
        found |= at.is_some();
        hidden.extend(["://", at.map_or("", |_| "…"), &address[at.unwrap_or(0)..]]);
    }
    found.then_some(hidden)
}
