//! Vault's policy language: parses and renders rules, compares the meaning of two policies, and evaluates requests.
//!
//! The parser is our own because servers read HCL 1, and the crate `hcl-rs` reads HCL 2. It refuses what servers accept:
//! `{ a = 1 b = 2 }` on one line, `{ a = 1, }`, `[,"a"]`, quoted keys, a brace on the next line and `${` in a path.
//! It would add eight crates.
//!
//! Sources: <https://developer.hashicorp.com/vault/docs/concepts/policies> and what the servers do.

mod attribute;
mod error;
mod evaluate;
mod meaning;
mod parse;
mod power;
mod read;
mod render;
mod rule;
mod scan;
mod value;

pub(crate) use error::{ErrorKind, ParseError};
pub(crate) use evaluate::{
    NamedPolicy, RequestVerdict, evaluate, has_wildcard, path_matches, specificity,
};
pub(crate) use meaning::same;
pub(crate) use power::{ANY, common_path, powers};
pub(crate) use read::{ReadRule, parse, parse_each, parse_lossless};
pub(crate) use render::render;
pub(crate) use rule::{Capability, PathError, PathPattern, Rule, Rules};
pub(crate) use value::{ParameterSets, ParameterValue, Parameters};

#[cfg(test)]
pub(crate) use self::meaning::Meaning;

#[cfg(test)]
mod tests;
