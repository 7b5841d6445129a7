//! What can go wrong between here and Vault: what failed, on which path, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::message::Messages;

/// A request, or a whole session, that failed. `Display` says what failed and where, [`Error::help`] what to do.
///
/// No variant holds a token, a JWT, a header or a body.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The CA bundle could not be read.
    #[error("cannot read the CA certificates in {}: {cause}", file.display())]
    CaCert {
        /// The file that was given.
        file: PathBuf,
        /// Why not.
        cause: CaCertFault,
    },
    /// The HTTP client could not be set up.
    #[error("cannot set up TLS: {0}")]
    TlsSetup(String),
    /// No answer came.
    #[error("cannot reach Vault at {server}: {cause}")]
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
    #[error("{server} speaks HTTPS, but the address says http://")]
    WantsHttps {
        /// Scheme, host and port.
        server: String,
    },
    /// The server speaks no TLS.
    #[error("{server} speaks plain HTTP, but the address says https://")]
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
    /// The body is larger than any answer of Vault that this tool reads.
    #[error("the answer to `{path}` is larger than {} MiB", limit >> 20)]
    TooLarge {
        /// The API path.
        path: String,
        /// The most bytes that are read.
        limit: usize,
    },
    /// A redirect to a host that was not allowed.
    #[error("{server} redirects `{path}` to {target}, which would be given the token")]
    Redirect {
        /// Scheme, host and port.
        server: String,
        /// The API path.
        path: String,
        /// Scheme, host and port of the target.
        target: String,
    },
    /// A redirect that leads nowhere: a loop, no `Location`, a broken one.
    #[error("{server} redirects `{path}` in a way that cannot be followed: {detail}")]
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
    /// The token that was given does not open anything.
    #[error("the Vault token is not valid or has expired")]
    InvalidToken,
    /// Vault refused the JWT.
    #[error("Vault refused the login at auth/{mount} with {}: {messages}", role_phrase(role.as_deref()))]
    LoginRefused {
        /// The auth mount.
        mount: String,
        /// The role that was asked for; none is the mount's default role.
        role: Option<String>,
        /// Vault's reasons.
        messages: Messages,
    },
    /// The token from a login has run out and could not be replaced.
    #[error("the token of this login has run out and could not be replaced: {cause}")]
    LoginEnded {
        /// Why logging in again failed.
        #[source]
        cause: Box<Error>,
    },
    /// The token is valid, but may not do this.
    #[error("{}", forbidden(path, missing, messages))]
    Forbidden {
        /// The API path.
        path: String,
        /// The capabilities that the token lacks there; empty if it has them and Vault refused for another reason.
        missing: Vec<Capability>,
        /// Vault's reasons.
        messages: Messages,
    },
    /// Nothing is mounted where the path begins.
    #[error("no engine or auth method is mounted at the path of `{path}`")]
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
    #[error("cannot write the body for `{path}` as JSON: {detail}")]
    Body {
        /// The API path.
        path: String,
        /// What serde says.
        detail: String,
    },
    /// Vault refused the request.
    #[error("Vault refused to {operation} `{path}` (status {status}): {messages}")]
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
    /// Vault answered, but not as it should.
    #[error("the answer to `{path}` lacks `{field}`")]
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

/// Why a bundle of CA certificates is of no use.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CaCertFault {
    /// The file cannot be read.
    #[error("{0}")]
    Io(Arc<io::Error>),
    /// No certificate between `BEGIN` and `END` lines.
    #[error("it holds no PEM certificate")]
    Empty,
    /// A certificate that cannot be parsed.
    #[error("it holds a damaged certificate")]
    Malformed,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreachable {
    /// DNS has no address for the host.
    #[error("the host name `{0}` is not known")]
    UnknownHost(String),
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// No route to the host.
    #[error("there is no route to it")]
    NoRoute,
    /// The connection was not established in time.
    #[error("no connection within {} s", .0.as_secs_f64())]
    ConnectTimeout(Duration),
    /// The answer was not complete in time.
    #[error("no answer within {} s", .0.as_secs_f64())]
    AnswerTimeout(Duration),
    /// The connection closed before the answer was complete.
    #[error("the connection broke before the answer was complete")]
    Broken,
    /// Anything else, in the words of the HTTP stack.
    #[error("{0}")]
    Other(String),
}

