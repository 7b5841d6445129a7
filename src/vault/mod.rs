//! Talking to Vault: HTTP, login, retry. Knows no resource.
//!
//! A [`Session`] logs in and, when it is closed, revokes what it logged in for. It hands out a [`Reader`], which can't
//! write, for planning, and a [`Writer`] for applying. Both are cheap to clone; any number of requests may be started
//! at once, and `Settings::parallelism` of them are in flight.

mod address;
mod answer;
mod call;
mod capabilities;
mod client;
mod connection;
mod error;
mod health;
mod index;
mod limit;
mod message;
mod outage;
mod reader;
mod redirect;
mod request;
mod retry;
mod session;
#[cfg(test)]
mod tests;
mod token;
mod transport;
mod writer;

pub(crate) use address::{
    Address, AddressError, HostError, Namespace, NamespaceError, RedirectHost, TlsServerName,
};
pub(crate) use capabilities::Capabilities;
pub(crate) use error::Error;
pub(crate) use health::ServerId;
pub(crate) use reader::Reader;
pub(crate) use session::{Credentials, Session};
pub(crate) use writer::Writer;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach a Vault.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it is.
    pub(crate) address: Address,
    /// The namespace that every path is relative to.
    pub(crate) namespace: Namespace,
    /// A PEM bundle that replaces the system's CA certificates.
    pub(crate) ca_cert: Option<PathBuf>,
    /// The name that is sent as SNI and that the certificate must carry, instead of the address's host.
    /// The connection is then made directly, without the proxies of the environment.
    pub(crate) tls_server_name: Option<TlsServerName>,
    /// The most that one request may take, its answer included.
    pub(crate) timeout: Duration,
    /// The most requests in flight.
    pub(crate) parallelism: NonZeroUsize,
    /// Hosts that may be given the token when Vault redirects to them.
    pub(crate) allow_redirect_hosts: Vec<RedirectHost>,
}

impl Settings {
    /// The defaults for everything but the address: root namespace, system CAs, 30 s, at most 128 requests in flight.
    pub(crate) fn new(address: Address) -> Self {
        Self {
            address,
            namespace: Namespace::default(),
            ca_cert: None,
            tls_server_name: None,
            timeout: Duration::from_secs(30),
            parallelism: NonZeroUsize::MIN.saturating_add(127),
            allow_redirect_hosts: Vec::new(),
        }
    }
}
