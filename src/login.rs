//! Flags and the environment -> the settings and the credentials of a session with Vault.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::cli::{ConnectionArgs, LoginArgs};
use crate::vault::{HostError, NamespaceError, VaultAddressError, VaultCredentials, VaultSettings};

/// A flag or variable that is needed to reach Vault is missing or malformed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// The address is missing.
    #[error(
        "the address of Vault is missing: pass --address or set VAULT_ADDR, as in https://vault.example.com"
    )]
    NoAddress,
    /// The address is malformed.
    #[error(transparent)]
    Address(#[from] VaultAddressError),
    /// The namespace is malformed.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// A host is malformed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// There is neither a token nor a JWT.
    #[error(
        "there is no token and no JWT to log in with: set VAULT_TOKEN, or set {jwt_env} to a JWT from GitLab \
         (`id_tokens` in the job), or run `vault login`"
    )]
    NoCredentials {
        /// The variable that holds a JWT.
        jwt_env: String,
    },
}

/// The settings of the connection.
///
/// # Errors
/// When the address is missing, or a value is malformed.
pub(crate) fn settings(connection: &ConnectionArgs) -> Result<VaultSettings, LoginError> {
    let address = given(&connection.address).ok_or(LoginError::NoAddress)?;
    settings_at(connection, &address)
}

/// The same at another address than that of the connection.
///
/// # Errors
/// When a value is malformed.
pub(crate) fn settings_at(
    connection: &ConnectionArgs,
    address: &str,
) -> Result<VaultSettings, LoginError> {
    let mut settings = VaultSettings::new(address.parse()?);
    if let Some(namespace) = given(&connection.namespace) {
        settings.namespace = namespace.parse()?;
    }
    let ca_cert = connection.ca_cert.as_ref();
    settings.ca_cert = ca_cert.filter(|path| !path.is_empty()).map(PathBuf::from);
    settings.tls_server_name = given(&connection.tls_server_name)
        .map(|name| name.parse())
        .transpose()?;
    settings.timeout = Duration::from_secs(connection.timeout.as_seconds().max(1));
    settings.parallelism =
        NonZeroUsize::new(connection.parallelism.into()).unwrap_or(settings.parallelism);
    let hosts = connection
        .allow_redirect_host
        .iter()
        .map(|host| host.parse());
    settings.allow_redirect_hosts = hosts.collect::<Result<_, _>>()?;
    Ok(settings)
}

/// `VAULT_TOKEN`, else a JWT for `role` (empty for the default role of the mount), else `~/.vault-token`, where the
/// `vault` command stores its token.
///
/// # Errors
/// When all of them are missing.
pub(crate) fn credentials(login: &LoginArgs, role: &str) -> Result<VaultCredentials, LoginError> {
    if let Some(token) = variable("VAULT_TOKEN") {
        return Ok(VaultCredentials::Token(token));
    }
    if let Some(jwt) = variable(&login.jwt_env) {
        return Ok(VaultCredentials::Jwt {
            jwt,
            mount: login.auth_mount.clone(),
            role: Some(role.to_owned()).filter(|role| !role.is_empty()),
        });
    }
    let saved = std::env::var_os("HOME")
        .map(|home| PathBuf::from(home).join(".vault-token"))
        .and_then(|path| std::fs::read_to_string(path).ok());
    match saved
        .as_deref()
        .map(str::trim)
        .filter(|token| !token.is_empty())
    {
        Some(token) => Ok(VaultCredentials::Token(token.into())),
        None => Err(LoginError::NoCredentials {
            jwt_env: login.jwt_env.clone(),
        }),
    }
}

/// What proves who logs in: `VAULT_TOKEN`, else the JWT. It is not sent anywhere.
pub(crate) fn secret(login: &LoginArgs) -> Option<SecretString> {
    variable("VAULT_TOKEN").or_else(|| variable(&login.jwt_env))
}

/// The job's JWT.
pub(crate) fn jwt(login: &LoginArgs) -> Option<String> {
    let jwt = variable(&login.jwt_env)?;
    Some(jwt.expose_secret().to_owned())
}

/// Whether `VAULT_TOKEN` has a token, which is used in place of a login.
pub(crate) fn has_token(login: &LoginArgs) -> bool {
    variable("VAULT_TOKEN").is_some() || variable(&login.jwt_env).is_none()
}

/// Whether `VAULT_TOKEN` has a token although there is a JWT to log in with.
pub(crate) fn has_token_beside_jwt(login: &LoginArgs) -> bool {
    variable("VAULT_TOKEN").is_some() && variable(&login.jwt_env).is_some()
}

/// The claims that roles usually ask for, of the JWT that a login uses: without its signature, and nothing that names the
/// user. None if there is no JWT that can be read.
pub(crate) fn claims(login: &LoginArgs) -> Option<String> {
    let jwt = variable(&login.jwt_env).filter(|_| !has_token(login))?;
    let payload = jwt.expose_secret().split('.').nth(1)?;
    let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let mut claims: BTreeMap<String, Value> = serde_json::from_slice(&payload).ok()?;
    claims.retain(|name, _| SHOWN_CLAIMS.contains(&name.as_str()));
    serde_json::to_string(&claims).ok()
}

/// The claims that a refusal shows.
const SHOWN_CLAIMS: [&str; 10] = [
    "aud",
    "environment",
    "environment_protected",
    "iss",
    "namespace_id",
    "project_id",
    "project_path",
    "ref",
    "ref_protected",
    "ref_type",
];

/// The text of an option, unless it is empty.
fn given(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

fn variable(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.into())
}
