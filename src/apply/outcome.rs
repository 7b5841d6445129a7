//! What became of a change.

use super::write::ChangeError;

/// What became of a change.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Vault was read back and is as planned.
    Done,
    /// Vault refused, or is not as planned.
    Failed(ChangeError),
    /// It was not tried.
    NotTried(Reason),
}

/// Why a change was not tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    /// Something that it needs is not there.
    #[error("it needs {0}, which failed")]
    Needs(String),
    /// The run was interrupted.
    #[error("the run was interrupted")]
    Interrupted,
}
