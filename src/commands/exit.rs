//! How the process ends.

use std::process::ExitCode;

/// How the process ends. Scripts and pipelines rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success; for a plan without `--detailed-exitcode`, even if there are changes.
    Success = 0,
    /// An error, which standard error explains.
    Failure = 1,
    /// There are changes.
    Changes = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
