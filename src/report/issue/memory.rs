//! What an issue remembers about the drift that it describes, so that the next run knows what is new.

use std::collections::BTreeMap;

use super::GoneMappings;
use crate::digest;
use crate::gitlab::{Issue, Marker, Memory};
use crate::plan::Change;
use crate::report::Review;
use crate::report::markdown::LONGEST_DESCRIPTION;

/// The largest share of a description that the marker may take.
const LONGEST_MEMORY: usize = LONGEST_DESCRIPTION / 4;

/// The key under which a marker remembers the whole drift. The keys of its parts are paths, which contain a slash.
const WHOLE: &str = "drift";

/// Digests of a drift, for comparison.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DriftDigest {
    /// A digest of all of it.
    whole: String,
    /// A digest of each difference, by its path; empty if there are too many to remember.
    pub(super) changes: BTreeMap<String, String>,
}

impl DriftDigest {
    /// No drift.
    pub(crate) fn none() -> Self {
        Self {
            whole: "none".to_owned(),
            changes: BTreeMap::new(),
        }
    }

    /// The drift that was found.
    pub(super) fn of(review: Review<'_>, gone: &GoneMappings) -> Self {
        let plan = review.plan;
        let changes = plan
            .changes
            .iter()
            .map(|change| (change.address.path(), digest_of(change, review)));
        let gone = gone.lines.iter();
        let gone = gone.map(|(place, what)| (place.clone(), digest::hex([what.as_str()], 6)));
        let foreign = plan.foreign.iter();
        let foreign = foreign.map(|address| (address.path(), "foreign".to_owned()));
        let identity = review.identity().iter().map(|power| {
            let parts = power
                .policies
                .iter()
                .chain(&power.identities)
                .chain(&power.unknown);
            (
                power.path.clone(),
                digest::hex(parts.map(String::as_str), 6),
            )
        });
        let changes: BTreeMap<_, _> = changes.chain(foreign).chain(identity).chain(gone).collect();
        let parts = changes.iter().flat_map(|(path, digest)| [path, digest]);
        let whole = digest::hex(parts.map(String::as_str), 16);
        let size = |(path, digest): (&String, &String)| path.len() + digest.len();
        let is_small = changes.iter().map(size).sum::<usize>() < LONGEST_MEMORY;
        Self {
            whole,
            changes: if is_small { changes } else { BTreeMap::new() },
        }
    }

    /// The drift that an issue describes.
    pub(crate) fn told_in(issue: &Issue, marker: &Marker) -> Self {
        let description = issue.description.as_deref().unwrap_or_default();
        let mut changes = marker.memory(description).unwrap_or_default();
        Self {
            whole: changes.remove(WHOLE).unwrap_or_default(),
            changes,
        }
    }

    /// What a note remembers: the digest of the whole drift.
    pub(crate) fn memory(&self) -> Memory {
        Memory::from([(WHOLE.to_owned(), self.whole.clone())])
    }

    /// What the note on an issue remembers that was closed by hand and stays closed.
    pub(crate) fn memory_of_closed(&self) -> Memory {
        let mut memory = self.memory();
        memory.insert("closed".to_owned(), "by hand".to_owned());
        memory
    }

    /// What the description remembers: the digest of each change too.
    pub(super) fn detailed_memory(&self) -> Memory {
        let mut memory = self.memory();
        memory.extend(self.changes.clone());
        memory
    }
}

/// A change that begins or ceases to wait for an apply is another difference.
fn digest_of(change: &Change, review: Review<'_>) -> String {
    let action = serde_json::to_string(&change.action).unwrap_or_default();
    let merged = review.findings.map(|findings| &findings.merged);
    let waiting = merged.and_then(|merged| merged.since.get(&change.address.path()));
    let since = waiting.map(|commit| commit.commit.as_str());
    digest::hex(std::iter::once(action.as_str()).chain(since), 6)
}
