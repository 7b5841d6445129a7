//! Fenced blocks, in which nothing is Markdown.

use super::inline::longest_run;
use crate::report::Shown;

/// What stands around the pieces of a block takes no more, except for the fences.
const FRAME: usize = 256;

/// What goes between two fences.
#[derive(Debug)]
pub(super) struct Block {
    lines: String,
    fence: usize,
    limit: usize,
}

impl Block {
    /// An empty block that, with its frame, takes at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            lines: String::new(),
            fence: 3,
            limit: limit.saturating_sub(FRAME),
        }
    }

    /// How many bytes the pieces may take.
    pub(super) const fn room(&self) -> usize {
        self.limit
    }

    /// Takes pieces as long as they fit, and says how many did.
    pub(super) fn take(&mut self, pieces: impl Iterator<Item = String>) -> usize {
        pieces.take_while(|piece| self.push(piece)).count()
    }

    /// Takes a piece if it fits, and says whether it did.
    pub(super) fn push(&mut self, piece: &str) -> bool {
        let fence = self.fence.max(longest_run(piece) + 1);
        let fits = self.lines.len() + piece.len() + 2 * fence <= self.limit;
        if fits {
            self.lines.push_str(piece);
            self.fence = fence;
        }
        fits
    }

    /// The block with its fences; nothing where it is empty.
    pub(super) fn fenced(self) -> String {
        if self.lines.is_empty() {
            return String::new();
        }
        let fence = "`".repeat(self.fence);
        format!("{fence}diff\n{}\n{fence}\n", self.lines.trim_end())
    }
}

/// Data in a block, a line each, in at most `limit` bytes; the number of those left out is below it.
pub(crate) fn block(lines: &[&str], limit: usize) -> String {
    let mut block = Block::new(limit);
    let pieces = lines
        .iter()
        .map(|line| format!("  {}\n", Shown::text(line)));
    let shown = block.take(pieces);
    let mut text = block.fenced();
    if shown < lines.len() {
        text.push_str(&format!("\nAnd {} more.\n", lines.len() - shown));
    }
    text
}

/// A text in a block of its own; each line is indented, so that none is a quick action.
pub(crate) fn text_block(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let lines = text
        .lines()
        .map(|line| format!("  {line}").trim_end().to_owned() + "\n");
    format!("{fence}text\n{}{fence}\n", lines.collect::<String>())
}
