//! `show`: prints a saved plan.

use super::{Error, Exit, print_review};
use crate::cli::{Global, ShowArgs as Args};
use crate::plan::Saved;
use crate::report::Review;

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let plan = Saved::read(&args.plan)?;
    print_review(Review::of_saved(&plan), args.format, global)?;
    Ok(Exit::Success)
}
