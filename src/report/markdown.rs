//! A plan as Markdown, for GitLab's merge requests and issues.
//!
//! All data is in fenced blocks, where each line begins with a sign or spaces, or in code spans. So nothing in it is
//! Markdown, HTML or a mention, and no line starts with a quick action, which GitLab also looks for in a block whose fence
//! is longer than three backticks.

mod block;
mod inline;

use similar::ChangeTag;

pub(crate) use block::{block, text_block};
pub(super) use inline::longest_run;
pub(crate) use inline::{cell, code, folded, link};

use self::block::Block;
use super::access::{self, AccessEntry};
use super::diff::{Difference, Line, Mark, ValueChange, column, differences};
use super::{Review, Shown, heading, plural, totals};
use crate::access::AccessChange;
use crate::plan::Change;

/// The longest description that GitLab accepts, in characters.
///
/// <https://docs.gitlab.com/api/issues/#create-an-issue>
pub(crate) const LONGEST_DESCRIPTION: usize = 1_048_576;

/// The longest note that GitLab accepts, in characters.
///
/// <https://docs.gitlab.com/api/notes/#create-an-issue-note>
pub(crate) const LONGEST_NOTE: usize = 1_000_000;

/// The whole report in at most `limit` bytes. `context` is a line of Markdown about its origin, and may be empty.
///
/// It contains the verdict even if the limit is too low for it.
pub(crate) fn document(review: Review<'_>, context: &str, limit: usize) -> String {
    let mut document = above(review, context, limit);
    let diff = diff(
        &review.plan.changes,
        limit.saturating_sub(document.len() + 1),
    );
    push_block(&mut document, &diff);
    document
}

/// The first part in at most `limit` bytes: the verdict, the scope, who gains and loses access, and the warnings.
pub(crate) fn above(review: Review<'_>, context: &str, limit: usize) -> String {
    let mut text = format!("**{}**\n", review.verdict(code));
    if let Err(refusal) = review.plan.check_deletes(0) {
        text.push_str(&format!("\n**Warning:** {refusal}.\n"));
    }
    if !context.is_empty() {
        text.push_str(&format!("\n{context}\n"));
    }
    text.push_str(&format!("\n{}\n", review.scope(code)));
    let rest = limit.saturating_sub(text.len());
    push_block(&mut text, &access_block(review, rest / 2));
    push_block(&mut text, &warnings_block(review, rest / 8));
    text
}

/// Which lints the files began or ceased to allow, in about `limit` bytes; empty if that is none.
pub(crate) fn allowed(lines: &[String], limit: usize) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    format!("\n{ALLOWED}\n\n{}", block(&lines, limit))
}

/// What stands above the lints that the files began or ceased to allow.
const ALLOWED: &str = "Lints that the files begin (+) or cease (-) to allow:";

fn push_block(text: &mut String, block: &str) {
    if !block.is_empty() {
        text.push('\n');
        text.push_str(block);
    }
}

/// Who gains and who loses access, in at most `limit` bytes; empty if nobody does.
fn access_block(review: Review<'_>, limit: usize) -> String {
    let Some(findings) = review.findings.filter(|found| !found.access.is_empty()) else {
        return String::new();
    };
    access(
        &findings.access,
        &findings.protected,
        access::HEADING,
        limit,
    )
}

/// Who gains and who loses access, in at most `limit` bytes; empty if nobody does.
pub(super) fn access(
    access: &[AccessChange],
    protected: &super::Protected,
    heading: &str,
    limit: usize,
) -> String {
    if access.is_empty() {
        return String::new();
    }
    let mut block = Block::new(limit);
    // The longest line about what is left out.
    let (entries, left_out) = access::entries(access, protected, block.room().saturating_sub(1024));
    block.push(&line(' ', "", heading));
    for AccessEntry {
        mark,
        text,
        details,
    } in entries
    {
        block.push(&line(sign(mark), "", &text));
        for detail in details {
            block.push(&line(' ', "", &detail));
        }
    }
    if let Some(left_out) = left_out {
        block.push(&line(' ', "", &left_out));
    }
    block.fenced()
}

fn warnings_block(review: Review<'_>, limit: usize) -> String {
    let (lines, more) = review.warnings();
    let mut block = Block::new(limit);
    let pieces = lines
        .iter()
        .map(|(code, text)| format!("! warning[{code}]: {text}\n"));
    let left_out = lines.len() - block.take(pieces) + more;
    let mut text = block.fenced();
    if left_out > 0 {
        text.push_str(&format!("\nAnd {}.\n", plural(left_out, "more warning")));
    }
    text
}

/// The changes in a block that GitLab colours, in at most `limit` bytes; if there are many, after the totals.
///
/// It ends before the first change that does not fit, and the number of those left out is below it.
pub(crate) fn diff<'a>(
    changes: impl IntoIterator<Item = &'a Change, IntoIter: ExactSizeIterator>,
    limit: usize,
) -> String {
    let changes: Vec<&Change> = changes.into_iter().collect();
    let mut block = Block::new(limit);
    let totals = totals::lines(&changes);
    if !totals.is_empty() {
        let totals: String = totals.iter().map(|text| line(' ', "", text)).collect();
        block.push(&format!("{totals}\n"));
    }
    let shown = block.take(changes.iter().map(|change| render(change)));
    let mut text = block.fenced();
    if shown < changes.len() {
        let left_out = format!(
            "Too long to be shown here: {} of {} changes.\n",
            changes.len() - shown,
            changes.len()
        );
        let gap = if text.is_empty() { "" } else { "\n" };
        text.push_str(gap);
        text.push_str(&left_out);
    }
    text
}

fn render(change: &Change) -> String {
    let mut lines = line(sign(Mark::from(&change.action)), "", &heading(change));
    let differences = differences(change);
    let width = column(&differences);
    for Difference { name, value } in &differences {
        let field = format!("{name}:");
        let field_line =
            |sign, value: &Shown| line(sign, "    ", &format!("{field:<width$} {value}"));
        match value {
            ValueChange::Added(added) => lines.push_str(&field_line('+', added)),
            ValueChange::Removed(removed) => lines.push_str(&field_line('-', removed)),
            ValueChange::Changed { before, after } => {
                lines.push_str(&field_line('-', before));
                lines.push_str(&field_line('+', after));
            }
            ValueChange::Lines(text) => {
                lines.push_str(&line(sign(value.mark()), "    ", &field));
                lines.extend(text.iter().map(text_line));
            }
        }
    }
    lines.push('\n');
    lines
}

fn text_line(text: &Line) -> String {
    let (sign, text) = match text {
        Line::Gap => (' ', "..."),
        Line::Text(ChangeTag::Equal, text) => (' ', text.as_str()),
        Line::Text(ChangeTag::Insert, text) => ('+', text.as_str()),
        Line::Text(ChangeTag::Delete, text) => ('-', text.as_str()),
    };
    line(sign, "      ", text)
}

fn line(sign: char, indent: &str, text: &str) -> String {
    let line = format!("{sign} {indent}{text}");
    format!("{}\n", line.trim_end())
}

/// The sign by which GitLab colours a line: green, bold and red.
const fn sign(mark: Mark) -> char {
    match mark {
        Mark::Added => '+',
        Mark::Changed => '!',
        Mark::Removed => '-',
    }
}
