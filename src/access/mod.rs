//! Who can reach what, by JWT roles, policies and AWS roles. Pure.
//!
//! Two questions are answered from a [`Configuration`]:
//!
//! Who reaches an IAM role, among all JWTs that GitLab can sign? [`Ways`] has every way, each with the set of JWTs
//! ([`Jwts`]) that have it; what can't be read is [`Unknown`]. [`changes()`] compares those sets for a plan. What the servers do
//! is written down in docs/access.md.
//!
//! What does one job get, of which some claims are known? A [`Job`] is what is known. A [`Judge`] says which login roles
//! admit it (`Admitted` or `Refusal`) and what their policies then allow ([`Reach`]): yes, no, only if a claim that is not
//! known is what it has to be ([`Condition`]), or after another job has logged in that shares the alias.

mod admission;
mod changes;
mod condition;
mod configuration;
mod effect;
mod everybody;
mod explanation;
mod grant;
mod index;
mod job;
mod jwts;
mod matrix;
mod obstacle;
mod pattern;
mod phrase;
mod projects;
mod question;
mod reach;
#[cfg(test)]
mod tests;
mod token;
mod ways;

pub(crate) use admission::{claim_name, user_claim};
pub(crate) use changes::{AccessChange, ChangeKind};
pub(crate) use condition::{Condition, Must};
pub(crate) use configuration::{Configuration, LoginRole, Target};
pub(crate) use effect::changes;
pub(crate) use everybody::Everybody;
pub(crate) use explanation::{Answer, Explanation, explain};
pub(crate) use grant::{Grant, Reach, RuleRef};
pub(crate) use job::{Job, is_fixed_by, is_plain};
pub(crate) use jwts::Jwts;
pub(crate) use matrix::{Access, Admittance, Level, Who, accesses, surest};
pub(crate) use phrase::ProjectNames;
pub(crate) use projects::Projects;
pub(crate) use question::{NOT_LOOKED_AT, Reachability, looked_at, reachability};
pub(crate) use reach::Judge;
pub(crate) use ways::{Finder, Unknown, Way, Ways, jwts_like};
