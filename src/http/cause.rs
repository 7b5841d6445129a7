//! Why a server could not be talked to, in words that tell the causes apart.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why a bundle of CA certificates is of no use.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum CaCertFault {
    /// The file can't be read.
    #[error("{0}")]
    Io(Arc<io::Error>),
    /// No certificate between `BEGIN` and `END` lines.
    #[error("it holds no PEM certificate")]
    Empty,
    /// A certificate that can't be parsed.
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

fn names_phrase(names: &[String]) -> String {
    if names.is_empty() {
        "another name".to_owned()
    } else {
        names.join(", ")
    }
}
