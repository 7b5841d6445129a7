//! What the issue and its notes say.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::commands::gitlab::{Subject, code};
use crate::commands::plural;
use crate::digest;
use crate::gitlab::{Issue, Job, Marker, Memory};
use crate::plan::{Change, Plan};
use crate::report::Review;
use crate::report::markdown::{self, link};

/// <https://docs.gitlab.com/api/issues/#create-an-issue>
const LONGEST_DESCRIPTION: usize = 1_048_576;
/// <https://docs.gitlab.com/api/notes/#create-an-issue-note>
const LONGEST_NOTE: usize = 1_000_000;
/// How much of a description may be taken by what the marker remembers.
const LONGEST_MEMORY: usize = LONGEST_DESCRIPTION / 4;
/// The key under which a marker remembers the whole drift; those of its parts are paths, and have a slash.
const WHOLE: &str = "drift";

/// A drift, as far as it tells one from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Drift {
    /// A digest of all of it.
    whole: String,
    /// A digest of each change, by its path.
    changes: BTreeMap<String, String>,
}

impl Drift {
    /// No drift.
    pub(super) fn none() -> Self {
        Self {
            whole: "none".to_owned(),
            changes: BTreeMap::new(),
        }
    }

    /// The drift that a plan would undo.
    pub(super) fn of(plan: &Plan) -> Self {
        let changes = plan.changes.iter();
        let changes: BTreeMap<_, _> = changes
            .map(|change| (path(change), fingerprint(change)))
            .collect();
        let parts = changes.iter().flat_map(|(path, digest)| [path, digest]);
        let whole = digest::hex(parts.map(String::as_str), 16);
        let size = |(path, digest): (&String, &String)| path.len() + digest.len();
        let is_small = changes.iter().map(size).sum::<usize>() < LONGEST_MEMORY;
        Self {
            whole,
            changes: if is_small { changes } else { BTreeMap::new() },
        }
    }

    /// The drift that an issue tells.
    pub(super) fn told_in(issue: &Issue, marker: &Marker) -> Self {
        let description = issue.description.as_deref().unwrap_or_default();
        let mut changes = marker.memory(description).unwrap_or_default();
        Self {
            whole: changes.remove(WHOLE).unwrap_or_default(),
            changes,
        }
    }

    /// What tells it from another.
    pub(super) fn memory(&self) -> Memory {
        Memory::from([(WHOLE.to_owned(), self.whole.clone())])
    }

    /// What tells its parts too.
    fn detailed_memory(&self) -> Memory {
        let mut memory = self.memory();
        memory.extend(self.changes.clone());
        memory
    }
}

fn path(change: &Change) -> String {
    change.address.path()
}

fn fingerprint(change: &Change) -> String {
    let action = serde_json::to_string(&change.action).unwrap_or_default();
    digest::hex([action.as_str()], 6)
}

/// What a run has found, and where.
pub(super) struct Finding<'a> {
    pub(super) review: Review<'a>,
    pub(super) marker: &'a Marker,
    pub(super) subject: &'a Subject,
    pub(super) job: &'a Job,
    pub(super) now: SystemTime,
}

impl Finding<'_> {
    /// The issue's description.
    pub(super) fn description(&self) -> String {
        let found = format!(
            "Compared: {}. {}.\n",
            self.subject.words(),
            self.circumstances()
        );
        let marker = self
            .marker
            .comment(&Drift::of(self.review.plan).detailed_memory());
        let rest = format!("\n{LEGEND}\n\n{NEXT}\n{marker}");
        let limit = LONGEST_DESCRIPTION.saturating_sub(found.len() + rest.len() + 1);
        let document = markdown::document(self.review, limit);
        format!("{found}\n{document}{rest}")
    }

    /// The note on a drift that is not as the issue had told.
    pub(super) fn changed(&self, told: &Drift) -> String {
        let found = Drift::of(self.review.plan);
        let head = format!("The drift has changed. {}.\n", self.circumstances());
        if told.changes.is_empty() || found.changes.is_empty() {
            return format!(
                "{head}\n{}",
                markdown::document(self.review, LONGEST_NOTE / 2)
            );
        }
        let other =
            |change: &&Change| told.changes.get(&path(change)) != found.changes.get(&path(change));
        let other: Vec<Change> = self
            .review
            .plan
            .changes
            .iter()
            .filter(other)
            .cloned()
            .collect();
        let gone = told.changes.keys();
        let gone: Vec<&str> = gone
            .filter(|path| !found.changes.contains_key(*path))
            .map(String::as_str)
            .collect();
        let mut text = head;
        if !other.is_empty() {
            text.push_str(&format!(
                "\nNew, or not as before: {}\n\n",
                plural(other.len(), "difference")
            ));
            let other = Plan {
                changes: other,
                warnings: Vec::new(),
                ..self.review.plan.clone()
            };
            text.push_str(&markdown::diff_block(&other, LONGEST_NOTE / 2));
        }
        if !gone.is_empty() {
            text.push_str(&format!("\nGone: {}\n\n", plural(gone.len(), "difference")));
            text.push_str(&markdown::block(&gone, LONGEST_NOTE / 4));
        }
        text.trim_end().to_owned()
    }

    /// The note on a drift that is gone.
    pub(super) fn gone(&self) -> String {
        format!(
            "The drift is gone: what the files declare is in Vault as they say. {}.",
            self.circumstances()
        )
    }

    /// When, by which job and at which commit.
    fn circumstances(&self) -> String {
        let time = httpdate::fmt_http_date(self.now);
        let pipeline = self.job.pipeline_url.as_deref();
        let pipeline = pipeline.map_or_else(String::new, |url| {
            format!(" in {}", link("this pipeline", url))
        });
        let commit = self.job.commit.as_deref();
        let commit = commit.map_or_else(String::new, |sha| format!(" at commit {}", code(sha)));
        let reference = self.job.reference.as_deref();
        let reference = reference.map_or_else(String::new, |name| format!(" of {}", code(name)));
        format!("Found on {time}{pipeline}{commit}{reference}")
    }
}

const LEGEND: &str = "Marked `-` is what Vault holds, and `+` what the files say.";

/// What to do about it.
const NEXT: &str = "\
What next:

- To make Vault as the files say again, run the pipeline of the default branch and its manual job `apply`, \
or `vault-provisioner apply`.
- To keep what Vault holds, write it into the files and merge that: `vault-provisioner import --out DIR` writes \
the files of the live Vault.

The next job that finds another drift brings this issue up to date, and the first that finds none closes it.
";
