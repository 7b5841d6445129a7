//! The HTTP client: TLS roots, DNS, proxies, connection pool.

use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use url::Url;

use super::Settings;
use super::error::{CaCertFault, Error};

/// Time for DNS, TCP and TLS together.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP client for one Vault.
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    /// The address's origin, and the host name that stands for it on the wire with `--tls-server-name`.
    alias: Option<(Url, String)>,
}

impl Transport {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        // Fails only if a provider is already installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();

        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ))
            .timeout(settings.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout))
            .pool_max_idle_per_host(settings.parallelism.get())
            .tcp_keepalive(Duration::from_secs(30))
            .http2_adaptive_window(true);
        if let Some(roots) = roots(settings)? {
            builder = builder.tls_certs_only(roots);
        }
        let mut resolver = Resolver::default();
        let mut alias = None;
        if let Some(name) = &settings.tls_server_name {
            let name = name.as_str().to_owned();
            resolver.alias = Some((name.clone(), settings.address.host()));
            alias = Some((settings.address.url().clone(), name));
            // A proxy would look up the name instead of the address's host.
            builder = builder.no_proxy();
        }
        let http = builder
            .dns_resolver(Arc::new(resolver))
            .build()
            .map_err(|error| Error::TlsSetup(super::fault::innermost(&error)))?;
        Ok(Self { http, alias })
    }

    /// The URL as it goes on the wire: with the TLS server name in place of the address's host, where one is given.
    /// The host of a URL is what TLS sends as SNI and checks the certificate against.
    pub(super) fn dialled(&self, mut url: Url) -> Url {
        if let Some((address, name)) = &self.alias
            && url.origin() == address.origin()
        {
            // Cannot fail: the URL has a host, and the name was parsed as one.
            let _ = url.set_host(Some(name));
        }
        url
    }
}

/// The CA certificates to trust; `None` for the system's.
fn roots(settings: &Settings) -> Result<Option<Vec<Certificate>>, Error> {
    let Some(file) = &settings.ca_cert else {
        // Plain HTTP works on a machine that has no CA certificates at all.
        let needs_none =
            settings.address.is_plain_http() && settings.allow_redirect_hosts.is_empty();
        return Ok(needs_none.then(Vec::new));
    };
    let fault = |cause| Error::CaCert {
        file: file.clone(),
        cause,
    };
    let pem = fs::read(file).map_err(|error| fault(CaCertFault::Io(Arc::new(error))))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(roots) if roots.is_empty() => Err(fault(CaCertFault::Empty)),
        Ok(roots) => Ok(Some(roots)),
        Err(_) => Err(fault(CaCertFault::Malformed)),
    }
}

/// The system's resolver, with failures that can be told apart.
#[derive(Default)]
struct Resolver {
    /// A name, and the host that it stands for.
    alias: Option<(String, String)>,
}

/// The system's resolver has no address for a host.
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
