//! What settings are compared with, and what comes of it.

/// From where `apply` runs, which the settings are compared with.
#[derive(Debug, Clone)]
pub(crate) struct AppliedFrom {
    /// The branch that is applied.
    pub(crate) branch: String,
    /// The environment of the job that applies.
    pub(crate) environment: String,
}

/// Whether a setting is as it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingState {
    /// It is.
    Right,
    /// It is not: what it is instead.
    Wrong(String),
    /// GitLab does not say, for this reason.
    Unknown(String),
}
