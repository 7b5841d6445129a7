//! What can go wrong between here and Vault: what failed, on which path, and what to do about it.

mod help;

use std::path::PathBuf;
use std::time::Duration;

use super::call::Operation;
use super::capabilities::Denial;
use super::message::Messages;
use crate::acl::Capability;
use crate::http::{CaCertFault, Fault, TlsFault, Unreachable};

/// A request, or a whole session, that failed. `Display` says what and where, [`Error::help`] what to do.
///
/// No variant holds a token, a JWT, a header or a body, and what a server says is made safe to print.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The CA bundle could not be read.
    #[error("can't read the CA certificates in {}: {cause}", file.display())]
    CaCert {
        /// The file that was given.
        file: PathBuf,
        /// Why not.
        cause: CaCertFault,
    },
    /// The HTTP client could not be set up.
    #[error("can't set up TLS: {0}")]
    TlsSetup(String),
    /// No answer came.
    #[error("can't reach Vault at {server}: {cause}")]
    Unreachable {
        /// Scheme, host and port.
        server: String,
        /// Why not.
        cause: Unreachable,
    },
    /// The server's certificate, or TLS itself, was refused.
    #[error("no trusted TLS connection to {server}: {fault}")]
    Tls {
        /// Scheme, host and port.
        server: String,
        /// What is wrong with it.
        fault: TlsFault,
    },
    /// The server wants `https://`.
    #[error("{server} wants HTTPS, but the address says http://")]
    WantsHttps {
        /// Scheme, host and port.
        server: String,
    },
    /// The server speaks no TLS.
    #[error("{server} does not speak HTTPS, but the address says https://")]
    WantsHttp {
        /// Scheme, host and port.
        server: String,
    },
    /// Something else than Vault answered.
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
    /// The body broke off or is no JSON although it says so.
    #[error("the answer to `{path}` is damaged: {detail}")]
    Damaged {
        /// The API path.
        path: String,
        /// Where it broke.
        detail: String,
    },
    /// The body is larger than any answer of Vault that is worth reading.
    #[error("the answer to `{path}` is larger than {} MiB", limit >> 20)]
    TooLarge {
        /// The API path.
        path: String,
        /// The most bytes that are read.
        limit: usize,
    },
    /// A redirect to a host that was not allowed.
    #[error("{server} redirects `{path}` to {target}, which would get the token")]
    Redirect {
        /// Scheme, host and port.
        server: String,
        /// The API path.
        path: String,
        /// Scheme, host and port of the target.
        target: String,
    },
    /// A redirect that leads nowhere: a loop, no `Location`, a broken one.
    #[error("{server} redirects `{path}` to nowhere: {detail}")]
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
    /// Vault was never initialised.
    #[error("the Vault at {server} is not initialised")]
    NotInitialised {
        /// Scheme, host and port.
        server: String,
    },
    /// A standby that knows no active node.
    #[error("the Vault at {server} is a standby and finds no active node")]
    NoActiveNode {
        /// Scheme, host and port.
        server: String,
    },
    /// A disaster recovery secondary, which serves nothing.
    #[error("the Vault at {server} is a disaster recovery secondary")]
    DisasterRecovery {
        /// Scheme, host and port.
        server: String,
    },
    /// The namespace does not exist.
    #[error("Vault has no namespace `{namespace}`")]
    NoNamespace {
        /// The namespace that was sent.
        namespace: String,
    },
    /// The server has no namespaces at all.
    #[error("the Vault at {server} has no namespaces, so `{namespace}` does not exist there")]
    NoNamespaces {
        /// Scheme, host and port.
        server: String,
        /// The namespace that was given.
        namespace: String,
    },
    /// The token that was given does not open anything.
    #[error("the Vault token is not valid or has expired")]
    InvalidToken,
    /// Vault refused the JWT.
    #[error("Vault refuses the login at auth/{mount} with {}: {messages}", role_phrase(role.as_deref()))]
    LoginRefused {
        /// The auth mount.
        mount: String,
        /// The role that was asked for; none is the mount's default role.
        role: Option<String>,
        /// Vault's reasons.
        messages: Messages,
    },
    /// The token from a login has run out and could not be replaced.
    #[error("the token of this login has run out, and logging in again failed: {cause}")]
    LoginEnded {
        /// Why logging in again failed.
        cause: Box<Error>,
    },
    /// The token is valid, but may not do this.
    #[error("{0}")]
    Forbidden(Denial),
    /// Nothing is mounted where the path begins.
    #[error("no engine or auth method is mounted where `{path}` begins")]
    MissingMount {
        /// The API path.
        path: String,
    },
    /// The engine does not know the path, or the operation on it.
    #[error("the engine does not support `{path}`: {messages}")]
    UnsupportedPath {
        /// The API path.
        path: String,
        /// Vault's reasons.
        messages: Messages,
    },
    /// A path that has an empty segment, `.` or `..`.
    #[error("`{path}` is no path of Vault's API")]
    InvalidPath {
        /// The path as it was asked for.
        path: String,
    },
    /// A body that could not be written as JSON.
    #[error("can't write the body for `{path}` as JSON: {detail}")]
    Body {
        /// The API path.
        path: String,
        /// What serde says.
        detail: String,
    },
    /// Vault refused the request.
    #[error("Vault refuses to {operation} `{path}` (status {status}): {messages}")]
    Rejected {
        /// What was asked for.
        operation: Operation,
        /// The API path.
        path: String,
        /// The HTTP status.
        status: u16,
        /// Vault's reasons.
        messages: Messages,
        /// How often the request was sent. After the first time, a refusal such as "path is already in use" can be
        /// the echo of an earlier attempt that did succeed and whose answer was lost.
        sends: u32,
    },
    /// Vault answered, but not with what the path is for.
    #[error("the answer to `{path}` lacks its {field}")]
    Incomplete {
        /// The API path.
        path: String,
        /// The missing field.
        field: &'static str,
    },
    /// Not sent (any more), because nothing else has got through for a while either.
    #[error("given up, as Vault has been out of reach for {:.0} s: {cause}", lasted.as_secs_f64())]
    Down {
        /// Since the first failure.
        lasted: Duration,
        /// The last failure.
        cause: Box<Error>,
    },
    /// The last of several attempts failed.
    #[error("{last} (tried {sends} times in {:.1} s)", after.as_secs_f64())]
    GaveUp {
        /// How often the request was sent.
        sends: u32,
        /// From the first attempt to the last.
        after: Duration,
        /// The last failure.
        last: Box<Error>,
    },
}

impl Error {
    /// What it means that a server (scheme, host and port) brought no answer.
    pub(super) fn unanswered(fault: Fault, server: String) -> Self {
        match fault {
            Fault::Unreachable(cause) => Self::Unreachable { server, cause },
            Fault::Tls(fault) => Self::Tls { server, fault },
            Fault::WantsHttp => Self::WantsHttp { server },
        }
    }

    /// Whether the token was refused for want of this capability.
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
