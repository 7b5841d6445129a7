//! SARIF 2.1.0, within the limits of GitLab's reader.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. The few fields are written by hand, because the crates for SARIF
//! depend on a code generator.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use url::Url;

use super::findings::{Checked, Located, shortened};
use crate::diagnostic::{Code, escaped_json};
use crate::report::shown;

/// GitLab accepts at most this many results in one run, and texts of at most this length.
const MAX_RESULTS: usize = 5_000;
const LONGEST_TEXT: usize = 1_024;

/// One run with a rule for each code that was found.
pub(super) fn report(checked: &Checked<'_>) -> String {
    let mut located = checked.located();
    // Errors come first, so only warnings are left out.
    located.sort_by_key(|found| !found.is_error());
    let left_out = located.len().saturating_sub(MAX_RESULTS);
    located.truncate(MAX_RESULTS);
    let codes: BTreeMap<&str, Code> = located
        .iter()
        .map(|found| (found.diagnostic.code.name(), found.diagnostic.code))
        .collect();
    let rules: Vec<Value> = codes.values().map(|code| rule(*code)).collect();
    let results: Vec<Value> = located.iter().map(result).collect();
    let left_out = (left_out > 0).then(|| {
        let text = format!("{left_out} more results are not shown");
        json!({"level": "warning", "message": {"text": text}})
    });
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": left_out.into_iter().collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    });
    let json = format!("{sarif:#}\n");
    escaped_json(&json, |c| c == '\n' || shown::is_plain(c))
}

fn rule(code: Code) -> Value {
    let page = code.page();
    let summary = page
        .split("\n\n")
        .skip(1)
        .take(1)
        .collect::<String>()
        .replace('\n', " ");
    let more = format!("`vault-provisioner --explain {code}` says more.");
    let mut help = json!({"text": shortened(&format!("{summary} {more}"), LONGEST_TEXT)});
    if page.chars().count() <= LONGEST_TEXT {
        help["markdown"] = page.into();
    }
    json!({
        "id": code.name(),
        "shortDescription": {"text": shortened(&summary, LONGEST_TEXT)},
        "help": help,
    })
}

fn result(found: &Located<'_>) -> Value {
    let level = if found.is_error() { "error" } else { "warning" };
    json!({
        "ruleId": found.diagnostic.code.name(),
        "level": level,
        "message": {"text": shortened(&found.text(), LONGEST_TEXT)},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&found.path)},
            "region": {"startLine": found.line, "startColumn": found.column},
        }}],
        "partialFingerprints": {"vaultProvisioner/v1": found.fingerprint},
    })
}

/// A relative path as a relative URI, percent-encoded.
fn uri(path: &str) -> String {
    let Ok(mut url) = Url::parse("file:///") else {
        return path.to_owned();
    };
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.clear().extend(path.split('/'));
    }
    url.path().trim_start_matches('/').to_owned()
}
