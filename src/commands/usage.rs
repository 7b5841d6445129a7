//! `usage`: shows when each mapping was last used, according to Vault's audit log.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

use super::{Error, Exit, files, input_name, is_stdout, printed};
use crate::cli::{Global, UsageArgs as Args, UsageFormat};
use crate::desired::Desired;
use crate::report::usage::{Unused, UsageAnswer};
use crate::usage::{self, Tally};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let (desired, loaded) = files(global)?;
    let tally = read_logs(global, &args.logs, &desired)?;
    let answer = UsageAnswer {
        tally: &tally,
        desired: &desired,
        lines: &loaded.source_lines(),
        unused: args
            .unused_for
            .map(|time| Unused::for_at_least(time, SystemTime::now())),
    };
    let mut out = io::stdout().lock();
    printed(match args.format {
        UsageFormat::Text => answer.text(&mut out),
        UsageFormat::Csv => answer.csv(&mut out),
        UsageFormat::Json => answer.json(&mut out),
    })?;
    Ok(Exit::Success)
}

/// Adds up audit logs; `-` is standard input.
///
/// # Errors
/// When one can't be read.
pub(super) fn read_logs(
    global: &Global,
    logs: &[PathBuf],
    desired: &Desired,
) -> Result<Tally, Error> {
    let namespace = global.connection.namespace.as_deref().unwrap_or_default();
    let logs = logs.iter().map(|path| {
        let log = if is_stdout(path) {
            Ok(Box::new(io::stdin()) as Box<dyn Read>)
        } else {
            File::open(path).map(|file| Box::new(file) as Box<dyn Read>)
        };
        (input_name(path), log)
    });
    Ok(usage::read(logs, desired, namespace)?)
}
