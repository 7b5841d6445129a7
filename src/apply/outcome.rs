//! The outcome of a change.

use super::write::ChangeError;
use crate::compatibility::UnsupportedFields;

/// The outcome of a change.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Vault was read back, and holds what was planned.
    Done,
    /// Vault refused it, or does not hold what was planned.
    Failed(ChangeError),
    /// It was not tried.
    NotTried(Reason),
}

impl Outcome {
    /// The fields for which it failed, as the server does not have them.
    pub(crate) fn unsupported_fields(&self) -> Option<&UnsupportedFields> {
        match self {
            Self::Failed(ChangeError::UnsupportedFields(fields)) => Some(fields),
            _ => None,
        }
    }
}

/// Why a change was not tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Reason {
    /// A change that it depends on failed.
    #[error("it needs {0}, which failed")]
    Needs(String),
    /// The run was interrupted.
    #[error("the run was interrupted")]
    Interrupted,
}
