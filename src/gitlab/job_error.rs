//! What a request to GitLab lacks in the variables of its job.

use std::path::PathBuf;

/// A variable that a request to GitLab needs is missing or malformed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// Variables that are not set.
    #[error("{flag} needs {}, which {} not set", names.join(", "), are(names))]
    Missing {
        /// The flag that needs them.
        flag: &'static str,
        /// Their names.
        names: Vec<&'static str>,
    },
    /// A variable that does not have the form that GitLab gives it.
    #[error("{name} must be {expected}, not `{value}`")]
    Malformed {
        /// Its name.
        name: &'static str,
        /// The expected form.
        expected: &'static str,
        /// The value, printable.
        value: String,
    },
    /// The token's file can't be read.
    #[error("can't read the GitLab token in {}: {error}", path.display())]
    TokenFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// The token's file is empty.
    #[error("{} does not contain a token", .0.display())]
    EmptyTokenFile(PathBuf),
}

impl JobError {
    /// What to do about it, where the message does not say so already.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            Self::Missing { flag, names } => Some(missing_help(flag, names)),
            _ => None,
        }
    }
}

fn are(names: &[&str]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}

/// A flag is for writing; without one, a command only reads.
fn missing_help(flag: &str, names: &[&str]) -> &'static str {
    match names {
        _ if !flag.starts_with("--") => {
            "set GITLAB_TOKEN to an access token with the scope `read_api`, or pass --gitlab-token-file; outside a \
             GitLab job, also pass --gitlab-url"
        }
        ["GITLAB_TOKEN"] => {
            "set it to a project access token with the scope `api`, or pass --gitlab-token-file"
        }
        ["CI_MERGE_REQUEST_IID"] => {
            "run this in merge request pipelines: `rules: [if: $CI_PIPELINE_SOURCE == \"merge_request_event\"]`"
        }
        _ => {
            "GitLab sets the CI_ variables for its jobs; GITLAB_TOKEN, or the file of --gitlab-token-file, holds a \
             project access token with the scope `api`"
        }
    }
}
