//! A large plan in a few lines: the number of changes of each kind, and for each project.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Shown;
use crate::plan::{Action, Change, Summary};

/// From this number of changes on, the totals are above the diff.
const MANY: usize = 50;

/// How many projects are named; the others are counted.
const PROJECTS: usize = 20;

/// The lines of the totals; empty for a small plan.
pub(super) fn lines(changes: &[&Change]) -> Vec<String> {
    if changes.len() < MANY {
        return Vec::new();
    }
    let mut kinds: BTreeMap<&str, Summary> = BTreeMap::new();
    let mut projects: BTreeMap<&str, Summary> = BTreeMap::new();
    for change in changes {
        let kind = kinds.entry(change.address.kind.title()).or_default();
        count(kind, &change.action);
        // The label of a mapping is its project and its environment.
        let label = change.label.as_deref();
        if let Some((project, _)) = label.and_then(|label| label.rsplit_once(", ")) {
            count(projects.entry(project).or_default(), &change.action);
        }
    }
    let mut lines = vec!["Changes by kind:".to_owned()];
    lines.extend(kinds.iter().map(|(kind, total)| line(kind, *total)));
    if projects.is_empty() {
        return lines;
    }
    let mut projects: Vec<(&str, Summary)> = projects.into_iter().collect();
    projects.sort_by_key(|(_, total)| Reverse(total.create + total.update + total.delete));
    lines.push("Changes by project:".to_owned());
    let named = projects.iter().take(PROJECTS);
    lines.extend(named.map(|(project, total)| line(project, *total)));
    if projects.len() > PROJECTS {
        lines.push(format!("  and {} more projects", projects.len() - PROJECTS));
    }
    lines
}

fn count(total: &mut Summary, action: &Action) {
    match action {
        Action::Create { .. } => total.create += 1,
        Action::Update { .. } => total.update += 1,
        Action::Delete { .. } => total.delete += 1,
    }
}

fn line(name: &str, total: Summary) -> String {
    let parts = [
        (total.create, "to create"),
        (total.update, "to update"),
        (total.delete, "to delete"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    format!("  {}: {}", Shown::clipped(name, 100), parts.join(", "))
}
