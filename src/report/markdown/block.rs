//! Fenced blocks.

use super::inline::longest_run;
use crate::report::Shown;

/// The most bytes around the pieces of a block, without the fences.
const FRAME: usize = 256;

/// The content of a fenced block.
#[derive(Debug)]
pub(super) struct Block {
    lines: String,
    fence: usize,
    limit: usize,
}

impl Block {
    /// An empty block of at most `limit` bytes, fences included.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            lines: String::new(),
            fence: 3,
            limit: limit.saturating_sub(FRAME),
        }
    }

    /// How many bytes are left for pieces.
    pub(super) const fn room(&self) -> usize {
        self.limit
    }

    /// Adds pieces as long as they fit, and returns how many did.
    pub(super) fn take(&mut self, pieces: impl Iterator<Item = String>) -> usize {
        pieces.take_while(|piece| self.push(piece)).count()
    }

    /// Adds a piece if it fits, and returns whether it did.
    pub(super) fn push(&mut self, piece: &str) -> bool {
        let fence = self.fence.max(longest_run(piece) + 1);
        let fits = self.lines.len() + piece.len() + 2 * fence <= self.limit;
        if fits {
            self.lines.push_str(piece);
            self.fence = fence;
        }
        fits
    }

    /// The block with its fences; an empty text if it has no pieces.
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
