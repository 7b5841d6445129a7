//! `schema`: prints the format of the files, as JSON Schema or as a page for people.

mod page;

use super::{Error, Exit, print};
use crate::cli::{Schema as Args, SchemaFormat};
use crate::{lint, mappings};

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let schema = mappings::schema(lint::names());
    match args.format {
        SchemaFormat::Json => print(&format!("{schema:#}\n"))?,
        SchemaFormat::Markdown => print(&page::write(&schema))?,
    }
    Ok(Exit::Success)
}
