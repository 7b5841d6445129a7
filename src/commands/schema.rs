//! `schema`: prints the JSON Schema of the files.

use super::{Error, Exit, print};
use crate::mappings;

pub(super) fn run() -> Result<Exit, Error> {
    print(&format!("{:#}\n", mappings::schema()))?;
    Ok(Exit::Success)
}
