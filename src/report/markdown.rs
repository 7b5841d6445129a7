//! A plan as Markdown, for GitLab's merge requests and issues.
//!
//! All data stands in one fenced block, each line of it behind a sign or spaces. So nothing in it is
//! Markdown, HTML or a mention, and no line starts with a quick action, which GitLab also looks for
//! in a block whose fence is longer than three backticks.

mod inline;

use similar::ChangeTag;

pub(crate) use inline::{folded, link};

use super::diff::{Difference, Line, Mark, What, column, differences};
use super::{Review, Shown, about, access, heading, summary};
use crate::plan::{Change, Plan};

/// What stands around the pieces of a block takes no more, but for the fences.
const FRAME: usize = 256;

/// The summary, the diff, and what else a reviewer should know, in at most `limit` bytes.
///
/// However low the limit, the summary is there. GitLab allows 1,048,576 characters in a description.
pub(crate) fn document(review: Review<'_>, limit: usize) -> String {
    let plan = review.plan;
    let mut document = format!("**{}**\n", summary(plan));
    if let Err(refusal) = plan.check_deletes(0) {
        document.push_str(&format!("\n**Warning:** {refusal}.\n"));
    }
    for block in [access_block, |review: Review<'_>, limit| {
        diff_block(review.plan, limit)
    }] {
        let block = block(review, limit.saturating_sub(document.len() + 1));
        if !block.is_empty() {
            document.push('\n');
            document.push_str(&block);
        }
    }
    document
}

/// The changes and warnings in a block that GitLab colours, in at most `limit` bytes.
///
/// It ends before the first change that doesn't fit, and the number of those left out is below it.
pub(crate) fn diff_block(plan: &Plan, limit: usize) -> String {
    let mut block = Block {
        limit: limit.saturating_sub(FRAME),
        ..Block::default()
    };
    let changes = block.take(plan.changes.iter().map(render));
    let warnings = plan.warnings.iter().map(about);
    let warnings = block.take(warnings.map(|text| format!("! warning: {text}\n")));
    let (all_changes, all_warnings) = (plan.changes.len(), plan.warnings.len());
    let mut text = block.fenced();
    if changes < all_changes || warnings < all_warnings {
        let left_out = format!(
            "Too long to be shown here: {} of {all_changes} changes, {} of {all_warnings} warnings.\n",
            all_changes - changes,
            all_warnings - warnings,
        );
        let gap = if text.is_empty() { "" } else { "\n" };
        text.push_str(gap);
        text.push_str(&left_out);
    }
    text
}

/// Who gains and who loses what, in a block of its own, in at most `limit` bytes; empty if nobody does.
pub(crate) fn access_block(review: Review<'_>, limit: usize) -> String {
    let mut block = Block {
        limit: limit.saturating_sub(FRAME),
        ..Block::default()
    };
    block.take(access_section(review).into_iter());
    block.fenced()
}

/// Who gains and who loses what.
fn access_section(review: Review<'_>) -> Option<String> {
    let Some(changes) = review.access else {
        return (!review.plan.is_empty()).then(|| {
            let mut section = String::new();
            push_line(&mut section, ' ', "", access::NOT_SAVED);
            section
        });
    };
    let (lines, left_out) = access::lines(changes);
    if lines.is_empty() {
        return None;
    }
    let mut section = String::new();
    push_line(&mut section, ' ', "", "Access, by this change:");
    for access::Line { mark, text } in lines {
        push_line(&mut section, sign(mark), "", &text);
    }
    if left_out > 0 {
        push_line(&mut section, ' ', "", &access::left_out(left_out));
    }
    Some(section)
}

/// Data in a block, a line each, in at most `limit` bytes; the number of those left out is below it.
pub(crate) fn block(lines: &[&str], limit: usize) -> String {
    let mut block = Block {
        limit: limit.saturating_sub(FRAME),
        ..Block::default()
    };
    let shown = block.take(
        lines
            .iter()
            .map(|line| format!("  {}\n", Shown::text(line))),
    );
    let mut text = block.fenced();
    if shown < lines.len() {
        text.push_str(&format!("\nAnd {} more.\n", lines.len() - shown));
    }
    text
}

/// What goes between two fences.
#[derive(Debug, Default)]
struct Block {
    lines: String,
    fence: usize,
    limit: usize,
}

impl Block {
    /// Takes pieces as long as they fit, and says how many did.
    fn take(&mut self, pieces: impl Iterator<Item = String>) -> usize {
        pieces.take_while(|piece| self.push(piece)).count()
    }

    fn push(&mut self, piece: &str) -> bool {
        let fence = self.fence.max(longest_run(piece) + 1).max(3);
        let fits = self.lines.len() + piece.len() + 2 * fence <= self.limit;
        if fits {
            self.lines.push_str(piece);
            self.fence = fence;
        }
        fits
    }

    fn fenced(self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let fence = "`".repeat(self.fence);
        format!("{fence}diff\n{}\n{fence}\n", self.lines.trim_end())
    }
}

/// A text in a block of its own, in which nothing is Markdown; each line is indented, so that none is a quick action.
pub(super) fn text_block(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let lines = text
        .lines()
        .map(|line| format!("  {line}").trim_end().to_owned() + "\n");
    format!("{fence}text\n{}{fence}\n", lines.collect::<String>())
}

/// Data within a line, also of a table.
pub(crate) fn code(text: &Shown) -> String {
    let text = text.to_string().replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or(0)
}

fn render(change: &Change) -> String {
    let mut lines = String::new();
    let sign = sign(Mark::from(&change.action));
    push_line(&mut lines, sign, "", &heading(change));
    let differences = differences(change);
    let width = column(&differences);
    for Difference { name, what } in &differences {
        let field = format!("{name}:");
        let mut push = |sign, value: &Shown| {
            push_line(
                &mut lines,
                sign,
                "    ",
                &format!("{field:<width$} {value}"),
            );
        };
        match what {
            What::Added(value) => push('+', value),
            What::Removed(value) => push('-', value),
            What::Changed { before, after } => {
                push('-', before);
                push('+', after);
            }
            What::Lines(text) => push_text(&mut lines, self::sign(what.mark()), &field, text),
        }
    }
    lines.push('\n');
    lines
}

fn push_text(lines: &mut String, sign: char, field: &str, text: &[Line]) {
    push_line(lines, sign, "    ", field);
    for line in text {
        match line {
            Line::Gap => push_line(lines, ' ', "      ", "..."),
            Line::Text(tag, text) => {
                let sign = match tag {
                    ChangeTag::Equal => ' ',
                    ChangeTag::Insert => '+',
                    ChangeTag::Delete => '-',
                };
                push_line(lines, sign, "      ", text.as_str());
            }
        }
    }
}

fn push_line(lines: &mut String, sign: char, indent: &str, text: &str) {
    let line = format!("{sign} {indent}{text}");
    lines.push_str(line.trim_end());
    lines.push('\n');
}

/// The sign by which GitLab colours a line: green, bold and red.
const fn sign(mark: Mark) -> char {
    match mark {
        Mark::Added => '+',
        Mark::Changed => '!',
        Mark::Removed => '-',
    }
}
