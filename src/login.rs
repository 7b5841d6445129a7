//! How to reach Vault and log in: flags and the environment -> settings and credentials.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use crate::cli::{Connection, Login};
use crate::vault::{AddressError, Credentials, HostError, NamespaceError, Settings};

/// Something that is needed to reach Vault is missing or wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// There is no address.
    #[error(
        "no Vault to talk to: give --address or set VAULT_ADDR, such as https://vault.example.com"
    )]
    NoAddress,
    /// The address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The namespace is none.
    #[error(transparent)]
    Namespace(#[from] NamespaceError),
    /// A host is none.
    #[error(transparent)]
    Host(#[from] HostError),
    /// There is nothing to log in with.
    #[error(
        "nothing to log in with: set VAULT_TOKEN, or {jwt_env} to a JWT of GitLab's (`id_tokens` in the job), \
         or log in with `vault login`"
    )]
    NoCredentials {
        /// The variable that would hold the JWT.
        jwt_env: String,
    },
}

/// Where Vault is and how to talk to it.
///
/// # Errors
/// When there is no address, or a part of it makes no sense.
pub(crate) fn settings(connection: &Connection) -> Result<Settings, LoginError> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let address = given(&connection.address).ok_or(LoginError::NoAddress)?;
    let mut settings = Settings::new(address.parse()?);
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

/// `VAULT_TOKEN`, else a JWT for `role` (empty: the mount's default role), else `~/.vault-token`, as the `vault` command keeps it.
///
/// # Errors
/// When there is none of them.
pub(crate) fn credentials(login: &Login, role: &str) -> Result<Credentials, LoginError> {
    if let Some(token) = variable("VAULT_TOKEN") {
        return Ok(Credentials::Token(token));
    }
    if let Some(jwt) = variable(&login.jwt_env) {
        return Ok(Credentials::Jwt {
            jwt,
            mount: login.auth_mount.clone(),
            role: Some(role.to_owned()).filter(|role| !role.is_empty()),
        });
    }
    let saved = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".vault-token"));
    let saved = saved.and_then(|path| std::fs::read_to_string(path).ok());
    match saved
        .as_deref()
        .map(str::trim)
        .filter(|token| !token.is_empty())
    {
        Some(token) => Ok(Credentials::Token(token.into())),
        None => Err(LoginError::NoCredentials {
            jwt_env: login.jwt_env.clone(),
        }),
    }
}

fn variable(name: &str) -> Option<SecretString> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.into())
}
