//! Sets of JWTs: everything that a configuration of Vault can tell apart of a job.
//!
//! A [`Language`] is a set of texts, a [`ClaimSet`] a set of values of one claim, [`Bounds`] say of some claims what they
//! may be, and [`Jwts`] are a union of bounds. All of them are closed under "and", "or" and "not", and it can be decided
//! whether they are empty, so a statement over all JWTs can be proved.

mod bounds;
mod claim_set;
mod example;
pub(crate) mod facts;
mod language;
mod pattern;
mod server;
mod union;

pub(crate) use bounds::Bounds;
pub(crate) use claim_set::{ClaimSet, Lists, Scalars};
pub(crate) use facts::{is_plain, possible};
pub(crate) use language::{Cell, Language};
pub(crate) use pattern::{GlobToken, TextPattern};
pub(crate) use server::ServerProfile;
pub(crate) use union::Jwts;
