//! `show`: prints a saved plan.

use std::path::Path;

use super::{Error, Exit, input_name, printed, read_input};
use crate::cli::{Global, Show as Args};
use crate::plan::{FileError, Plan, Saved};
use crate::report::{self, Review};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let plan = read_plan(&args.plan)?;
    printed(report::write(
        Review::of_saved(&plan),
        args.format,
        &global.styles(),
        &mut std::io::stdout(),
    ))?;
    Ok(Exit::Success)
}

/// A saved plan, from a file or from standard input.
pub(super) fn read_plan(path: &Path) -> Result<Plan, FileError> {
    let name = input_name(path);
    let text = read_input(path).map_err(|error| FileError::Read {
        name: name.clone(),
        error,
    })?;
    Saved::parse(&name, &text)
}
