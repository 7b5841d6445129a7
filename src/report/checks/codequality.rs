//! GitLab's code quality report.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use serde_json::{Value, json};

use super::findings::{Checked, Located};
use crate::diagnostic::{Code, escaped_json};
use crate::report::shown;

/// One array; GitLab compares it with that of the target branch by the fingerprints.
pub(super) fn report(checked: &Checked<'_>) -> String {
    let issues: Vec<Value> = checked.located().iter().map(issue).collect();
    let json = format!("{:#}\n", Value::Array(issues));
    escaped_json(&json, |c| c == '\n' || shown::is_plain(c))
}

fn issue(found: &Located<'_>) -> Value {
    json!({
        "description": found.text(),
        "check_name": found.diagnostic.code.name(),
        "fingerprint": found.fingerprint,
        "severity": severity(found),
        "location": {"path": found.path, "lines": {"begin": found.line}},
    })
}

fn severity(found: &Located<'_>) -> &'static str {
    match (found.is_error(), found.diagnostic.code) {
        (true, Code::BrokenExpectation) => "critical",
        (true, _) => "major",
        (false, _) => "minor",
    }
}
