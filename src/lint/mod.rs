//! Checks for what is valid in the files and still not safe. They are pure, and only `validate` runs them.
//!
//! A lint has a `Code`, whose name is stable, a page in `docs/messages`, a line in `docs/lints.md`, and a place in
//! [`check::LINTS`]. Where the risk is acceptable, the files allow it in that place: `allow: {NAME: why}`.

mod check;
mod claim;
mod dead_rule;
mod finding;
mod issuer;
mod lifetime;
mod login;
mod mapping;
mod metadata;
mod outranked_deny;
mod power;
mod subject;
mod unused;

#[cfg(test)]
mod tests;

pub(crate) use check::{check, names};
use finding::{Finding, Lint};
