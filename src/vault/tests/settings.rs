//! What is accepted as an address, a namespace and a host.

use url::Url;

use crate::vault::settings::{
    HostError, Namespace, NamespaceError, RedirectHost, TlsServerName, VaultAddress,
    VaultAddressError,
};

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
        let address: VaultAddress = text.parse().unwrap();
        assert_eq!(address.endpoint("sys/auth").unwrap().as_str(), expected);
    }
}

#[test]
fn an_address_that_is_not_one_says_what_to_write() {
    let cases = [
        ("", VaultAddressError::Empty),
        ("vault.example.com:8200", VaultAddressError::Scheme),
        ("unix:///run/vault.sock", VaultAddressError::Scheme),
        (
            "https://",
            VaultAddressError::Malformed(url::ParseError::EmptyHost),
        ),
        ("https://me:secret@host", VaultAddressError::UserInfo),
        ("https://host?a=1", VaultAddressError::Query),
        ("https://host#top", VaultAddressError::Query),
        ("https://host/v1/", VaultAddressError::ApiPrefix),
    ];
    for (text, expected) in cases {
        assert_eq!(text.parse::<VaultAddress>(), Err(expected), "{text}");
    }
}

#[test]
fn path_segments_are_encoded_one_by_one() {
    let address: VaultAddress = "https://host".parse().unwrap();
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
    let address: VaultAddress = "https://host".parse().unwrap();
    for path in [
        "aws/roles/..",
        "aws/./roles",
        "aws//roles",
        "/sys/auth",
        "aws/roles/",
        "aws/roles/a\nb",
        "aws/roles/\u{85}",
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
    for text in ["a\nb", "a\tb", "two words", "tëam"] {
        assert_eq!(text.parse::<Namespace>(), Err(NamespaceError), "{text:?}");
    }
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
