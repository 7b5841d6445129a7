//! The three numbers that GitLab shows beside a merge request, as its terraform report.

use std::io::{self, Write};

use crate::plan::Plan;

/// Writes `{"create":3,"update":1,"delete":2}`.
///
/// <https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsterraform>
///
/// # Errors
/// When `out` can't be written to.
pub(crate) fn write_terraform_report(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &plan.summary())?;
    writeln!(out)
}