/// Why a TLS connection was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsFault {
    /// Signed by nobody we trust.
    #[error("its certificate is not signed by a CA you trust")]
    UnknownIssuer,
    /// For other names.
    #[error("its certificate is for {}", names_phrase(.0))]
    WrongName(Vec<String>),
    /// Out of date.
    #[error("its certificate has expired")]
    Expired,
    /// Not valid yet: usually a wrong clock.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// Anything else, in the words of the TLS stack.
    #[error("{0}")]
    Other(String),
}

/// What is asked of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// GET.
    Read,
    /// GET with `list=true`.
    List,
    /// POST: creates, or updates.
    Write,
    /// DELETE.
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete => "delete",
        })
    }
}

/// A capability of Vault's policies that a request can lack.
///
/// <https://developer.hashicorp.com/vault/docs/concepts/policies#capabilities>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Capability {
    /// Write what does not exist yet.
    Create,
    /// Read.
    Read,
    /// Write what exists, or a path that knows no difference.
    Update,
    /// Delete.
    Delete,
    /// List.
    List,
    /// Use a path that Vault protects beyond its policies.
    Sudo,
}

impl Capability {
    /// The word in a policy.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::List => "list",
            Self::Sudo => "sudo",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    /// The failure itself, without the count of attempts around it.
    pub(crate) fn root(&self) -> &Self {
        match self {
            Self::GaveUp { last: cause, .. } | Self::Down { cause, .. } => cause.root(),
            error => error,
        }
    }

    /// Whether the token was refused for want of this capability.
    pub(crate) fn lacks(&self, capability: Capability) -> bool {
        matches!(self.root(), Self::Forbidden { missing, .. } if missing.contains(&capability))
    }

    /// What to do about it, if there is anything to say.
    pub(crate) fn help(&self) -> Option<String> {
        let text = match self {
            Self::GaveUp { last: cause, .. } | Self::Down { cause, .. } => return cause.help(),
            Self::LoginEnded { cause } => {
                let more = cause
                    .help()
                    .map(|help| format!("; {help}"))
                    .unwrap_or_default();
                return Some(format!(
                    "give the JWT role a longer token_explicit_max_ttl{more}"
                ));
            }
            Self::CaCert { .. } => "--ca-cert (VAULT_CACERT) takes a file of PEM certificates",
            Self::TlsSetup(_) => {
                "install the system's CA certificates, or give --ca-cert (VAULT_CACERT)"
            }
            Self::Unreachable { cause, .. } => return Some(cause.help().to_owned()),
            Self::Tls { fault, .. } => return fault.help().map(str::to_owned),
            Self::WantsHttps { .. } => "write https:// in --address (VAULT_ADDR)",
            Self::WantsHttp { .. } => {
                "if this Vault really has no TLS, write http:// in --address (VAULT_ADDR)"
            }
            Self::NotVault { .. } => {
                "is --address (VAULT_ADDR) right? A proxy or another site may be answering in Vault's place"
            }
            Self::Damaged { .. } => "a proxy between here and Vault may be cutting answers short",
            Self::TooLarge { .. } => return None,
            Self::Redirect { target, .. } => return Some(redirect_help(target)),
            Self::BadRedirect { .. } => "point --address (VAULT_ADDR) at the active Vault itself",
            Self::Sealed { .. } => "unseal it (`vault operator unseal`), then run this again",
            Self::NotInitialised { .. } => {
                "initialise it (`vault operator init`), or point --address (VAULT_ADDR) at the right server"
            }
            Self::NoActiveNode { .. } => {
                "wait for the cluster to elect one, or point --address (VAULT_ADDR) at the active node"
            }
            Self::DisasterRecovery { .. } => "point --address (VAULT_ADDR) at the primary cluster",
            Self::NoNamespace { .. } => "check --namespace (VAULT_NAMESPACE)",
            Self::InvalidToken => "log in again: set VAULT_TOKEN anew, or run `vault login`",
            Self::LoginRefused { .. } => {
                "check --auth-mount and --auth-role, and that the role's bound claims and audiences admit this JWT"
            }
            Self::Forbidden { path, missing, .. } => return policy_help(path, missing),
            Self::MissingMount { .. } => {
                "check the mount's path (and the namespace); was it disabled meanwhile?"
            }
            Self::UnsupportedPath { .. } => {
                "check the name, and that the mount is of the expected type and version"
            }
            Self::InvalidPath { .. } => "a name must not be empty, `.` or `..`",
            Self::Body { .. } | Self::Rejected { .. } | Self::Incomplete { .. } => return None,
        };
        Some(text.to_owned())
    }
}

