//! The output of all formats.

use std::io;

/// A result that is written piece by piece.
pub(crate) type Out<'o> = &'o mut dyn io::Write;
