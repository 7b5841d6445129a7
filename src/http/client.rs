//! The common part of all HTTP clients: TLS roots, DNS, timeouts. It follows no redirect and does not retry on its own.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder};

use super::cause::CaCertFault;

/// The time limit for DNS, TCP and TLS together.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A builder for a client whose exchanges have this time limit.
pub(crate) fn builder(timeout: Duration) -> ClientBuilder {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .tcp_keepalive(Duration::from_secs(30))
        .http2_adaptive_window(true)
        .dns_resolver(Arc::new(Resolver::default()))
}

/// The certificates in a PEM file.
///
/// # Errors
/// When the file can't be read, has no certificate, or has a malformed one.
pub(crate) fn certificates(file: &Path) -> Result<Vec<Certificate>, CaCertFault> {
    let pem = fs::read(file).map_err(|error| CaCertFault::Io(Arc::new(error)))?;
    certificates_in(&pem)
}

/// The certificates in a text in PEM.
///
/// # Errors
/// When it has no certificate, or has a malformed one.
pub(crate) fn certificates_in(pem: &[u8]) -> Result<Vec<Certificate>, CaCertFault> {
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if certificates.is_empty() => Err(CaCertFault::Empty),
        Ok(certificates) => Ok(certificates),
        Err(_) => Err(CaCertFault::Malformed),
    }
}

/// The resolver of the system, with its failures as [`UnknownHost`].
#[derive(Default)]
pub(crate) struct Resolver {
    /// A name, and the host that is resolved in its place.
    pub(crate) alias: Option<(String, String)>,
}

/// The resolver of the system has no address for a host.
#[derive(Debug, thiserror::Error)]
#[error("no address for {host}")]
pub(super) struct UnknownHost {
    pub(super) host: String,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = match &self.alias {
            Some((alias, host)) if alias == name.as_str() => host.clone(),
            _ => name.as_str().to_owned(),
        };
        Box::pin(async move {
            let lookup = host.clone();
            let found =
                tokio::task::spawn_blocking(move || (lookup.as_str(), 0).to_socket_addrs()).await?;
            let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
            if addresses.is_empty() {
                return Err(UnknownHost { host }.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
