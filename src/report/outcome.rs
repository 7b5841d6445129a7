//! The outcome of each change, for people.

use std::collections::BTreeMap;

use super::text::Styles;
use super::{Shown, heading, plural};
use crate::apply::Outcome;
use crate::plan::{Action, Change, Summary, Verified};

/// How many changes are named in the line about those that were not tried.
const NAMED: usize = 3;

/// A line for each change that was tried, in the plan's order, a line for each reason why others were not tried, and the
/// number of changes that were made.
pub(crate) fn outcomes(work: &Verified, outcomes: &[Outcome], styles: &Styles) -> String {
    let mut text = String::new();
    let mut done = Summary::default();
    let mut not_tried: BTreeMap<String, Vec<&Change>> = BTreeMap::new();
    for (change, outcome) in work.left.changes.iter().zip(outcomes) {
        let heading = heading(change);
        let (style, line) = match outcome {
            Outcome::Done => (
                styles.added(),
                format!("{} {heading}", participle(&change.action, &mut done)),
            ),
            Outcome::Failed(error) => (
                styles.removed(),
                format!(
                    "failed {heading}\n    error[{}]: {}",
                    error.code(),
                    Shown::text(&error.to_string())
                ),
            ),
            Outcome::NotTried(reason) => {
                not_tried
                    .entry(reason.to_string())
                    .or_default()
                    .push(change);
                continue;
            }
        };
        text.push_str(&format!("{style}{line}{style:#}\n"));
    }
    let style = styles.changed();
    for (reason, changes) in &not_tried {
        let line = not_tried_line(reason, changes);
        text.push_str(&format!("{style}{line}{style:#}\n"));
    }
    let Summary {
        create,
        update,
        delete,
    } = done;
    text.push_str(&format!(
        "Applied: {create} created, {update} updated, {delete} deleted"
    ));
    text.push_str(&match work.done.len() {
        0 => ".\n".to_owned(),
        already => format!("; already done: {already}.\n"),
    });
    text
}

/// `not tried 8096 changes: the run was interrupted (auth/gitlab/role/aws, …, and 8093 more)`
fn not_tried_line(reason: &str, changes: &[&Change]) -> String {
    let named = changes.iter().take(NAMED);
    let mut named: Vec<String> = named
        .map(|change| Shown::clipped(&change.address.path(), 200).to_string())
        .collect();
    if changes.len() > NAMED {
        named.push(format!("and {} more", changes.len() - NAMED));
    }
    format!(
        "not tried {}: {} ({})",
        plural(changes.len(), "change"),
        Shown::text(reason),
        named.join(", ")
    )
}

/// Counts a change that was made, and returns its participle.
fn participle(action: &Action, done: &mut Summary) -> &'static str {
    match action {
        Action::Create { .. } => {
            done.create += 1;
            "created"
        }
        Action::Update { .. } => {
            done.update += 1;
            "updated"
        }
        Action::Delete { .. } => {
            done.delete += 1;
            "deleted"
        }
    }
}
