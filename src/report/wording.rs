//! Wording that all formats share.

use super::shown::Shown;
use crate::plan::Change;

/// `1 error`, `2 errors`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    let stem = noun.strip_suffix('y');
    match (
        count,
        stem.filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])),
    ) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{count} {stem}ies"),
        (_, None) => format!("{count} {noun}s"),
    }
}

/// One change in one line: `AWS role aws/roles/365-dev  (somenamespace/someproject, dev)`, with the reason for a delete.
pub(super) fn heading(change: &Change) -> String {
    let (title, path) = (change.address.kind.title(), change.address.path());
    let mut heading = format!("{title} {}", Shown::text(&path));
    let about = change.label.iter().chain(&change.reason);
    let about: Vec<String> = about.map(|text| Shown::text(text).to_string()).collect();
    if !about.is_empty() {
        heading.push_str(&format!("  ({})", about.join("; ")));
    }
    heading
}
