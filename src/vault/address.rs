//! Where Vault is: its address, the namespace in it, the names it may go by.

use std::fmt;
use std::str::FromStr;

use reqwest::header::HeaderValue;
use url::{Host, Url};

/// The address of a Vault, as `VAULT_ADDR` gives it: `http(s)://host[:port][/prefix]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(Url);

/// Why a text is not the [`Address`] of a Vault. Never shows a user name or password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// Nothing was given.
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

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        // `localhost:8200` parses as a URL with the scheme `localhost`.
        if !["http://", "https://"]
            .iter()
            .any(|scheme| starts_with(text, scheme))
        {
            return Err(AddressError::Scheme);
        }
        let mut url = Url::parse(text)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::UserInfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::Query);
        }
        let prefix = url.path().trim_end_matches('/').to_owned();
        if prefix.ends_with("/v1") {
            return Err(AddressError::ApiPrefix);
        }
        url.set_path(&prefix);
        Ok(Self(url))
    }
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl Address {
    /// Whether requests travel unencrypted.
    pub(super) fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The address itself.
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

    /// The URL of an API path such as `sys/auth`, each of its segments percent-encoded.
    ///
    /// `None` when a segment is empty, `.` or `..`: URLs drop those, so the request would go to another path.
    pub(super) fn endpoint(&self, path: &str) -> Option<Url> {
        let odd = |segment: &str| matches!(segment, "" | "." | "..");
        if path.split('/').any(odd) {
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

/// A namespace that cannot be sent in a header.
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
        HeaderValue::from_str(path)
            .map(|value| Self(Some(value)))
            .map_err(|_| NamespaceError)
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

/// A host that may be given the token when Vault redirects to it: `host` (any port) or `host:port`, by https only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectHost {
    host: Host<String>,
    port: Option<u16>,
}

/// The name that Vault's certificate is expected to carry, when it is not the address's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsServerName(String);

/// A text that is not the name of a host.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_prefix_and_loses_its_trailing_slash() {
        let cases = [
            (
                "https://vault.example.com",
                "https://vault.example.com/v1/sys/auth",
            ),
            (
                "https://vault.example.com:8200/",
                "https://vault.example.com:8200/v1/sys/auth",
            ),
            ("HTTP://127.0.0.1:8200", "http://127.0.0.1:8200/v1/sys/auth"),
            (" https://host/vault/ ", "https://host/vault/v1/sys/auth"),
            ("https://host/a/b//", "https://host/a/b/v1/sys/auth"),
            ("https://[::1]:8200", "https://[::1]:8200/v1/sys/auth"),
        ];
        for (text, expected) in cases {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.endpoint("sys/auth").unwrap().as_str(), expected);
        }
    }

    #[test]
    fn an_address_that_is_not_one_says_what_to_write() {
        let cases = [
            ("", AddressError::Empty),
            ("vault.example.com:8200", AddressError::Scheme),
            ("unix:///run/vault.sock", AddressError::Scheme),
            (
                "https://",
                AddressError::Malformed(url::ParseError::EmptyHost),
            ),
            ("https://me:secret@host", AddressError::UserInfo),
            ("https://host?a=1", AddressError::Query),
            ("https://host#top", AddressError::Query),
            ("https://host/v1/", AddressError::ApiPrefix),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Address>(), Err(expected), "{text}");
        }
    }

    #[test]
    fn path_segments_are_encoded_one_by_one() {
        let address: Address = "https://host".parse().unwrap();
        let cases = [
            ("aws/roles/a@b.c-1", "https://host/v1/aws/roles/a@b.c-1"),
            (
                "sys/policies/acl/two words",
                "https://host/v1/sys/policies/acl/two%20words",
            ),
            ("aws/roles/50%?#", "https://host/v1/aws/roles/50%25%3F%23"),
            (
                "sys/policies/acl/naïve",
                "https://host/v1/sys/policies/acl/na%C3%AFve",
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(address.endpoint(path).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn a_path_that_a_url_would_rewrite_is_refused() {
        let address: Address = "https://host".parse().unwrap();
        for path in [
            "aws/roles/..",
            "aws/./roles",
            "aws//roles",
            "/sys/auth",
            "aws/roles/",
            "",
        ] {
            assert_eq!(address.endpoint(path), None, "{path}");
        }
    }

    #[test]
    fn a_namespace_is_sent_without_slashes_and_the_root_not_at_all() {
        let header = |text: &str| {
            let namespace: Namespace = text.parse().unwrap();
            namespace
                .header()
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            header("/teams/platform/"),
            Some("teams/platform".to_owned())
        );
        assert_eq!(header(" "), None);
        assert_eq!(header("/"), None);
        assert_eq!("a\nb".parse::<Namespace>(), Err(NamespaceError));
    }

    #[test]
    fn a_redirect_host_admits_its_own_port_only() {
        let url = |text| Url::parse(text).unwrap();
        let any: RedirectHost = "Vault-1.example.com".parse().unwrap();
        assert!(any.admits(&url("https://vault-1.example.com:8200/v1")));
        assert!(!any.admits(&url("https://vault-1.example.com.evil.test/v1")));
        let one: RedirectHost = "vault-1.example.com:443".parse().unwrap();
        assert!(one.admits(&url("https://vault-1.example.com/v1")));
        assert!(!one.admits(&url("https://vault-1.example.com:8200/v1")));
        let six: RedirectHost = "[::1]:8200".parse().unwrap();
        assert!(six.admits(&url("https://[::1]:8200/v1")));
        for text in ["", "https://host", "me@host", "host/path", "host:port"] {
            assert!(text.parse::<RedirectHost>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_tls_server_name_is_a_name() {
        assert_eq!(
            "Vault.example.com"
                .parse::<TlsServerName>()
                .unwrap()
                .as_str(),
            "vault.example.com"
        );
        assert_eq!(
            "10.0.0.1".parse::<TlsServerName>(),
            Err(HostError::NotAName)
        );
        assert_eq!("a b".parse::<TlsServerName>(), Err(HostError::Malformed));
    }
}
