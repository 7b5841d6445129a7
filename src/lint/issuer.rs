//! The signing keys and the issuer that a JWT method trusts, and the addresses that Vault connects to.

use url::{Host, Url};

use super::subject::Subject;
use super::{Finding, Lint};
use crate::diagnostic::{Code, Span};
use crate::resource::JwtConfig;

pub(super) const MISMATCH: Lint = Lint {
    code: Code::IssuerMismatch,
    check: mismatch,
};
pub(super) const NONE: Lint = Lint {
    code: Code::NoIssuer,
    check: none,
};
pub(super) const INSECURE: Lint = Lint {
    code: Code::InsecureUrl,
    check: insecure,
};

/// The configurations of the JWT methods, with the path of the method.
fn configs<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (&'a str, &'a JwtConfig)> {
    subject
        .platform()
        .auth
        .iter()
        .filter(|(_, method)| method.is_jwt())
        .filter_map(|(path, method)| Some((path.as_str(), method.keys.config.as_ref()?)))
}

fn place(subject: &Subject<'_>, mount: &str, key: &str) -> Span {
    subject.at(["auth", mount, "config", key])
}

/// The issuer that the address of the keys implies; `None` for a loopback address, which can't be an issuer.
fn expected(config: &JwtConfig) -> Option<&str> {
    let of_discovery = Some(config.oidc_discovery_url.trim_end_matches('/'));
    let address = config.gitlab_address().or(of_discovery)?;
    (!address.is_empty() && !is_loopback(address)).then_some(address)
}

fn mismatch(subject: &Subject<'_>) -> Vec<Finding> {
    configs(subject).filter_map(|(mount, config)| {
        let expected = expected(config)?;
        let issuer = config.bound_issuer.as_str();
        (!issuer.is_empty() && issuer != expected).then(|| {
            Finding::new(
                place(subject, mount, "bound_issuer"),
                format!(
                    "every login fails unless GitLab's issuer differs from its address: the keys belong to \
                     `{expected}`, whose JWTs have exactly this string as `iss`"
                ),
                format!("write `bound_issuer: {expected}`, or look up the `iss` of a job's JWT"),
            )
        })
    }).collect()
}

fn none(subject: &Subject<'_>) -> Vec<Finding> {
    let found = configs(subject).filter(|(_, config)| config.bound_issuer.is_empty()).map(|(mount, config)| {
        let issuer = expected(config).unwrap_or("https://git.example.com");
        let help = if config.jwks_pairs.is_empty() {
            format!("add `bound_issuer: {issuer}`")
        } else {
            "declare an auth method with `jwks_url` and `bound_issuer` for each issuer, in place of `jwks_pairs`".into()
        };
        Finding::new(
            subject.at(["auth", mount, "config"]),
            "this method accepts every JWT that its keys have signed, whatever its issuer",
            help,
        )
    });
    found.collect()
}

fn insecure(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (mount, config) in configs(subject) {
        let pairs = config
            .jwks_pairs
            .iter()
            .map(|pair| ("jwks_pairs", &pair.jwks_url));
        let single = [
            ("jwks_url", &config.jwks_url),
            ("oidc_discovery_url", &config.oidc_discovery_url),
        ];
        for (key, url) in single.into_iter().chain(pairs) {
            if is_insecure(url) {
                found.push(Finding::new(
                    place(subject, mount, key),
                    "an attacker between Vault and this server can replace the keys in its response, and then sign any JWT",
                    "write `https://`",
                ));
            }
        }
    }
    for (mount, engine) in &subject.platform().secrets {
        let Some(config) = &engine.keys.config else {
            continue;
        };
        let fallbacks = config
            .sts_fallback_endpoints
            .iter()
            .map(|url| ("sts_fallback_endpoints", url));
        let endpoints = [
            ("sts_endpoint", config.sts_endpoint.as_str()),
            ("iam_endpoint", config.iam_endpoint.as_str()),
        ];
        for (key, url) in endpoints.into_iter().chain(fallbacks) {
            if is_insecure(url) {
                found.push(Finding::new(
                    subject.at(["secrets", mount.as_str(), "config", key]),
                    "an attacker between Vault and this server can read the credentials of jobs",
                    "write `https://`",
                ));
            }
        }
    }
    found
}

/// Whether requests to an address are neither encrypted nor authenticated.
fn is_insecure(address: &str) -> bool {
    let is_plain = Url::parse(address).is_ok_and(|url| url.scheme() == "http");
    is_plain && !is_loopback(address)
}

fn is_loopback(address: &str) -> bool {
    let url = Url::parse(address);
    match url.as_ref().map(Url::host) {
        Ok(Some(Host::Domain(name))) => name == "localhost",
        Ok(Some(Host::Ipv4(address))) => address.is_loopback(),
        Ok(Some(Host::Ipv6(address))) => address.is_loopback(),
        Ok(None) | Err(_) => false,
    }
}
