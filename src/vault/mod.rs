//! The client of Vault's API: connections, login, limits, retries. It knows no kind of resource.
//!
//! A [`Session`] logs in, and revokes its token when it is closed. It hands out a [`Reader`], which can't write, for
//! planning, and a `Writer` for applying. Both are cheap to clone. Any number of requests may be started at once; up to
//! [`VaultSettings::parallelism`] of them are in flight.

mod capabilities;
mod client;
mod error;
mod help;
mod interface;
mod limit;
#[cfg(test)]
pub(crate) mod memory;
mod message;
mod probe;
mod reader;
mod request;
mod response;
mod session;
mod settings;
mod storage_index;
#[cfg(test)]
mod tests;
mod token;
mod transport;
mod version;

pub(crate) use capabilities::Capabilities;
#[cfg(test)]
pub(crate) use capabilities::Operation;
pub(crate) use error::VaultError;
pub(crate) use interface::{ReadVault, WriteVault, each};
pub(crate) use probe::{ServerHealth, health};
pub(crate) use reader::Reader;
pub(crate) use session::{ServerId, Session, VaultCredentials};
pub(crate) use settings::{HostError, NamespaceError, VaultAddressError, VaultSettings};
pub(crate) use version::{Edition, ServerVersion, VersionNumber};
