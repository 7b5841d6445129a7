//! Who can reach what: JWT roles, policies and AWS roles held against what is known of a job. Pure.
//!
//! A [`Job`] is what is known of a job's claims. A [`Configuration`] says, through its [`Judge`], which login roles admit
//! it (`Admitted` or `Refusal`) and what their policies then allow (`Reach`). Answers have three values: yes, no, and only if a
//! claim that is not known is what it has to be ([`Condition`]).
//!
//! Metadata belongs to an entity's alias, not to a token, and each login replaces it. So there is a fourth answer: what a
//! token reaches after another job has logged in that shares its alias (`AfterOther`).
//!
//! Not looked at: policies that operators give to entities or groups, and a user claim of one role whose values are those
//! of another claim at another role.

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
mod matrix;
mod obstacle;
mod pattern;
mod projects;
mod reach;
#[cfg(test)]
mod tests;
mod token;

pub(crate) use admission::{claim_name, user_claim};
pub(crate) use changes::{AccessChange, Difference};
pub(crate) use condition::{Condition, Must};
pub(crate) use configuration::{Configuration, LoginRole, Target};
pub(crate) use effect::changes;
pub(crate) use everybody::Everybody;
pub(crate) use explanation::{Answer, Explanation, explain};
pub(crate) use grant::{Grant, Reach, RuleRef};
pub(crate) use job::{Job, is_fixed_by, is_plain};
pub(crate) use matrix::{Access, Admittance, Level, Who, accesses, surest};
pub(crate) use projects::Projects;
pub(crate) use reach::Judge;
