//! When a request to Vault is sent again.

use super::error::Error;
use crate::http::retry;

pub(super) use crate::http::retry::{Again, Patience, Schedule, retry_after};

/// A failed attempt, and whether another one may help.
pub(super) type Failure = retry::Failure<Error>;
