//! `show`: prints a saved plan.

use super::{Error, Exit, printed};
use crate::cli::{Global, Show as Args};
use crate::plan::Saved;
use crate::report::{self, Review};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let plan = Saved::read(&args.plan)?;
    printed(report::write(
        Review::of_saved(&plan),
        args.format,
        &global.styles(),
        &mut std::io::stdout(),
    ))?;
    Ok(Exit::Success)
}
