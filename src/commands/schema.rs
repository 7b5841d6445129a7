//! `schema`: prints the JSON Schema of the files.

use super::{Error, Exit, print};
use crate::{lint, mappings};

pub(super) fn run() -> Result<Exit, Error> {
    print(&format!("{:#}\n", mappings::schema(lint::names())))?;
    Ok(Exit::Success)
}
