//! `whoami`: prints the claims of a job's JWT, verified by GitLab's keys, so that a reviewer can compare them.

use std::collections::BTreeSet;
use std::time::SystemTime;

use url::Url;

use super::gitlab::timeout;
use super::session::unless_stopped;
use super::{Error, Exit, print};
use crate::cli::{Global, WhoAmIArgs as Args};
use crate::gitlab::{Job, TrustedCertificates, signing_keys};
use crate::id_token;
use crate::login;
use crate::mappings::{self, platform::AuthEntry};
use crate::report::WhoAmI;
use crate::stop::Stop;
use crate::value::MountPath;

pub(super) async fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let name = &global.login.jwt_env;
    let jwt = login::jwt(&global.login).ok_or_else(|| Error::NoJwt(name.clone()))?;
    let job = Job::from_environment();
    let loaded = mappings::load(&global.mappings(), global.now());
    let method = global.login.auth_mount.parse::<MountPath>().ok();
    let method = method.and_then(|path| loaded.platform.as_ref()?.platform.auth.get(&path));
    let given = args.jwks_url.clone();
    let url = given
        .or_else(|| method.and_then(jwks_of))
        .or_else(|| job.jwks_url())
        .ok_or(Error::NoKeys)?;
    let stop = Stop::on_signals().map_err(Error::Signals)?;
    let config = method.and_then(|method| method.keys.config.as_ref());
    let trusted = TrustedCertificates {
        file: job.ca_file(),
        // Only for the address that Vault, too, reads with these.
        pem: config
            .filter(|config| config.jwks_url == url.as_str())
            .map_or("", |config| config.jwks_ca_pem.as_str()),
    };
    let keys = signing_keys(&url, trusted, timeout(global));
    let keys = unless_stopped(&stop, keys).await?;
    let verified = id_token::verify(&jwt, &keys, SystemTime::now());
    let verified = verified.map_err(|fault| Error::UntrustedJwt {
        name: name.clone(),
        fault,
        url: url.to_string(),
    })?;
    let deciding = method.map(deciding);
    let answer = WhoAmI {
        jwt: &verified,
        jwks_url: url.as_str(),
        deciding: deciding.as_ref(),
    };
    print(&answer.write(args.format))?;
    Ok(Exit::Success)
}

/// Where an auth method of the files finds GitLab's keys.
fn jwks_of(method: &AuthEntry) -> Option<Url> {
    let config = method.keys.config.as_ref()?;
    Url::parse(&config.jwks_url).ok()
}

/// The claims by which the roles of an auth method decide whether and as whom a job logs in.
fn deciding(method: &AuthEntry) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for role in method.keys.roles.values() {
        names.extend(role.bound_claims.keys().cloned());
        names.extend(role.claim_mappings.keys().cloned());
        names.insert(role.user_claim.clone());
        if !role.bound_audiences.is_empty() {
            names.insert("aud".to_owned());
        }
        if !role.bound_subject.is_empty() {
            names.insert("sub".to_owned());
        }
    }
    let config = method.keys.config.as_ref();
    if config.is_some_and(|config| !config.bound_issuer.is_empty()) {
        names.insert("iss".to_owned());
    }
    names
}
