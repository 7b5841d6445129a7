//! Compares the files with GitLab: whether each number is that of the path beside it, and which environments there are.
//!
//! Vault decides by the number, and reviewers read the path. [`questions`] collects what the files say, [`ask()`] asks GitLab,
//! and [`verdict`] compares the two, without a network.

mod ask;
mod claims;
mod questions;
mod signers;
#[cfg(test)]
mod tests;
mod verdict;

pub(crate) use ask::{ask, ask_states};
pub(crate) use questions::Questions;
pub(crate) use signers::OtherSigners;
pub(crate) use verdict::{CheckOutcome, UnknownFact, compare};
