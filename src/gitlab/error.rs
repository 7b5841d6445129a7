//! What can go wrong between this program and GitLab: what failed, at which request, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;

use crate::http::{CaCertFault, Fault, Unreachable};

/// A request that failed. `Display` says what and where, [`GitLabError::help`] what to do.
///
/// No variant holds the token. Texts of the server are printable and on one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GitLabError {
    /// The runner's file of CA certificates could not be read.
    #[error("can't read the CA certificates in {} (CI_SERVER_TLS_CA_FILE): {cause}", file.display())]
    CaCert {
        /// The file.
        file: PathBuf,
        /// Why not.
        cause: CaCertFault,
    },
    /// The CA certificates of the auth method's configuration can't be used.
    #[error("can't use the CA certificates in `jwks_ca_pem`: {0}")]
    KeysCaCert(CaCertFault),
    /// The HTTP client could not be set up.
    #[error("can't set up TLS for GitLab: {0}")]
    TlsSetup(String),
    /// The token can't be sent in a header.
    #[error("the GitLab token contains characters that a token can't have")]
    Token,
    /// GitLab did not answer.
    #[error("no answer from GitLab at {server} to {call}: {fault}")]
    Unanswered {
        /// Scheme, host and port.
        server: String,
        /// Method and path.
        call: String,
        /// Why not.
        fault: Fault,
    },
    /// GitLab refused the request.
    #[error("GitLab refused {call} (status {status}): {message}")]
    Refused {
        /// Method and path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// GitLab's reason.
        message: String,
    },
    /// A redirect, which is not followed because the token would be sent to another host.
    #[error("{server} redirects {call} to {target}, where the token is not sent")]
    Redirect {
        /// Scheme, host and port.
        server: String,
        /// Method and path.
        call: String,
        /// Where to.
        target: String,
    },
    /// Something other than GitLab's API answered, or the answer is truncated.
    #[error(
        "{server} answered {call} with {what} (status {status}), not with an answer of GitLab's API"
    )]
    Foreign {
        /// Scheme, host and port.
        server: String,
        /// Method and path.
        call: String,
        /// "an HTML page".
        what: String,
        /// The HTTP status.
        status: u16,
    },
    /// The body is larger than the limit.
    #[error("the answer to {call} is larger than {} MiB", limit >> 20)]
    TooLarge {
        /// Method and path.
        call: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// A list whose pages lead in a circle, or that has more pages than are read.
    #[error("the pages of {0} do not end")]
    Endless(String),
    /// A list that takes too long; its time limit is in seconds.
    #[error("the pages of {0} were not read within {1} s")]
    ListTimeout(String, u64),
    /// There is no such user.
    #[error("GitLab has no user `{0}` that this token can see")]
    NoUser(String),
    /// GitLab ignores what a user may not set, without an error.
    #[error(
        "GitLab did not add the label `{0}`, by which the issue is found again; the issue was closed"
    )]
    NoLabel(String),
    /// All attempts failed.
    #[error("{last} (tried {sends} times in {:.1} s)", after.as_secs_f64())]
    GaveUp {
        /// How many times the request was sent.
        sends: u32,
        /// From the first attempt to the last.
        after: Duration,
        /// The last failure.
        last: Box<GitLabError>,
    },
}

impl GitLabError {
    /// Whether GitLab may have carried out the request although there is no answer that says so.
    pub(super) fn leaves_in_doubt(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Foreign { status, .. } => *status >= 500 || (200..300).contains(status),
            Self::Unanswered { fault, .. } => matches!(
                fault,
                Fault::Unreachable(
                    Unreachable::AnswerTimeout(_) | Unreachable::Broken | Unreachable::Other(_)
                )
            ),
            _ => false,
        }
    }

    /// Whether GitLab refused what the request asks for, which another request may do without.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::NoUser(_))
            || matches!(self, Self::Refused { status, .. } if (400..500).contains(status))
    }

    /// Whether other requests with the same token can succeed: one thing is forbidden, or GitLab fails on it.
    pub(super) fn is_about_one_thing(&self) -> bool {
        match self {
            Self::GaveUp { last, .. } => last.is_about_one_thing(),
            Self::Refused { status, .. } => matches!(status, 403 | 500),
            _ => false,
        }
    }

    /// What to do about it, where the message does not say so already.
    pub(crate) fn help(&self) -> Option<&'static str> {
        let status = match self {
            Self::GaveUp { last, .. } => return last.help(),
            Self::Unanswered { fault, .. } => return Some(unanswered_help(fault)),
            Self::KeysCaCert(_) => {
                return Some("write certificates in PEM there, as Vault needs them too");
            }
            Self::CaCert { .. } | Self::TlsSetup(_) => {
                return Some(
                    "install GitLab's CA in the image, or set tls-ca-file in the runner's configuration",
                );
            }
            Self::Redirect { .. } => {
                return Some(
                    "if that is GitLab's own address, give it as --gitlab-url or CI_API_V4_URL",
                );
            }
            Self::NoUser(_) => {
                return Some(
                    "pass a user name to --assignee, and use a token with the scope `api`",
                );
            }
            Self::NoLabel(_) => {
                return Some("give the token's user the role Reporter or above in the project");
            }
            Self::Token => return Some("set GITLAB_TOKEN to a project access token"),
            Self::TooLarge { .. } | Self::Endless(_) | Self::ListTimeout(..) => return None,
            Self::Foreign { status, .. } if *status < 500 => {
                return Some(
                    "check CI_API_V4_URL or --gitlab-url: something other than GitLab seems to answer there",
                );
            }
            Self::Foreign { status, .. } | Self::Refused { status, .. } => *status,
        };
        status_help(status)
    }
}

/// <https://docs.gitlab.com/api/rest/troubleshooting/#status-codes>
fn status_help(status: u16) -> Option<&'static str> {
    Some(match status {
        401 => "the token is wrong, was revoked or has expired: set GITLAB_TOKEN to a new one",
        403 => {
            "the token needs the scope `api`, and its user the role Reporter or above in the project, \
             which must have issues enabled"
        }
        404 => {
            "a private project or a confidential issue does not exist for a token that may not see it: \
             check CI_PROJECT_ID, and that the user of the token is a member with the role Reporter or above"
        }
        429 => "GitLab limits the rate of requests: run this again later",
        500.. => "GitLab has an internal problem: run this again later",
        _ => return None,
    })
}

fn unanswered_help(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unreachable(Unreachable::AnswerTimeout(_)) => {
            "GitLab or a proxy is slow or stuck; --timeout sets a longer time limit"
        }
        Fault::Unreachable(_) => {
            "check CI_API_V4_URL or --gitlab-url, the DNS of this machine, and the firewalls and proxies in between (HTTPS_PROXY, NO_PROXY)"
        }
        Fault::Tls(_) => {
            "install GitLab's CA in the image, or set tls-ca-file in the runner's configuration"
        }
        Fault::WantsHttp => "check CI_API_V4_URL or --gitlab-url, which says https://",
    }
}
