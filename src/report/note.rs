//! The note on a merge request: what a merge would change in Vault.

use super::markdown::{self, LONGEST_NOTE, folded};
use super::{ReportSubject, Review};
use crate::gitlab::{Marker, Memory};

/// The verdict and who gains or loses access, which lints the files began or ceased to allow, and below it the folded diff.
pub(crate) fn note(
    review: Review<'_>,
    allowed: &[String],
    subject: &ReportSubject,
    marker: &Marker,
) -> String {
    let marker = marker.comment(&Memory::new());
    let limit = LONGEST_NOTE - marker.len() - folded("Changes", "").len() - 3;
    let context = format!("{}.", subject.sentence());
    let allowed = markdown::allowed(allowed, limit / 8);
    let mut text = markdown::above(review, &context, limit - allowed.len());
    text.push_str(&allowed);
    let diff = markdown::diff(&review.plan.changes, limit.saturating_sub(text.len()));
    if !diff.is_empty() {
        text.push_str(&format!("\n{}", folded("Changes", &diff)));
    }
    format!("{text}\n{marker}")
}
