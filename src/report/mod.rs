//! Renders plans, outcomes, answers about access, notes and issues, for people and programs. No other module renders.
//!
//! [`diff`] computes the differences of a change, and [`shown`] makes data harmless; each format only lays that out.

mod access;
mod check;
mod checks;
mod diff;
mod difference;
pub(crate) mod explain;
mod foreign;
mod format;
mod history;
pub(crate) mod issue;
mod json;
pub(crate) mod markdown;
mod metrics;
pub(crate) mod note;
mod outcome;
mod page;
mod plan_page;
pub(crate) mod probe;
mod project_settings;
mod review;
pub(crate) mod schema;
mod self_init;
mod shown;
mod subject;
pub(crate) mod summary;
mod terraform;
#[cfg(test)]
mod tests;
mod text;
mod totals;
mod trust;
pub(crate) mod usage;
mod whoami;
mod wording;

pub(crate) use check::{CheckAnswer, CheckFormat};
pub(crate) use checks::{CheckReport, Checked, CheckedSubject, checks, suggestions};
pub(crate) use difference::{AccessDifference, ComparedFiles, write_difference};
pub(crate) use format::{Format, write};
pub(crate) use history::AccessHistory;
pub(crate) use metrics::metrics;
pub(crate) use outcome::outcomes;
pub(crate) use page::PageOrigin;
pub(crate) use plan_page::write as write_plan_page;
pub(crate) use project_settings::project_settings;
pub(crate) use review::{Findings, Protected, Review, nothing_expired};
pub(crate) use self_init::self_init;
pub(crate) use shown::Shown;
pub(crate) use subject::ReportSubject;
pub(crate) use terraform::write_terraform_report;
pub(crate) use text::Styles;
pub(crate) use trust::trust_policies;
pub(crate) use whoami::WhoAmI;
use wording::heading;
pub(crate) use wording::plural;
