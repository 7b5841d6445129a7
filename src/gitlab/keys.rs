//! The keys with which GitLab signs the JWTs of jobs.

use std::path::Path;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

use super::error::GitLabError;
use crate::http::{client, fault};

/// The size limit of a key set, in bytes. GitLab's has a few keys of less than 1 KiB each.
const LARGEST_KEY_SET: usize = 1 << 20;

/// What is trusted for a connection besides the system's CA certificates.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TrustedCertificates<'a> {
    /// A PEM file.
    pub(crate) file: Option<&'a Path>,
    /// Certificates in PEM; empty for none.
    pub(crate) pem: &'a str,
}

/// Reads a JSON Web Key Set.
///
/// # Errors
/// When there is no answer, or none of that kind.
pub(crate) async fn signing_keys(
    url: &Url,
    trusted: TrustedCertificates<'_>,
    timeout: Duration,
) -> Result<Vec<u8>, GitLabError> {
    let mut builder = client::builder(timeout);
    if !trusted.pem.is_empty() {
        let certificates = client::certificates_in(trusted.pem.as_bytes());
        builder = builder.tls_certs_merge(certificates.map_err(GitLabError::KeysCaCert)?);
    }
    if let Some(file) = trusted.file {
        let certificates = client::certificates(file).map_err(|cause| GitLabError::CaCert {
            file: file.to_owned(),
            cause,
        })?;
        builder = builder.tls_certs_merge(certificates);
    } else if url.scheme() == "http" {
        // Plain HTTP must work on a machine without CA certificates.
        builder = builder.tls_certs_only([]);
    }
    let http = builder
        .build()
        .map_err(|error| GitLabError::TlsSetup(fault::innermost(&error)))?;
    let (server, call) = (
        url.origin().ascii_serialization(),
        format!("GET {}", url.path()),
    );
    let unanswered = |error: reqwest::Error| GitLabError::Unanswered {
        server: server.clone(),
        call: call.clone(),
        fault: fault::classify(&error, timeout).error,
    };
    let mut response = http.get(url.clone()).send().await.map_err(unanswered)?;
    let status = response.status();
    if !status.is_success() {
        let kind = response.headers().get(CONTENT_TYPE);
        let kind = kind
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or("no type");
        return Err(GitLabError::Foreign {
            what: format!("data of the type {kind}"),
            status: status.as_u16(),
            server,
            call,
        });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        if body.len() + chunk.len() > LARGEST_KEY_SET {
            return Err(GitLabError::TooLarge {
                call,
                limit: LARGEST_KEY_SET,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
