//! The HTTP client for Vault: its TLS roots, and the name that stands for its host.

use std::sync::Arc;

use reqwest::Certificate;
use url::Url;

use super::Settings;
use super::error::Error;
use crate::http::client::{self, Resolver};
use crate::http::fault;

/// An HTTP client for one Vault.
pub(super) struct Transport {
    pub(super) http: reqwest::Client,
    /// The address's origin, and the host name that stands for it on the wire with `--tls-server-name`.
    alias: Option<(Url, String)>,
}

impl Transport {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let mut builder =
            client::builder(settings.timeout).pool_max_idle_per_host(settings.parallelism.get());
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
            .map_err(|error| Error::TlsSetup(fault::innermost(&error)))?;
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
    client::certificates(file)
        .map(Some)
        .map_err(|cause| Error::CaCert {
            file: file.clone(),
            cause,
        })
}
