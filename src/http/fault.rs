//! Failures of the HTTP stack, classified by their innermost cause.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use rustls::CertificateError;
use rustls::InvalidMessage;

use super::cause::{TlsFault, Unreachable};
use super::client::{CONNECT_TIMEOUT, UnknownHost};
use super::retry::{Again, Failure, Patience};
use super::text::one_line;

/// Why an exchange had no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The server can't be reached, or did not answer.
    #[error("{0}")]
    Unreachable(Unreachable),
    /// The TLS handshake failed, mostly because of the server's certificate.
    #[error("no trusted TLS connection: {0}")]
    Tls(TlsFault),
    /// The server answers only plain HTTP.
    #[error("it speaks plain HTTP")]
    WantsHttp,
}

/// The cause of a failed exchange, and whether another attempt can succeed.
pub(crate) fn classify(error: &reqwest::Error, timeout: Duration) -> Failure<Fault> {
    if let Some(tls) = find::<rustls::Error>(error) {
        return Failure::lasting(tls_fault(tls));
    }
    let (cause, patience) = if error.is_timeout() && error.is_connect() {
        (
            Unreachable::ConnectTimeout(CONNECT_TIMEOUT.min(timeout)),
            Patience::Unreachable,
        )
    } else if error.is_timeout() {
        (Unreachable::AnswerTimeout(timeout), Patience::TimedOut)
    } else if let Some(UnknownHost { host }) = find(error) {
        (
            Unreachable::UnknownHost(host.clone()),
            Patience::Unreachable,
        )
    } else if let Some(io) = find::<io::Error>(error) {
        (io_cause(io), Patience::Unreachable)
    } else if error.is_body() || error.is_decode() || error.is_request() && !error.is_connect() {
        (Unreachable::Broken, Patience::Unreachable)
    } else {
        (
            Unreachable::Other(one_line(&innermost(error))),
            Patience::Unreachable,
        )
    };
    Failure {
        error: Fault::Unreachable(cause),
        again: Again::Yes(patience, None),
    }
}

fn io_cause(error: &io::Error) -> Unreachable {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::ConnectionRefused => Unreachable::Refused,
        ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::AddrNotAvailable => Unreachable::NoRoute,
        ErrorKind::TimedOut => Unreachable::ConnectTimeout(CONNECT_TIMEOUT),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Unreachable::Broken,
        _ => Unreachable::Other(one_line(&error.to_string())),
    }
}

fn tls_fault(error: &rustls::Error) -> Fault {
    match error {
        // The answer of a server without TLS is not a TLS record.
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => Fault::WantsHttp,
        rustls::Error::InvalidCertificate(error) => Fault::Tls(certificate_fault(error)),
        other => Fault::Tls(TlsFault::Other(one_line(&other.to_string()))),
    }
}

fn certificate_fault(error: &CertificateError) -> TlsFault {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsFault::UnknownIssuer,
        CertificateError::NotValidForName => TlsFault::WrongName(Vec::new()),
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsFault::WrongName(presented.iter().map(|name| bare_name(name)).collect())
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TlsFault::NotYetValid
        }
        other => TlsFault::Other(one_line(&other.to_string())),
    }
}

/// `vault.test` of rustls's `DnsName("vault.test")`, `127.0.0.1` of its `IpAddress(127.0.0.1)`.
fn bare_name(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner);
    one_line(inner.trim_end_matches(')').trim_matches('"'))
}

/// The message of the innermost cause; the outer ones repeat the URL.
pub(crate) fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and its causes. `io::Error` hides the error that it wraps from `source`.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|inner| inner as &(dyn StdError + 'static))
            .or_else(|| error.source())
    })
}
