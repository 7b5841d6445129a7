//! YAML with places: reads every mistake of a file in one run.
//!
//! [`parse()`] makes a tree of [`Node`]s that remembers where everything stands; [`decode()`] makes any
//! `serde::Deserialize` of it and reports each mistake at its place. This module knows nothing of Vault.

mod decode;
mod parse;
mod place;
mod scalar;
mod similar;
mod syntax;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use decode::{decode, report_misspelt};
pub(crate) use parse::parse;
pub(crate) use place::{item_span, key_span, value_span};
pub(crate) use scalar::Plain;
pub(crate) use similar::is_close;
pub(crate) use tree::{Entry, Node, Value, without_duplicates};
