//! What a token has to be allowed: for the policy of a pipeline, and before the first write of an apply.
//!
//! All of it comes from the requests that the resources themselves make, so that a new kind is covered by what it says
//! of itself.

mod least;
mod needs;
mod preflight;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use least::{
    END_OF_TOKEN, Extent, Purpose, REVOKE_SELF, least, own_of_login, own_of_policy,
};
pub(crate) use preflight::{PreflightError, check};
pub(crate) use waiting::waiting;
