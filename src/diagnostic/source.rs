//! The texts that diagnostics point into.

use std::ops::Range;
use std::sync::OnceLock;

/// One of the files of [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(usize);

/// A range of bytes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    /// The file.
    pub(crate) file: FileId,
    /// The first byte.
    pub(crate) start: usize,
    /// The byte after the last.
    pub(crate) end: usize,
}

impl Span {
    /// The bytes from `start` to `end` of `file`.
    pub(crate) fn new(file: FileId, start: usize, end: usize) -> Self {
        Self { file, start, end }
    }

    /// The very beginning of `file`.
    pub(crate) fn top(file: FileId) -> Self {
        Self::new(file, 0, 0)
    }

    /// The place where this span begins.
    #[must_use]
    pub(crate) fn begin(self) -> Self {
        Self::new(self.file, self.start, self.start)
    }

    /// Whether it holds no byte: a place rather than a text.
    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// From the beginning of this span to the end of `last`.
    #[must_use]
    pub(crate) fn to(self, last: Self) -> Self {
        Self::new(self.file, self.start, last.end.max(self.start))
    }
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The files that were read, by the names that the user knows them by.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: Vec<SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    path: String,
    text: String,
    line_starts: OnceLock<Vec<usize>>,
}

impl Sources {
    /// Adds a file. Its `text` is empty when it could not be read: its name alone can still be pointed at.
    pub(crate) fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(SourceFile {
            path: path.into(),
            text: text.into(),
            line_starts: OnceLock::new(),
        });
        FileId(self.files.len() - 1)
    }

    /// The file of this name that was read already.
    pub(crate) fn find(&self, path: &str) -> Option<FileId> {
        let is_it = |file: &SourceFile| file.path == path && !file.text.is_empty();
        self.files.iter().position(is_it).map(FileId)
    }

    /// Every file's path and text, in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|file| (file.path.as_str(), file.text.as_str()))
    }

    /// Makes what must not be shown illegible, in place. As many bytes remain, so that every span still fits.
    pub(crate) fn redact(&mut self, file: FileId, range: Range<usize>) {
        let text = &mut self.files[file.0].text;
        let hide = |c: char| match c {
            c if c.is_whitespace() => c.to_string(),
            c => "*".repeat(c.len_utf8()),
        };
        let hidden: String = text[range.clone()].chars().map(hide).collect();
        text.replace_range(range, &hidden);
    }

    /// The path as the user would type it.
    pub(crate) fn path(&self, file: FileId) -> &str {
        &self.files[file.0].path
    }

    /// The whole text.
    pub(crate) fn text(&self, file: FileId) -> &str {
        &self.files[file.0].text
    }

    /// Where `span` begins, or nothing when its file has no text.
    pub(crate) fn position(&self, span: Span) -> Option<Position> {
        let text = self.text(span.file);
        let offset = boundary(text, span.start);
        let line = self.line_of(span.file, offset);
        let column = text[self.line_start(span.file, line)..offset]
            .chars()
            .count()
            + 1;
        (!text.is_empty()).then_some(Position { line, column })
    }

    /// The line, from 1, that holds the byte at `offset`.
    pub(super) fn line_of(&self, file: FileId, offset: usize) -> usize {
        self.line_starts(file)
            .partition_point(|start| *start <= offset)
    }

    /// The byte at which a line, counted from 1, begins.
    pub(super) fn line_start(&self, file: FileId, line: usize) -> usize {
        self.line_starts(file)[line - 1]
    }

    /// A line, counted from 1, without its line break.
    pub(super) fn line(&self, file: FileId, line: usize) -> &str {
        let starts = self.line_starts(file);
        let rest = &self.text(file)[starts[line - 1]..];
        let length = starts
            .get(line)
            .map_or(rest.len(), |next| next - starts[line - 1]);
        rest[..length].trim_end_matches(['\n', '\r'])
    }

    fn line_starts(&self, file: FileId) -> &[usize] {
        let SourceFile {
            text, line_starts, ..
        } = &self.files[file.0];
        line_starts.get_or_init(|| {
            let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(after_breaks).collect()
        })
    }
}

/// `at`, or the last place before it where a character of `text` begins.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("x.yaml", "a: ü\r\nß: x\n");
        let at = |offset| {
            let position = sources.position(Span::new(file, offset, offset)).unwrap();
            (position.line, position.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(5), (1, 5), "after the two bytes of ü");
        assert_eq!(at(7), (2, 1));
        assert_eq!(at(9), (2, 2), "after the two bytes of ß");
        assert_eq!(at(999), (3, 1), "past the end");
    }

    #[test]
    fn what_is_redacted_leaves_every_other_place_as_it_was() {
        let mut sources = Sources::default();
        let text = "key: sëcret\n  more\nnext: x\n";
        let file = sources.add("x.yaml", text);
        let end = text.find("\nnext").unwrap();
        sources.redact(file, 5..end);
        assert_eq!(sources.text(file), "key: *******\n  ****\nnext: x\n");
    }

    #[test]
    fn a_file_without_text_has_no_positions() {
        let mut sources = Sources::default();
        let file = sources.add("x.yaml", "");
        assert_eq!(sources.position(Span::top(file)), None);
    }
}
