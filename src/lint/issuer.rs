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

/// The issuer that the address of the keys implies, as GitLab writes it: without a default port, a final slash, and a user.
/// `None` for a loopback address, which can't be an issuer.
fn expected(config: &JwtConfig) -> Option<String> {
    let of_discovery = || Url::parse(&config.oidc_discovery_url).ok();
    let mut address = config.gitlab_address().or_else(of_discovery)?;
    address.set_username("").ok()?;
    address.set_password(None).ok()?;
    let address = address.as_str().trim_end_matches('/');
    (!is_loopback(address)).then(|| address.to_owned())
}

fn mismatch(subject: &Subject<'_>) -> Vec<Finding> {
    let found = configs(subject).filter_map(|(mount, config)| {
        let issuer = config.bound_issuer.as_str();
        if issuer.is_empty() {
            return None;
        }
        let place = place(subject, mount, "bound_issuer");
        let Some(expected) = expected(config) else {
            let is_url = issuer.starts_with("http://") || issuer.starts_with("https://");
            return (!is_url).then(|| {
                Finding::new(
                    place,
                    "every login fails: since GitLab 17.0, `iss` is an address with its scheme",
                    format!("write `bound_issuer: https://{issuer}`, or look up the `iss` of a job's JWT"),
                )
            });
        };
        (issuer != expected).then(|| {
            Finding::new(
                place,
                format!(
                    "every login fails unless GitLab's issuer differs from its address: the keys belong to \
                     `{expected}`, whose JWTs have exactly this string as `iss`"
                ),
                format!("write `bound_issuer: {expected}`, or look up the `iss` of a job's JWT"),
            )
        })
    });
    found.collect()
}

fn none(subject: &Subject<'_>) -> Vec<Finding> {
    let found = configs(subject).filter(|(_, config)| config.bound_issuer.is_empty()).map(|(mount, config)| {
        let issuer = expected(config).unwrap_or_else(|| "https://git.example.com".to_owned());
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
            let place = place(subject, mount, key);
            if is_insecure(url) {
                found.push(Finding::new(
                    place,
                    "an attacker between Vault and this server can replace the keys in its response, and then sign any JWT",
                    "write `https://`",
                ));
            }
            found.extend(has_user(url).then(|| shows_user(place)));
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
            let place = subject.at(["secrets", mount.as_str(), "config", key]);
            if is_insecure(url) {
                found.push(Finding::new(
                    place,
                    "an attacker between Vault and this server can read the credentials of jobs",
                    "write `https://`",
                ));
            }
            found.extend(has_user(url).then(|| shows_user(place)));
        }
    }
    found
}

fn shows_user(place: Span) -> Finding {
    Finding::new(
        place,
        "everyone who reads the files, a plan or this configuration in Vault sees the user and password in this address",
        "remove them, and let the server give out keys without a login, as GitLab does",
    )
}

/// Whether a user or a password is part of an address.
fn has_user(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
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
