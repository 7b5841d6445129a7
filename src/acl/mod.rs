//! The language of Vault's ACL policies: text to rules and back, when two texts mean the same, and what they allow.
//!
//! The parser is our own because Vault reads HCL 1 and the `hcl-rs` crate HCL 2: of the forms that the server takes,
//! hcl-rs refuses `{ a = 1 b = 2 }` on one line, `{ a = 1, }`, quoted keys and `[,"a"]`, and it would bring 13 crates.
//!
//! Sources: <https://developer.hashicorp.com/vault/docs/concepts/policies> and what the servers do.

mod evaluate;
mod meaning;
mod parse;
mod read;
mod render;
mod rule;
mod scan;
mod template;

pub use evaluate::{Decider, Policy, Verdict, evaluate};
pub use meaning::{Meaning, same};
pub use parse::{ErrorKind, ParseError};
pub use read::{parse, parse_lossless};
pub use render::render;
pub use rule::{Capability, ParameterValue, PathError, PathPattern, Rule, Rules};
pub use template::{Alias, AllowedInValues, Entity, Group, TemplateError, Templated, template};

#[cfg(test)]
mod tests;
