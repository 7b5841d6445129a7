//! The HTTP client for Vault: its TLS roots, and the name that stands for its host.

use std::sync::{Arc, PoisonError, RwLock};

use reqwest::{Certificate, Method, RequestBuilder};
use url::Url;

use super::Settings;
use super::error::Error;
use crate::http::client::{self, Resolver};
use crate::http::fault;

/// HTTP to one Vault.
pub(super) struct Transport {
    http: RwLock<Connections>,
    roots: Option<Vec<Certificate>>,
    /// The address's origin, and the host name that stands for it on the wire with `--tls-server-name`.
    alias: Option<(Url, String)>,
}

/// A client with its pool of connections.
struct Connections {
    client: reqwest::Client,
    /// How many clients there were before it.
    number: u64,
}

impl Transport {
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let alias = settings.tls_server_name.as_ref();
        let alias = alias.map(|name| (settings.address.url().clone(), name.as_str().to_owned()));
        let roots = roots(settings)?;
        let client = connect(settings, roots.clone())?;
        Ok(Self {
            http: RwLock::new(Connections { client, number: 0 }),
            roots,
            alias,
        })
    }

    /// A request, and the number of the connections that it will use.
    pub(super) fn request(&self, method: Method, url: Url) -> (RequestBuilder, u64) {
        let http = self.http.read().unwrap_or_else(PoisonError::into_inner);
        let request = http.client.request(method, self.dialled(url));
        (request, http.number)
    }

    /// Uses none of these connections any more: where one has died, the idle ones beside it may have, too, and each
    /// would take an attempt to find out.
    pub(super) fn abandon(&self, number: u64, settings: &Settings) {
        let mut http = self.http.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever was first has done it; and what can't be made anew stays in use.
        if http.number == number
            && let Ok(client) = connect(settings, self.roots.clone())
        {
            let number = number + 1;
            *http = Connections { client, number };
        }
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

/// A client that has no connection yet.
fn connect(settings: &Settings, roots: Option<Vec<Certificate>>) -> Result<reqwest::Client, Error> {
    let mut builder =
        client::builder(settings.timeout).pool_max_idle_per_host(settings.parallelism.get());
    if let Some(roots) = roots {
        builder = builder.tls_certs_only(roots);
    }
    let mut resolver = Resolver::default();
    if let Some(name) = &settings.tls_server_name {
        resolver.alias = Some((name.as_str().to_owned(), settings.address.host()));
        // A proxy would look up the name instead of the address's host.
        builder = builder.no_proxy();
    }
    let client = builder.dns_resolver(Arc::new(resolver)).build();
    client.map_err(|error| Error::TlsSetup(fault::innermost(&error)))
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
