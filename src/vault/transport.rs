//! The HTTP connections to Vault: TLS roots, the TLS server name, and the redirects that may be followed.

use std::sync::{Arc, PoisonError, RwLock};

use reqwest::{Certificate, Method, Response, StatusCode};
use url::Url;

use super::error::VaultError;
use super::settings::{RedirectHost, VaultSettings};
use crate::http::client::{self, Resolver};
use crate::http::fault;

/// HTTP connections to one Vault.
pub(super) struct Transport {
    http: RwLock<Connections>,
    roots: Option<Vec<Certificate>>,
    /// The address, and the host name that replaces its host on the wire with `--tls-server-name`.
    alias: Option<(Url, String)>,
}

/// A client with its pool of connections.
struct Connections {
    client: reqwest::Client,
    /// The number of clients before it.
    number: u64,
}

impl Transport {
    pub(super) fn new(settings: &VaultSettings) -> Result<Self, VaultError> {
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

    /// Sends a request, and returns the number of the connections that it uses.
    pub(super) async fn send(
        &self,
        mut request: reqwest::Request,
    ) -> (reqwest::Result<Response>, u64) {
        self.dial(request.url_mut());
        let (sending, number) = {
            let http = self.http.read().unwrap_or_else(PoisonError::into_inner);
            (http.client.execute(request), http.number)
        };
        (sending.await, number)
    }

    /// Opens new connections for all later requests: if one connection is dead, the idle ones beside it may be dead too,
    /// and each would cost an attempt to find out.
    pub(super) fn abandon(&self, number: u64, settings: &VaultSettings) {
        let mut http = self.http.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have done it already; without a new client, the old one stays in use.
        if http.number == number
            && let Ok(client) = connect(settings, self.roots.clone())
        {
            let number = number + 1;
            *http = Connections { client, number };
        }
    }

    /// Replaces the host of the address with the TLS server name, if there is one: TLS sends the host of the URL as SNI
    /// and checks the certificate against it.
    pub(super) fn dial(&self, url: &mut Url) {
        if let Some((address, name)) = &self.alias
            && url.origin() == address.origin()
        {
            // Can't fail: the URL has a host, and the name was parsed as one.
            let _ = url.set_host(Some(name));
        }
    }
}

/// A client without a connection.
fn connect(
    settings: &VaultSettings,
    roots: Option<Vec<Certificate>>,
) -> Result<reqwest::Client, VaultError> {
    let mut builder =
        client::builder(settings.timeout).pool_max_idle_per_host(settings.parallelism.get());
    if let Some(roots) = roots {
        builder = builder.tls_certs_only(roots);
    }
    let mut resolver = Resolver::default();
    if let Some(name) = &settings.tls_server_name {
        resolver.alias = Some((name.as_str().to_owned(), settings.address.host()));
        // A proxy would resolve the name instead of the host of the address.
        builder = builder.no_proxy();
    }
    let client = builder.dns_resolver(Arc::new(resolver)).build();
    client.map_err(|error| VaultError::TlsSetup(fault::innermost(&error)))
}

/// The CA certificates to trust; `None` for those of the system.
fn roots(settings: &VaultSettings) -> Result<Option<Vec<Certificate>>, VaultError> {
    let Some(file) = &settings.ca_cert else {
        // Plain HTTP must work on a machine without CA certificates.
        let needs_none =
            settings.address.is_plain_http() && settings.allow_redirect_hosts.is_empty();
        return Ok(needs_none.then(Vec::new));
    };
    client::certificates(file)
        .map(Some)
        .map_err(|cause| VaultError::CaCert {
            file: file.clone(),
            cause,
        })
}

/// How many redirects one request follows.
pub(super) const MAX_REDIRECTS: usize = 5;

/// Whether a response with this status redirects a request with this method.
///
/// A client may turn POST into GET on 301 and 302, so they are followed for GET only.
pub(super) fn is_redirect(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        307 | 308 => true,
        301 | 302 => *method == Method::GET,
        _ => false,
    }
}

/// The target of a redirect, or why there is none.
pub(super) fn redirect_target(from: &Url, location: Option<&str>) -> Result<Url, String> {
    let location = location.ok_or("it has no Location header")?;
    let target = from
        .join(location)
        .map_err(|error| format!("its Location is not a URL ({error})"))?;
    if !target.username().is_empty() || target.password().is_some() {
        return Err("its Location contains a user name".to_owned());
    }
    Ok(target)
}

/// Whether a request may follow a redirect with its token: to the same host and port and not from HTTPS to HTTP, or over
/// HTTPS to a host that the user allows. The token is a custom header, which no HTTP client removes on its own.
pub(super) fn may_follow(from: &Url, target: &Url, allowed: &[RedirectHost]) -> bool {
    let is_same_host = from.host() == target.host()
        && from.port_or_known_default() == target.port_or_known_default()
        && (target.scheme() == from.scheme() || target.scheme() == "https");
    is_same_host || target.scheme() == "https" && allowed.iter().any(|host| host.admits(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_followed_to_the_same_or_an_allowed_host_only() {
        let allowed = [
            "vault-1.test".parse().unwrap(),
            "vault-2.test:8200".parse().unwrap(),
        ];
        let cases = [
            (
                "https://vault.test/v1/a",
                "/v1/b",
                Some("https://vault.test/v1/b"),
            ),
            (
                "https://vault.test/v1/a",
                "https://vault.test:443/v1/b",
                Some("https://vault.test/v1/b"),
            ),
            (
                "http://vault.test:8200/v1/a",
                "https://vault.test:8200/v1/b",
                Some("https://vault.test:8200/v1/b"),
            ),
            (
                "https://vault.test/v1/a",
                "https://vault-1.test:8200/v1/a",
                Some("https://vault-1.test:8200/v1/a"),
            ),
            (
                "https://vault.test/v1/a",
                "https://vault-2.test:8200/v1/a",
                Some("https://vault-2.test:8200/v1/a"),
            ),
            ("https://vault.test/v1/a", "https://vault-2.test/v1/a", None),
            (
                "https://vault.test/v1/a",
                "http://vault.test:443/v1/a",
                None,
            ),
            ("https://vault.test/v1/a", "http://vault-1.test/v1/a", None),
            (
                "https://vault.test/v1/a",
                "https://vault.test:8200/v1/a",
                None,
            ),
            ("https://vault.test/v1/a", "//evil.test/v1/a", None),
            (
                "https://vault.test/v1/a",
                "https://vault.test.evil.test/v1/a",
                None,
            ),
            (
                "https://vault.test/v1/a",
                "https://vault.test@evil.test/v1/a",
                None,
            ),
            (
                "https://vault.test/v1/a",
                "https://token@vault.test/v1/a",
                None,
            ),
            ("https://vault.test/v1/a", "file:///etc/passwd", None),
        ];
        for (from, location, expected) in cases {
            let from: Url = from.parse().unwrap();
            let next = redirect_target(&from, Some(location))
                .ok()
                .filter(|target| may_follow(&from, target, &allowed));
            assert_eq!(
                next.as_ref().map(Url::as_str),
                expected,
                "{from} -> {location}"
            );
        }
    }

    #[test]
    fn only_307_and_308_carry_a_write_on() {
        let redirects =
            |status, method| is_redirect(StatusCode::from_u16(status).unwrap(), &method);
        assert!(redirects(307, Method::POST) && redirects(308, Method::DELETE));
        assert!(redirects(301, Method::GET) && redirects(302, Method::GET));
        assert!(
            !redirects(301, Method::POST)
                && !redirects(302, Method::DELETE)
                && !redirects(200, Method::GET)
        );
    }
}
