//! The findings of `validate`, `plan` and `check`, in the formats that GitLab shows in a merge request.

mod codequality;
mod findings;
mod junit;
mod sarif;
mod suggestion;

pub(crate) use findings::{Checked, CheckedSubject};
pub(crate) use suggestion::suggestions;

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum CheckReport {
    /// GitLab's code quality report, which all editions show
    Codequality,
    /// One test case for each lint, expectation and comparison
    Junit,
    /// SARIF 2.1.0, for security dashboards
    Sarif,
}

/// The whole report.
pub(crate) fn checks(checked: &Checked<'_>, format: CheckReport) -> String {
    match format {
        CheckReport::Codequality => codequality::report(checked),
        CheckReport::Junit => junit::report(checked),
        CheckReport::Sarif => sarif::report(checked),
    }
}
