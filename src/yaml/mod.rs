//! YAML with places: reads every mistake of a file in one run, writes new files, and adds to files that people wrote.
//!
//! [`parse()`] makes a tree of [`Node`]s that records the place of every key and value; [`decode()`] decodes it into
//! any `serde::Deserialize` and reports each mistake at its place. [`write()`] makes a new file, [`insert()`] adds
//! entries to an existing one, and a [`EditedText`] changes its values; [`quote()`] decides for all what needs quotes. This
//! module knows nothing of Vault.

mod decode;
mod edited;
mod insert;
mod mend;
mod parse;
mod place;
mod quote;
mod scalar;
mod similar;
mod syntax;
mod tree;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use decode::{decode, report_misspelt};
pub(crate) use edited::{EditedText, EditedValue, Step};
pub(crate) use insert::{TextEntry, append, insert, insert_at};
pub(crate) use mend::{with_entry, without_line};
pub(crate) use parse::parse;
pub(crate) use place::{item_span, key_span, value_span};
pub(crate) use quote::{quote, quote_in_braces};
pub(crate) use similar::is_close;
pub(crate) use tree::{Entry, Node, Value, without_duplicates};
pub(crate) use write::{NewEntry, NewFile, NewValue, write};
