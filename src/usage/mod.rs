//! What was used and when, by the audit logs of Vault and OpenBao: <https://developer.hashicorp.com/vault/docs/audit/schema>.
//!
//! An audit log hashes what a request and its answer hold, so a login that was refused does not say which role it asked
//! for, and an error does not say why. Paths, times and the metadata of tokens are plain.

mod entry;
mod log;
mod tally;

pub(crate) use log::{LogError, read};
pub(crate) use tally::{Tally, Times};
