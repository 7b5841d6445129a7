//! The common part of all HTTP clients. It knows neither Vault nor GitLab.

mod cause;
pub(crate) mod client;
pub(crate) mod fault;
pub(crate) mod retry;
pub(crate) mod text;

pub(crate) use cause::{CaCertFault, TlsFault, Unreachable};
pub(crate) use fault::Fault;

/// Whole milliseconds, as a number that JSON can hold.
pub(crate) fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
