//! What can go wrong between this program and Vault: what failed, at which path, and what to do about it.

mod code;

use std::path::PathBuf;
use std::time::Duration;

use super::capabilities::{Denial, Operation};
use super::message::Messages;
use crate::acl::Capability;
use crate::http::retry::Failure;
use crate::http::{CaCertFault, Fault, TlsFault, Unreachable};

/// A failed attempt at a request to Vault, and whether another attempt can succeed.
pub(super) type VaultFailure = Failure<VaultError>;

/// A request, or a whole session, that failed. `Display` says what and where, [`VaultError::help`] what to do.
///
/// No variant holds a token, a JWT, a header or a body. Paths and texts of a server are printable and on one line, so
/// that they can't forge a line of output.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum VaultError {
    /// The CA bundle could not be read.
    #[error("can't read the CA certificates in {}: {cause}", file.display())]
    CaCert {
        /// The file of `--ca-cert`.
        file: PathBuf,
        /// The reason.
        cause: CaCertFault,
    },
    /// The HTTP client could not be set up.
    #[error("can't set up TLS: {0}")]
    TlsSetup(String),
    /// The server did not answer.
    #[error("can't reach Vault at {server}: {cause}")]
    Unreachable {
        /// Scheme, host and port.
        server: String,
        /// The reason.
        cause: Unreachable,
    },
    /// The TLS handshake failed, mostly because of the server's certificate.
    #[error("no trusted TLS connection to {server}: {fault}")]
    Tls {
        /// Scheme, host and port.
        server: String,
        /// What is wrong with the certificate.
        fault: TlsFault,
    },
    /// The server answers only HTTPS.
    #[error("{server} wants HTTPS, but the address says http://")]
    WantsHttps {
        /// Scheme, host and port.
        server: String,
    },
    /// The server answers only plain HTTP.
    #[error("{server} does not speak HTTPS, but the address says https://")]
    WantsHttp {
        /// Scheme, host and port.
        server: String,
    },
    /// Something other than Vault answered.
    #[error("{server} answered `{path}` with {what} (status {status}), not with Vault's JSON")]
    NotVault {
        /// Scheme, host and port.
        server: String,
        /// The API path.
        path: String,
        /// "an HTML page", "text/plain".
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// The body is truncated, or is not the JSON that its header announces.
    #[error("the answer to `{path}` is damaged: {detail}")]
    Damaged {
        /// The API path.
        path: String,
        /// What is wrong, and where.
        detail: String,
    },
    /// The body is larger than the limit.
    #[error("the answer to `{path}` is larger than {} MiB", limit >> 20)]
    TooLarge {
        /// The API path.
        path: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect to a host that is not allowed to receive the token.
    #[error("{server} redirects `{path}` to {target}, which would receive the token")]
    Redirect {
        /// Scheme, host and port.
        server: String,
        /// The API path.
        path: String,
        /// Scheme, host and port of the target.
        target: String,
    },
    /// A redirect that can't be followed: a loop, or a `Location` that is missing or malformed.
    #[error("{server} answers `{path}` with a redirect that can't be followed: {detail}")]
    BadRedirect {
        /// Scheme, host and port.
        server: String,
        /// The API path.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Vault is sealed.
    #[error("the Vault at {server} is sealed")]
    Sealed {
        /// Scheme, host and port.
        server: String,
    },
    /// Vault is not initialised.
    #[error("the Vault at {server} is not initialised")]
    NotInitialised {
        /// Scheme, host and port.
        server: String,
    },
    /// A standby that has no active node to forward to.
    #[error("the Vault at {server} is a standby without an active node")]
    NoActiveNode {
        /// Scheme, host and port.
        server: String,
    },
    /// A disaster recovery secondary, which serves no requests.
    #[error("the Vault at {server} is a disaster recovery secondary")]
    DisasterRecovery {
        /// Scheme, host and port.
        server: String,
    },
    /// The namespace does not exist.
    #[error("Vault has no namespace `{namespace}`")]
    NoNamespace {
        /// The namespace of `--namespace`.
        namespace: String,
    },
    /// The server has no namespaces at all.
    #[error("the Vault at {server} has no namespaces, so `{namespace}` does not exist there")]
    NoNamespaces {
        /// Scheme, host and port.
        server: String,
        /// The namespace of `--namespace`.
        namespace: String,
    },
    /// Vault does not know the token of the user, or no longer.
    #[error("the Vault token is not valid or has expired")]
    InvalidToken,
    /// Vault refused the JWT.
    #[error("Vault refuses the login at auth/{mount} with {}: {messages}", role_phrase(role.as_deref()))]
    LoginRefused {
        /// The auth mount.
        mount: String,
        /// The JWT role of the login; `None` is the default role of the mount.
        role: Option<String>,
        /// Vault's messages.
        messages: Messages,
    },
    /// The token of a login has expired, and another login failed.
    #[error("the token of this login has expired, and logging in again failed: {cause}")]
    LoginEnded {
        /// Why the other login failed.
        cause: Box<VaultError>,
    },
    /// The token is valid, but its policies deny the request.
    #[error("{0}")]
    Forbidden(Denial),
    /// No mount has the first part of the path.
    #[error("no engine or auth method is mounted where `{path}` begins")]
    MissingMount {
        /// The API path.
        path: String,
    },
    /// The engine has no such path, or does not support the operation on it.
    #[error("the engine does not support `{path}`: {messages}")]
    UnsupportedPath {
        /// The API path.
        path: String,
        /// Vault's messages.
        messages: Messages,
    },
    /// A path with a segment that is empty, `.` or `..`, or with a control character. No request was sent.
    #[error("`{path}` is not a path of Vault's API")]
    InvalidPath {
        /// The path, printable.
        path: String,
    },
    /// A request body that can't be serialised as JSON.
    #[error("can't write the body for `{path}` as JSON: {detail}")]
    Body {
        /// The API path.
        path: String,
        /// The message of serde_json.
        detail: String,
    },
    /// Vault refused the request for a reason that no other variant has.
    #[error("Vault refuses to {operation} `{path}` (status {status}): {messages}")]
    Rejected {
        /// What the request does.
        operation: Operation,
        /// The API path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Vault's messages.
        messages: Messages,
        /// How many times the request was sent. From the second on, a refusal such as "path is already in use" can be
        /// the effect of an earlier attempt that succeeded and whose answer was lost.
        sends: u32,
    },
    /// Vault answered without a field that answers of this path have.
    #[error("the answer to `{path}` lacks its {field}")]
    Incomplete {
        /// The API path.
        path: String,
        /// The missing field.
        field: &'static str,
    },
    /// The request was not sent, or not again, because Vault has not answered any request for a while.
    #[error("gave up, because Vault has been unreachable for {:.0} s: {cause}", lasted.as_secs_f64())]
    Down {
        /// The time since the first failure.
        lasted: Duration,
        /// The last failure.
        cause: Box<VaultError>,
    },
    /// All attempts failed.
    #[error("{last} (tried {sends} times in {:.1} s)", after.as_secs_f64())]
    GaveUp {
        /// How many times the request was sent.
        sends: u32,
        /// The time from the first attempt to the last.
        after: Duration,
        /// The last failure.
        last: Box<VaultError>,
    },
}

impl VaultError {
    /// The error for a server (scheme, host and port) that did not answer.
    pub(super) fn unanswered(fault: Fault, server: String) -> Self {
        match fault {
            Fault::Unreachable(cause) => Self::Unreachable { server, cause },
            Fault::Tls(fault) => Self::Tls { server, fault },
            Fault::WantsHttp => Self::WantsHttp { server },
        }
    }

    /// Whether the request was denied because the token lacks this capability.
    pub(crate) fn lacks(&self, capability: Capability) -> bool {
        matches!(self, Self::Forbidden(denial) if denial.missing.contains(&capability))
    }
}

fn role_phrase(role: Option<&str>) -> String {
    role.map_or_else(
        || "the default role".to_owned(),
        |role| format!("role `{role}`"),
    )
}

impl VaultError {
    /// What to do about it, where the message does not say so already.
    pub(crate) fn help(&self) -> Option<String> {
        let text = match self {
            Self::GaveUp { last: cause, .. } | Self::Down { cause, .. } => return cause.help(),
            Self::Unreachable { cause, .. } => return Some(cause.help().to_owned()),
            Self::Tls { fault, .. } => return fault.help().map(str::to_owned),
            Self::Redirect { target, .. } => return Some(redirect_help(target)),
            Self::Forbidden(denial) => return denial.help(),
            Self::TooLarge { .. } | Self::Body { .. } | Self::Rejected { .. } => return None,
            Self::CaCert { .. } => "--ca-cert (VAULT_CACERT) takes a file of PEM certificates",
            Self::TlsSetup(_) => {
                "install the CA certificates of the system, or pass --ca-cert (VAULT_CACERT)"
            }
            Self::WantsHttps { .. } => "write https:// in --address (VAULT_ADDR)",
            Self::WantsHttp { .. } => {
                "if this Vault is meant to have no TLS, write http:// in --address (VAULT_ADDR)"
            }
            Self::NotVault { .. } | Self::Incomplete { .. } => {
                "check --address (VAULT_ADDR): something other than Vault seems to answer there"
            }
            Self::Damaged { .. } => "a proxy in front of Vault may be truncating answers",
            Self::BadRedirect { .. } => "point --address (VAULT_ADDR) at the active Vault itself",
            Self::Sealed { .. } => "unseal it (`vault operator unseal`), then run this again",
            Self::NotInitialised { .. } => {
                "initialise it (`vault operator init`), or point --address (VAULT_ADDR) at the right server"
            }
            Self::NoActiveNode { .. } => {
                "wait until the cluster has elected one, or point --address (VAULT_ADDR) at the active node"
            }
            Self::DisasterRecovery { .. } => "point --address (VAULT_ADDR) at the primary cluster",
            Self::NoNamespace { .. } => "check --namespace (VAULT_NAMESPACE)",
            Self::NoNamespaces { .. } => {
                "unset --namespace (VAULT_NAMESPACE): Vault's community edition ignores it, and would use the root namespace"
            }
            Self::InvalidToken => {
                "log in again: set VAULT_TOKEN to a new token, or run `vault login`"
            }
            Self::LoginRefused { .. } => {
                "check --auth-mount and --auth-role, and that the bound claims and audiences of the role match this JWT"
            }
            Self::LoginEnded { .. } => {
                "give the JWT role a longer token_explicit_max_ttl, or the job a new JWT"
            }
            Self::MissingMount { .. } => {
                "check the path of the mount and the namespace; the mount may have been disabled meanwhile"
            }
            Self::UnsupportedPath { .. } => {
                "check the name, and that the mount is of the expected type and version"
            }
            Self::InvalidPath { .. } => {
                "a name must not be empty, `.` or `..`, and must not contain control characters"
            }
        };
        Some(text.to_owned())
    }
}

impl Unreachable {
    fn help(&self) -> &'static str {
        match self {
            Self::UnknownHost(_) => {
                "check the host in --address (VAULT_ADDR) and the DNS of this machine"
            }
            Self::Refused => {
                "check that it is running (or the proxy in front of it), and the host and port in --address (VAULT_ADDR)"
            }
            Self::NoRoute | Self::ConnectTimeout(_) => {
                "check the host and port in --address (VAULT_ADDR), and the firewalls and proxies in between"
            }
            Self::AnswerTimeout(_) => {
                "Vault or a proxy is slow or stuck; --timeout sets a longer time limit"
            }
            Self::Broken | Self::Other(_) => {
                "check --address (VAULT_ADDR), and the proxies in between (HTTPS_PROXY, NO_PROXY)"
            }
        }
    }
}

impl TlsFault {
    fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownIssuer => "pass the CA that signed it with --ca-cert (VAULT_CACERT)",
            Self::WrongName(_) => {
                "if it is the right server, use one of its names in --address (VAULT_ADDR), or pass it with --tls-server-name"
            }
            Self::Expired => "renew the certificate of Vault, or correct the clock of this machine",
            Self::NotYetValid => "check the clock of this machine",
            Self::Other(_) => return None,
        })
    }
}

fn redirect_help(target: &str) -> String {
    match target.strip_prefix("https://") {
        Some(host) => {
            format!("if {host} is a node of the same cluster, pass --allow-redirect-host {host}")
        }
        None => {
            "the token is never sent over plain HTTP to another host: point --address (VAULT_ADDR) at the active node"
                .to_owned()
        }
    }
}
