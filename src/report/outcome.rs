//! What became of each change, for people.

use super::text::Styles;
use super::{Shown, heading};
use crate::apply::Outcome;
use crate::plan::{Action, Summary, Verified};

/// A line for each change in the plan's order, and the count of what was done.
pub(crate) fn outcomes(work: &Verified, outcomes: &[Outcome], styles: &Styles) -> String {
    let mut text = String::new();
    let mut done = Summary::default();
    for (change, outcome) in work.left.changes.iter().zip(outcomes) {
        let heading = heading(change);
        let (style, line) = match outcome {
            Outcome::Done => (
                styles.added(),
                format!("{} {heading}", word(&change.action, &mut done)),
            ),
            Outcome::Failed(error) => (
                styles.removed(),
                format!("failed {heading}\n    {}", Shown::text(&error.to_string())),
            ),
            Outcome::NotTried(reason) => (
                styles.changed(),
                format!(
                    "not tried {heading}\n    {}",
                    Shown::text(&reason.to_string())
                ),
            ),
        };
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

/// What was done, counted.
fn word(action: &Action, done: &mut Summary) -> &'static str {
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
