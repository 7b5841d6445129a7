//! Files -> checked, typed configuration.
//!
//! [`source`] reads the files, [`parse`] makes a [`tree`] of each that remembers where everything stands, [`decode`]
//! turns trees into types. Each step reports all that it finds and hands on what is left, so that one run shows
//! every mistake in every file.

pub(crate) mod decode;
pub(crate) mod parse;
pub(crate) mod placeholder;
mod scalar;
pub(crate) mod source;
mod syntax;
pub(crate) mod tree;

#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod properties;
