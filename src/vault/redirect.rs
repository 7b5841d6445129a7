//! Where a redirect may lead: the token is a custom header, so no HTTP client would strip it on the way to a stranger.

use reqwest::{Method, StatusCode};
use url::Url;

use super::address::RedirectHost;

/// The most redirects that one request follows.
pub(super) const MOST_HOPS: usize = 5;

/// Whether an answer with this status redirects a request of this method.
///
/// 301 and 302 let a client turn POST into GET, so they are followed for GET only.
pub(super) fn is_redirect(status: StatusCode, method: &Method) -> bool {
    match status.as_u16() {
        307 | 308 => true,
        301 | 302 => *method == Method::GET,
        _ => false,
    }
}

/// Where a redirect leads, or why nobody could tell.
pub(super) fn target(from: &Url, location: Option<&str>) -> Result<Url, String> {
    let location = location.ok_or("it has no Location header")?;
    let target = from
        .join(location)
        .map_err(|error| format!("its Location is no URL ({error})"))?;
    if !target.username().is_empty() || target.password().is_some() {
        return Err("its Location holds a user name".to_owned());
    }
    Ok(target)
}

/// Whether a request, with its token, may go on to another URL: on the same host and port and not from https to http,
/// or by https to a host that the user allows.
pub(super) fn is_allowed(from: &Url, target: &Url, allowed: &[RedirectHost]) -> bool {
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
            let next = target(&from, Some(location))
                .ok()
                .filter(|target| is_allowed(&from, target, &allowed));
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
