//! The note on the merge request: what a merge would change in Vault.

use crate::cli::{Global, Plan as Args};
use crate::commands::Error;
use crate::commands::gitlab::{Subject, timeout, unless_stopped};
use crate::gitlab::{Client, Job, Marker, Memory, StandingNote};
use crate::report::{self, Review, markdown};

/// <https://docs.gitlab.com/api/notes/#create-a-merge-request-note>
const LONGEST: usize = 1_000_000;

/// Where the note goes.
pub(super) struct Comment {
    client: Client,
    merge_request: u64,
    subject: Subject,
}

impl Comment {
    pub(super) fn new(global: &Global, args: &Args) -> Result<Self, Error> {
        let job = Job::from_environment();
        let token_file = args.gitlab.gitlab_token_file.as_deref();
        let (settings, merge_request) =
            job.merge_request("--comment", token_file, timeout(global))?;
        Ok(Self {
            client: Client::new(settings)?,
            merge_request,
            subject: Subject::of(global, &job)?,
        })
    }

    /// Makes the note say what the plan says.
    pub(super) async fn keep(&self, review: Review<'_>) -> Result<(), Error> {
        let marker = self.subject.marker("plan");
        let text = text(review, &self.subject, &marker);
        let standing = StandingNote {
            client: &self.client,
            marker: &marker,
            merge_request: self.merge_request,
        };
        unless_stopped(standing.keep(&text)).await
    }
}

/// The summary and who gains or loses access for all to see, and the diff folded.
fn text(review: Review<'_>, subject: &Subject, marker: &Marker) -> String {
    let plan = review.plan;
    let mut text = format!("**{}**\n\n{}.\n", report::summary(plan), subject.words());
    if let Err(refusal) = plan.check_deletes(0) {
        text.push_str(&format!("\n**Warning:** {refusal}.\n"));
    }
    let access = markdown::access_block(review, LONGEST / 4);
    if !access.is_empty() {
        text.push_str(&format!("\n{access}"));
    }
    let marker = marker.comment(&Memory::new());
    let frame = text.len() + marker.len() + markdown::folded("Changes", "").len() + 2;
    let block = markdown::diff_block(plan, LONGEST.saturating_sub(frame));
    if !block.is_empty() {
        text.push_str(&format!("\n{}", markdown::folded("Changes", &block)));
    }
    format!("{text}\n{marker}")
}
