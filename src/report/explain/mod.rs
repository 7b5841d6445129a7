//! What `explain` found, for people and programs.

mod job;
mod json;
mod mermaid;
mod table;
mod ways;
mod wording;

use std::io;

use super::Shown;
use crate::access::{Access, Explanation, Who};

pub(crate) use job::{markdown as jobs_markdown, text as jobs_text};
pub(crate) use json::{jobs as jobs_json, rows as rows_json};
pub(crate) use mermaid::{jobs as jobs_mermaid, rows as rows_mermaid};
pub(crate) use table::{markdown as rows_markdown, text as rows_text};
pub(crate) use ways::WaysAnswer;

/// A question about one job.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Which job was asked about.
    pub(crate) job: String,
    /// Why there is no AWS role to ask about.
    pub(crate) missing: Option<String>,
}

/// The answer to a question about one job.
#[derive(Debug)]
pub(crate) struct JobAnswer<'c> {
    /// What was asked.
    pub(crate) asked: Asked,
    /// What there is to say.
    pub(crate) explanation: Explanation<'c>,
}

/// What jobs reach.
#[derive(Debug)]
pub(crate) struct Row<'c> {
    /// The jobs.
    pub(crate) who: Who,
    /// What they reach.
    pub(crate) accesses: Vec<Access<'c>>,
}

/// A result that is written piece by piece.
pub(crate) type Out<'o> = &'o mut dyn io::Write;

/// The answer where no job reaches what was asked about.
pub(crate) fn nobody(asked: &str) -> String {
    format!(
        "nobody can reach {}\n\
         Not looked at: other auth methods, policies of other files, identity, tokens, AWS trust policies.\n",
        Shown::text(asked)
    )
}

/// How many refusals are told in one line.
const FEW: usize = 3;

/// The first thing that keeps a job from the AWS role that was asked about.
fn reason(asked: &Asked, explanation: &Explanation<'_>) -> Option<String> {
    if explanation.level().is_some() {
        return None;
    }
    if asked.missing.is_some() {
        return asked.missing.clone();
    }
    let answers = &explanation.answers;
    let obstacle = answers.iter().find_map(|answer| {
        let obstacle = answer.obstacle.as_ref()?;
        Some(format!("{} admits the job, but {obstacle}", answer.through))
    });
    let refusals: Vec<String> = answers
        .iter()
        .filter_map(|answer| {
            let refusal = answer.login.as_ref().err()?;
            Some(format!("{} refuses the job: {refusal}", answer.through))
        })
        .collect();
    let refused = match refusals.as_slice() {
        [] => "there is no login role".to_owned(),
        few if few.len() <= FEW => few.join("; "),
        many => format!("none of the {} login roles admits the job", many.len()),
    };
    Some(obstacle.unwrap_or(refused))
}
