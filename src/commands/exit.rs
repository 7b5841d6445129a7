//! How the process ends.

use std::process::ExitCode;

/// How the process ends. Scripts and pipelines rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; for plans without `--detailed-exitcode`, whatever they found.
    Success = 0,
    /// Something is wrong; standard error says what.
    Failure = 1,
    /// There are changes.
    Changes = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
