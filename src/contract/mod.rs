//! Proves `contract.yaml`: what must hold for every JWT. It is pure.
//!
//! `proof` compares each expectation with the sets of JWTs that [`crate::access`] finds; `message` shows what does not hold,
//! with the smallest JWT that breaks it and the places in the files that let it in. What is not known breaks `only`, and
//! keeps nothing of `reaches`. `account` expects the same of `mappings.protected_accounts`.

mod account;
mod check;
mod message;
mod proof;
#[cfg(test)]
mod tests;

pub(crate) use check::{ContractProof, ProvedExpectation, check, has_contract, unread};
