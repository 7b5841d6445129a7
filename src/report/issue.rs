//! The issue about drift, and the notes on it.

mod gone;
mod memory;
mod merged;

use std::time::SystemTime;

pub(crate) use gone::GoneMappings;
pub(crate) use memory::DriftDigest;
pub(crate) use merged::lines as merged_lines;

use super::markdown::{self, LONGEST_DESCRIPTION, LONGEST_NOTE, code, link};
use super::{ReportSubject, Review, Shown, foreign, plural};
use crate::gitlab::{Job, Marker};
use crate::plan::Change;

/// The drift that a run has found.
pub(crate) struct DriftReport<'a> {
    /// The plan that would undo the drift.
    pub(crate) review: Review<'a>,
    /// What GitLab says of the mapped projects and groups.
    pub(crate) gone: &'a GoneMappings,
    /// The marker by which the issue is found again.
    pub(crate) marker: &'a Marker,
    /// What was compared.
    pub(crate) subject: &'a ReportSubject,
    /// The job that runs.
    pub(crate) job: &'a Job,
    /// The time of the run.
    pub(crate) now: SystemTime,
}

impl DriftReport<'_> {
    /// The description. What people wrote into the current one, above and below the marked part, stays.
    pub(crate) fn description(&self, current: Option<&str>) -> String {
        let context = format!("{}. {}.", self.subject.sentence(), self.circumstances());
        let memory = self.digest().detailed_memory();
        let (before, after) = self.marker.around(current.unwrap_or_default());
        let before = kept(before) + self.marker.begin() + "\n";
        let comment = self.marker.comment(&memory);
        let rest = format!("\n{LEGEND}\n\n{NEXT}\n{comment}\n\n{}", kept(after));
        let limit = LONGEST_DESCRIPTION.saturating_sub(before.len() + rest.len());
        let merged = merged::section(self.review, limit / 8);
        let gone = self.gone.section(limit / 8);
        let limit = limit.saturating_sub(merged.len() + gone.len());
        let document = markdown::document(self.review, &context, limit);
        format!("{before}{document}{merged}{gone}{}", rest.trim_end())
    }

    /// Whether there is nothing to report.
    pub(crate) fn is_empty(&self) -> bool {
        self.review.finds_a_match() && self.gone.lines.is_empty()
    }

    /// A digest of what is reported.
    pub(crate) fn digest(&self) -> DriftDigest {
        DriftDigest::of(self.review, self.gone)
    }

    /// The note on an issue that someone closed while there is the same drift as before.
    pub(crate) fn stays_closed(&self) -> String {
        format!(
            "The drift that this issue describes is still there. {}.\n\nThe issue was closed by hand, so it stays closed until \
             there is another drift. To hear of this one again, open the issue.",
            self.circumstances()
        )
    }

    /// The note about drift that differs from what the issue describes.
    pub(crate) fn changed(&self, told: &DriftDigest) -> String {
        let plan = self.review.plan;
        let found = self.digest();
        let head = format!("The drift has changed. {}.\n", self.circumstances());
        if told.changes.is_empty() || found.changes.is_empty() {
            let document = markdown::document(self.review, "", LONGEST_NOTE / 2);
            return format!("{head}\n{document}");
        }
        let is_new = |change: &&Change| {
            let path = change.address.path();
            told.changes.get(&path) != found.changes.get(&path)
        };
        let new: Vec<&Change> = plan.changes.iter().filter(is_new).collect();
        let new_foreign: Vec<_> = foreign::lines(&plan.foreign, self.review.identity())
            .into_iter()
            .filter(|(path, ..)| told.changes.get(path) != found.changes.get(path))
            .collect();
        let gone = told.changes.keys();
        let gone: Vec<&str> = gone
            .filter(|path| !found.changes.contains_key(*path))
            .map(String::as_str)
            .collect();
        let mut text = head;
        if !new.is_empty() {
            let count = plural(new.len(), "difference");
            let diff = markdown::diff(new, LONGEST_NOTE / 2);
            text.push_str(&format!("\nNew or changed: {count}\n\n{diff}"));
        }
        if !new_foreign.is_empty() {
            let count = foreign::kinds(&new_foreign);
            let lines: Vec<&str> = new_foreign
                .iter()
                .map(|(_, _, line)| line.as_str())
                .collect();
            let lines = markdown::block(&lines, LONGEST_NOTE / 8);
            text.push_str(&format!("\nNew and not in the files: {count}\n\n{lines}"));
        }
        if !gone.is_empty() {
            let count = plural(gone.len(), "difference");
            let paths = markdown::block(&gone, LONGEST_NOTE / 4);
            text.push_str(&format!("\nGone: {count}\n\n{paths}"));
        }
        text.trim_end().to_owned()
    }

    /// The note about drift that is gone.
    pub(crate) fn gone(&self) -> String {
        let gone = match self.review.unlisted(code) {
            None => "The drift is gone: Vault matches the files".to_owned(),
            Some(unlisted) => format!("The drift is gone in what was read; {unlisted}"),
        };
        format!(
            "{gone}. {}.\n\n{}",
            self.circumstances(),
            self.review.scope(code)
        )
    }

    /// The time, the pipeline and the commit of the run.
    fn circumstances(&self) -> String {
        let code = |text: &str| code(&Shown::text(text));
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

/// What people wrote, which GitLab has kept without its quick actions. It must not become one in another place.
fn kept(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix('/') {
        Some(rest) => format!("\\/{rest}\n"),
        None => format!("{line}\n"),
    });
    let text: String = lines.collect();
    if text.is_empty() { text } else { text + "\n" }
}

const LEGEND: &str =
    "Lines with `-` show what Vault holds, and lines with `+` what the files declare.";

/// What to do about it.
const NEXT: &str = "\
What next:

- To make Vault match the files again, run the pipeline of the default branch and its manual job `apply`, \
or `vault-provisioner apply`.
- To delete a policy that the files lack, name it under `removed` in `vault.yaml`.
- To keep what Vault holds, write it into the files and merge that: `vault-provisioner import --into DIR` changes \
their lines in DIR, and names what has no place there.

The next job that finds another drift updates this issue, and the first job that finds none closes it. What is written \
above or below this text stays.
";
