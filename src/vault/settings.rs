//! How to reach a Vault: its address, its namespace, the names of its hosts, and the limits of a request.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use reqwest::header::HeaderValue;
use url::{Host, Url};

/// How to reach a Vault.
#[derive(Clone, Debug)]
pub(crate) struct VaultSettings {
    /// The address that `VAULT_ADDR` or `--address` gives.
    pub(crate) address: VaultAddress,
    /// The namespace that every path is relative to.
    pub(crate) namespace: Namespace,
    /// A PEM bundle that replaces the system's CA certificates.
    pub(crate) ca_cert: Option<PathBuf>,
    /// The name that is sent as SNI and that the certificate must carry, instead of the host of the address.
    /// The connection is then made directly, without the proxies of the environment.
    pub(crate) tls_server_name: Option<TlsServerName>,
    /// The time limit of one request, including its answer.
    pub(crate) timeout: Duration,
    /// The upper limit of requests in flight.
    pub(crate) parallelism: NonZeroUsize,
    /// Hosts that may receive the token when Vault redirects to them.
    pub(crate) allow_redirect_hosts: Vec<RedirectHost>,
}

impl VaultSettings {
    /// The defaults for everything except the address: root namespace, system CAs, 30 s, up to 128 requests in flight.
    pub(crate) fn new(address: VaultAddress) -> Self {
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

/// The address of a Vault, as `VAULT_ADDR` gives it: `http(s)://host[:port][/prefix]`.
///
/// <https://developer.hashicorp.com/vault/docs/commands#configure-environment-variables>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VaultAddress(Url);

/// Why a text is not a [`VaultAddress`]. Never shows a user name or password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VaultAddressError {
    /// The text is empty.
    #[error("the address is empty: write it as https://vault.example.com:8200")]
    Empty,
    /// Not a URL, or one without `http://` or `https://` in front.
    #[error(
        "the address must start with http:// or https://, as in https://vault.example.com:8200"
    )]
    Scheme,
    /// A URL that does not parse.
    #[error("the address is not a URL ({0}): write it as https://vault.example.com:8200")]
    Malformed(#[from] url::ParseError),
    /// A user name or a password inside the URL.
    #[error("the address must not hold a user name or password: log in with a token or a JWT")]
    UserInfo,
    /// Something after `?` or `#`.
    #[error("the address must end before `?` and `#`")]
    Query,
    /// The API's own prefix, which every request adds.
    #[error("the address must not end in /v1: every request adds it")]
    ApiPrefix,
}

impl FromStr for VaultAddress {
    type Err = VaultAddressError;

    fn from_str(text: &str) -> Result<Self, VaultAddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(VaultAddressError::Empty);
        }
        // `localhost:8200` parses as a URL with the scheme `localhost`.
        if !["http://", "https://"]
            .iter()
            .any(|scheme| starts_with(text, scheme))
        {
            return Err(VaultAddressError::Scheme);
        }
        let mut url = Url::parse(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(VaultAddressError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(VaultAddressError::Query);
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        if prefix.ends_with("/v1") {
            return Err(VaultAddressError::ApiPrefix);
        }
        url.set_path(&prefix);
        Ok(Self(url))
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

impl fmt::Display for VaultAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl VaultAddress {
    /// Whether requests travel unencrypted.
    pub(super) fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address with its prefix and without the API's own `v1`.
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// The host as the system resolver takes it: IPv6 without brackets.
    pub(super) fn host(&self) -> String {
        match self.0.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => String::new(),
        }
    }

    /// The URL of an API path such as `sys/auth`, with each segment percent-encoded.
    ///
    /// `None` for a segment that is empty, `.` or `..`, because a URL drops it and the request would go to another path;
    /// and for control characters, which no name in Vault needs and which proxies and logs interpret.
    pub(super) fn endpoint(&self, path: &str) -> Option<Url> {
        let is_dropped = |segment: &str| matches!(segment, "" | "." | "..");
        if path.split('/').any(is_dropped) || path.contains(char::is_control) {
            return None;
        }
        let mut url = self.0.clone();
        url.path_segments_mut()
            .ok()?
            .pop_if_empty()
            .push("v1")
            .extend(path.split('/'));
        Some(url)
    }
}

/// A Vault namespace (Enterprise, OpenBao), sent as `X-Vault-Namespace`. The default is the root namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Namespace(Option<HeaderValue>);

/// A namespace that can't be sent in a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a namespace is a path of printable ASCII characters, as in `teams/platform`")]
pub(crate) struct NamespaceError;

impl FromStr for Namespace {
    type Err = NamespaceError;

    fn from_str(text: &str) -> Result<Self, NamespaceError> {
        let path = text.trim().trim_matches('/');
        if path.is_empty() {
            return Ok(Self::default());
        }
        // A header may hold a tab and bytes above ASCII; a namespace may not.
        if path.contains(|c: char| !c.is_ascii_graphic()) {
            return Err(NamespaceError);
        }
        let value = HeaderValue::from_str(path).map_err(|_| NamespaceError)?;
        Ok(Self(Some(value)))
    }
}

impl Namespace {
    /// The header's value; none for the root namespace.
    pub(super) fn header(&self) -> Option<&HeaderValue> {
        self.0.as_ref()
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.0
                .as_ref()
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default(),
        )
    }
}

/// A host that may receive the token when Vault redirects to it: `host` (any port) or `host:port`, over HTTPS only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectHost {
    host: Host<String>,
    port: Option<u16>,
}

/// The name that Vault's certificate must carry if it is not the host of the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsServerName(String);

/// Why a text is not a [`RedirectHost`] or a [`TlsServerName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HostError {
    /// Not `host` or `host:port`.
    #[error("write a host or host:port, as in vault-1.example.com:8200")]
    Malformed,
    /// An IP address where a certificate's name is expected.
    #[error("write a host name, as in vault.example.com, not an IP address")]
    NotAName,
}

impl FromStr for RedirectHost {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let text = text.trim();
        if text.contains(['/', '?', '#', '@', '\\']) {
            return Err(HostError::Malformed);
        }
        // Read with a scheme that has no default port, so that `:443` is not dropped.
        let url = Url::parse(&format!("host://{text}")).map_err(|_| HostError::Malformed)?;
        let host = url.host_str().ok_or(HostError::Malformed)?;
        let host = Host::parse(host).map_err(|_| HostError::Malformed)?;
        Ok(Self {
            host,
            port: url.port(),
        })
    }
}

impl RedirectHost {
    /// Whether a URL leads to this host.
    pub(super) fn admits(&self, url: &Url) -> bool {
        url.host().map(|host| host.to_owned()) == Some(self.host.clone())
            && (self.port.is_none() || self.port == url.port_or_known_default())
    }
}

impl FromStr for TlsServerName {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        match Host::parse(text.trim()) {
            Ok(Host::Domain(name)) => Ok(Self(name)),
            Ok(_) => Err(HostError::NotAName),
            Err(_) => Err(HostError::Malformed),
        }
    }
}

impl TlsServerName {
    /// The name, in lower case.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}