impl Unreachable {
    fn help(&self) -> &'static str {
        match self {
            Self::UnknownHost(_) => {
                "check the host in --address (VAULT_ADDR), and this machine's DNS"
            }
            Self::Refused => {
                "is Vault running, and are host and port in --address (VAULT_ADDR) right?"
            }
            Self::NoRoute | Self::ConnectTimeout(_) => {
                "check host and port in --address (VAULT_ADDR), and firewalls and proxies on the way"
            }
            Self::AnswerTimeout(_) => {
                "Vault or a proxy is slow or stuck; --timeout allows for more time"
            }
            Self::Broken | Self::Other(_) => {
                "check --address (VAULT_ADDR), and proxies (HTTPS_PROXY, NO_PROXY) on the way"
            }
        }
    }
}

impl TlsFault {
    fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownIssuer => "give the CA that signed it with --ca-cert (VAULT_CACERT)",
            Self::WrongName(_) => {
                "if that is the right server, use such a name in --address (VAULT_ADDR), or give it with --tls-server-name"
            }
            Self::Expired => "renew the certificate of Vault; is this machine's clock right?",
            Self::NotYetValid => "is this machine's clock right?",
            Self::Other(_) => return None,
        })
    }
}

fn names_phrase(names: &[String]) -> String {
    if names.is_empty() {
        "another name".to_owned()
    } else {
        names.join(", ")
    }
}

fn role_phrase(role: Option<&str>) -> String {
    role.map_or_else(
        || "the default role".to_owned(),
        |role| format!("role `{role}`"),
    )
}

fn forbidden(path: &str, missing: &[Capability], messages: &Messages) -> String {
    if missing.is_empty() {
        return format!(
            "Vault refuses `{path}` although the token's policies allow it: {messages}"
        );
    }
    let words: Vec<_> = missing
        .iter()
        .map(|capability| format!("`{capability}`"))
        .collect();
    format!("the token lacks {} on `{path}`", words.join(" and "))
}

fn policy_help(path: &str, missing: &[Capability]) -> Option<String> {
    if missing.is_empty() {
        return None;
    }
    let words: Vec<_> = missing
        .iter()
        .map(|capability| format!("\"{capability}\""))
        .collect();
    Some(format!(
        "add to a policy of the token: path \"{path}\" {{ capabilities = [{}] }}",
        words.join(", ")
    ))
}

fn redirect_help(target: &str) -> String {
    match target.strip_prefix("https://") {
        Some(host) => format!(
            "if {host} is a node of the same cluster, allow it with --allow-redirect-host {host}"
        ),
        None => {
            "point --address (VAULT_ADDR) at the active node: a token is not sent on by plain http"
                .to_owned()
        }
    }
}
