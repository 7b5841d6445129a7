//! What to do about a failure.

use super::Error;
use crate::http::{TlsFault, Unreachable};

impl Error {
    /// What to do about it, if there is anything to say.
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
                "install the system's CA certificates, or give --ca-cert (VAULT_CACERT)"
            }
            Self::WantsHttps { .. } => "write https:// in --address (VAULT_ADDR)",
            Self::WantsHttp { .. } => {
                "if this Vault really has no TLS, write http:// in --address (VAULT_ADDR)"
            }
            Self::NotVault { .. } | Self::Incomplete { .. } => {
                "is --address (VAULT_ADDR) right, or does something else answer in Vault's place?"
            }
            Self::Damaged { .. } => "a proxy between here and Vault may be cutting answers short",
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
            Self::NoNamespaces { .. } => {
                "unset --namespace (VAULT_NAMESPACE): Vault's community edition ignores it, and would use the root namespace"
            }
            Self::InvalidToken => "log in again: set VAULT_TOKEN anew, or run `vault login`",
            Self::LoginRefused { .. } => {
                "check --auth-mount and --auth-role, and that the role's bound claims and audiences admit this JWT"
            }
            Self::LoginEnded { .. } => {
                "give its JWT role a longer token_explicit_max_ttl, or the job a fresh JWT"
            }
            Self::MissingMount { .. } => {
                "check the mount's path and the namespace; was it disabled meanwhile?"
            }
            Self::UnsupportedPath { .. } => {
                "check the name, and that the mount is of the expected type and version"
            }
            Self::InvalidPath { .. } => "a name must not be empty, `.` or `..`",
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
                "is it running (or the proxy on the way), and are host and port in --address (VAULT_ADDR) right?"
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
                "if it is the right server, use such a name in --address (VAULT_ADDR), or give it with --tls-server-name"
            }
            Self::Expired => "renew the certificate of Vault; is this machine's clock right?",
            Self::NotYetValid => "is this machine's clock right?",
            Self::Other(_) => return None,
        })
    }
}

fn redirect_help(target: &str) -> String {
    match target.strip_prefix("https://") {
        Some(host) => {
            format!("if {host} is a node of the same cluster, give --allow-redirect-host {host}")
        }
        None => {
            "a token is not sent on by plain http: point --address (VAULT_ADDR) at the active node"
                .to_owned()
        }
    }
}
