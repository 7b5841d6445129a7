//! `show`: prints a saved plan.

use std::time::SystemTime;

use super::{Error, Exit, print_review};
use crate::cli::{Global, ShowArgs as Args};
use crate::plan::Saved;
use crate::report::{PageOrigin, Review};

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let plan = Saved::read(&args.plan)?;
    let origin = |_: &Global| PageOrigin {
        made: SystemTime::now(),
        commit: Err("a saved plan has no commit, but the digest of its files"),
    };
    print_review(Review::of_saved(&plan), args.format, global, origin)?;
    Ok(Exit::Success)
}
