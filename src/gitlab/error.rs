//! What can go wrong between here and GitLab: what failed, on which request, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;

use crate::http::{CaCertFault, Fault, Unreachable};

/// A request that failed. `Display` says what and where, [`Error::help`] what to do.
///
/// No variant holds the token, and what GitLab says is made safe to print.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The runner's file of CA certificates could not be read.
    #[error("can't read the CA certificates in {} (CI_SERVER_TLS_CA_FILE): {cause}", file.display())]
    CaCert {
        /// The file.
        file: PathBuf,
        /// Why not.
        cause: CaCertFault,
    },
    /// The HTTP client could not be set up.
    #[error("can't set up TLS for GitLab: {0}")]
    TlsSetup(String),
    /// The token can't be sent.
    #[error("GitLab's token has characters that no token has")]
    Token,
    /// No answer came.
    #[error("no answer from GitLab at {server} to {call}: {fault}")]
    Unanswered {
        /// Scheme, host and port.
        server: String,
        /// Method and path.
        call: String,
        /// Why not.
        fault: Fault,
    },
    /// GitLab did not do it.
    #[error("GitLab refused {call} (status {status}): {message}")]
    Refused {
        /// Method and path.
        call: String,
        /// The HTTP status.
        status: u16,
        /// GitLab's reason.
        message: String,
    },
    /// A redirect, which could lead the token to a stranger.
    #[error("{server} redirects {call} to {target}, where the token is not sent")]
    Redirect {
        /// Scheme, host and port.
        server: String,
        /// Method and path.
        call: String,
        /// Where to.
        target: String,
    },
    /// Something else than GitLab's API answered, or only half of it.
    #[error("{server} answered {call} with {what} (status {status}), not as GitLab's API does")]
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
    /// A list that leads in a circle.
    #[error("the pages of {0} do not end")]
    Endless(String),
    /// There is no such user.
    #[error("GitLab has no user `{0}`, or shows it to nobody")]
    NoUser(String),
    /// GitLab drops what a user may not set, without a word.
    #[error(
        "GitLab did not give the issue the label `{0}`, by which it is found again; it is closed again"
    )]
    NoLabel(String),
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
    /// Whether GitLab may have done what was asked for, although the answer says nothing of it.
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

    /// What to do about it, if there is anything to say.
    pub(crate) fn help(&self) -> Option<&'static str> {
        let status = match self {
            Self::GaveUp { last, .. } => return last.help(),
            Self::Unanswered { fault, .. } => return Some(unanswered_help(fault)),
            Self::CaCert { .. } | Self::TlsSetup(_) => {
                return Some(
                    "install GitLab's CA in the image, or set tls-ca-file in the runner's configuration",
                );
            }
            Self::Redirect { .. } => {
                return Some("set CI_API_V4_URL to the address that it redirects to");
            }
            Self::NoUser(_) => {
                return Some("give --assignee a user name, and a token with the scope `api`");
            }
            Self::NoLabel(_) => {
                return Some("give the token's user the role Reporter or above in the project");
            }
            Self::Token => return Some("set GITLAB_TOKEN to a project access token"),
            Self::Endless(_) => return None,
            Self::Foreign { status, .. } if *status < 500 => {
                return Some("is CI_API_V4_URL right, or does something else answer there?");
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
             whose issues have to be turned on"
        }
        404 => {
            "to a token that may not see it, a private project or a confidential issue is not there: \
             is CI_PROJECT_ID right, and is the token's user a member with the role Reporter or above?"
        }
        429 => "GitLab limits how often it may be asked: run this again later",
        500.. => "GitLab is in trouble: run this again later",
        _ => return None,
    })
}

fn unanswered_help(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unreachable(Unreachable::AnswerTimeout(_)) => {
            "GitLab or a proxy is slow or stuck; --timeout allows for more time"
        }
        Fault::Unreachable(_) => {
            "check CI_API_V4_URL, this machine's DNS, and firewalls and proxies (HTTPS_PROXY, NO_PROXY) on the way"
        }
        Fault::Tls(_) => {
            "install GitLab's CA in the image, or set tls-ca-file in the runner's configuration"
        }
        Fault::WantsHttp => "is CI_API_V4_URL right? It says https://",
    }
}
