//! Sets of JWTs, as fine-grained as Vault's configuration can distinguish jobs.
//!
//! A [`Language`] is a set of strings, a [`ClaimSet`] a set of values of one claim, [`Bounds`] restrict some claims, and
//! [`Jwts`] are a union of bounds. All of them are closed under "and", "or" and "not", and it is decidable whether they are
//! empty, so a statement about all JWTs can be proved.

mod bounds;
mod claim_set;
mod environment;
mod example;
pub(crate) mod facts;
mod language;
mod server;
mod union;

pub(crate) use bounds::Bounds;
pub(crate) use claim_set::{ClaimSet, Lists, Scalars};
pub(crate) use environment::jobs_in;
pub(crate) use facts::{is_plain, possible};
pub(crate) use language::{Cell, Language};
pub(crate) use server::ServerProfile;
pub(crate) use union::Jwts;
