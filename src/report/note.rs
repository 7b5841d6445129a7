//! The note on a merge request: what a merge would change in Vault.

use super::markdown::{self, LONGEST_NOTE, folded};
use super::{ReportSubject, Review};
use crate::gitlab::{Marker, Memory};

/// The verdict and who gains or loses access, and below it the folded diff.
pub(crate) fn note(review: Review<'_>, subject: &ReportSubject, marker: &Marker) -> String {
    let marker = marker.comment(&Memory::new());
    let limit = LONGEST_NOTE - marker.len() - folded("Changes", "").len() - 3;
    let context = format!("{}.", subject.sentence());
    let mut text = markdown::above(review, &context, limit);
    let diff = markdown::diff(&review.plan.changes, limit.saturating_sub(text.len()));
    if !diff.is_empty() {
        text.push_str(&format!("\n{}", folded("Changes", &diff)));
    }
    format!("{text}\n{marker}")
}
