//! The ways by which JWTs reach AWS roles, for every JWT that GitLab can sign.
//!
//! A way is an auth mount and a role that admits the JWT, the rules that decide, the path that gives the credentials, and
//! the AWS role. Its condition is a set of JWTs ([`Jwts`](super::jwts::Jwts)): nothing here loops over the jobs of the
//! files. docs/access.md describes what the servers do.

mod admission;
mod collect;
mod finder;
mod index;
mod obstacle;
mod opaque;
mod outranked;
mod piece;
mod power;
mod request;
mod second_login;
mod solutions;
mod template;
mod token;
mod touched;
mod unknown;
mod way;

pub(crate) use admission::jwts_like;
pub(crate) use collect::Ways;
pub(crate) use finder::Finder;
pub(crate) use obstacle::Obstacle;
pub(crate) use outranked::OutrankedDeny;
pub(super) use piece::{DirectiveValue, Piece};
pub(crate) use unknown::{Cause, Unknown};
pub(crate) use way::{Identity, RuleRef, Way};
