//! The causes for which an exchange with a server fails.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why a bundle of CA certificates can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CaCertFault {
    /// The file can't be read.
    #[error("{0}")]
    Io(Arc<io::Error>),
    /// It has no certificate between `BEGIN` and `END` lines.
    #[error("it contains no PEM certificate")]
    Empty,
    /// A certificate that can't be parsed.
    #[error("it contains a malformed certificate")]
    Malformed,
}

/// Why there was no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreachable {
    /// DNS has no address for the host.
    #[error("the host name `{0}` can't be resolved")]
    UnknownHost(String),
    /// No process listens at the port.
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
    /// Another cause, with the message of the HTTP stack.
    #[error("{0}")]
    Other(String),
}

/// Why a TLS connection was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsFault {
    /// No trusted CA signed the certificate.
    #[error("its certificate is not signed by a CA you trust")]
    UnknownIssuer,
    /// The certificate is for other names.
    #[error("its certificate is for {}", names_phrase(.0))]
    WrongName(Vec<String>),
    /// The certificate has expired.
    #[error("its certificate has expired")]
    Expired,
    /// The certificate is not valid yet, mostly because of a wrong clock.
    #[error("its certificate is not valid yet")]
    NotYetValid,
    /// Another cause, with the message of the TLS stack.
    #[error("{0}")]
    Other(String),
}

fn names_phrase(names: &[String]) -> String {
    if names.is_empty() {
        "another name".to_owned()
    } else {
        names.join(", ")
    }
}
