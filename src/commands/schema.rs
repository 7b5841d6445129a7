//! `schema`: prints the format of the files, as JSON Schema or as a page for people.

use super::{Error, Exit, print};
use crate::cli::{SchemaArgs as Args, SchemaFormat};
use crate::report::schema;
use crate::{lint, mappings};

pub(super) fn run(args: &Args) -> Result<Exit, Error> {
    let files = mappings::schema(lint::names());
    match args.format {
        SchemaFormat::Json => print(&format!("{files:#}\n"))?,
        SchemaFormat::Markdown => print(&schema::page(&files))?,
    }
    Ok(Exit::Success)
}
