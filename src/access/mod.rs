//! Who can reach what, by JWT roles, policies and AWS roles: for every JWT that GitLab can sign. Pure.
//!
//! A [`Configuration`] is what decides: the roles, policies and mounts of the files, of Vault, or of what Vault will hold.
//! From it come [`Ways`]: every way to an AWS role, with the set of JWTs ([`Jwts`]) that have it, and whatever can't be read
//! as [`Unknown`]. All questions are asked of them:
//!
//! - [`reachability()`] finds the ways to some identities, for some JWTs. [`Reachability`] can be narrowed to one job, whose
//!   answer is a [`Verdict`], and split into the [`Row`]s of a matrix.
//! - [`Ways::obstacles`] says what keeps a job from an AWS role.
//! - [`changes()`] compares the sets of JWTs for a plan.
//! - [`ProjectNames`] describes the jobs that have some JWTs.
//!
//! Unknown is never nothing: an answer is "nobody" only if [`Reachability::is_nobody`] says so, and ends with
//! [`looked_at()`] and [`not_looked_at()`]. What the servers do is written down in docs/access.md.

mod changes;
mod configuration;
mod effect;
mod identity_power;
mod jwts;
mod login_role;
mod other_grants;
mod phrase;
mod reachability;
mod target;
#[cfg(test)]
mod tests;
mod ways;

pub(crate) use changes::{AccessChange, ChangeKind};
pub(crate) use configuration::Configuration;
pub(crate) use effect::{changes, difference};
pub(crate) use identity_power::{IdentityPower, identity_powers};
pub(crate) use jwts::{Jwts, is_plain, jobs_in};
pub(crate) use login_role::{LoginRole, claim_name, user_claim};
pub(crate) use other_grants::{of_others, unread, with_additions};
pub(crate) use phrase::{Description, ProjectNames};
pub(crate) use reachability::{Reachability, Row, Verdict, looked_at, not_looked_at, reachability};
pub(crate) use target::Target;
pub(crate) use ways::{
    Cause, Finder, Obstacle, OutrankedDeny, RuleRef, Unknown, Way, Ways, jwts_like,
};
