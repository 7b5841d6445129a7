//! Diagnostics as text, in the look of rustc.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::printable::visible;
use super::source::boundary;
use super::{Diagnostic, FileId, Label, Severity, Sources, in_order, printable};

/// More than a person reads; a generated file can hold any number of mistakes.
const SHOWN_PER_FILE: usize = 100;

/// Shown of a line after what is underlined. The renderer clips lines to a terminal's width itself, but a file of
/// one huge line must not cost its whole length each time.
const BYTES_AFTER_SPAN: usize = 1000;

/// What is printed for `diagnostics`, which may come in any order.
pub(crate) fn render(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut output = String::new();
    let ordered = in_order(diagnostics, sources);
    for of_file in ordered.chunk_by(|a, b| a.primary.span.file == b.primary.span.file) {
        for diagnostic in of_file.iter().take(SHOWN_PER_FILE) {
            let group = group(diagnostic, sources);
            // Writing to a String cannot fail.
            let _ = writeln!(output, "{}\n", renderer.render(&[group]));
        }
        if of_file.len() > SHOWN_PER_FILE {
            let group = rest(of_file, sources);
            let _ = writeln!(output, "{}\n", renderer.render(&[group]));
        }
    }
    output
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(printable(&diagnostic.message))
        .id(diagnostic.code.name());
    let mut group = Group::with_title(title);

    let file = diagnostic.primary.span.file;
    let (here, elsewhere): (Vec<_>, Vec<_>) = diagnostic
        .secondary
        .iter()
        .partition(|label| label.span.file == file);
    let mut marks = vec![MarkedPart::new(
        &diagnostic.primary,
        AnnotationKind::Primary,
    )];
    marks.extend(here.into_iter().map(MarkedPart::context));
    group = with_marks(group, sources, file, &marks);
    for label in elsewhere {
        group = with_marks(
            group,
            sources,
            label.span.file,
            &[MarkedPart::context(label)],
        );
    }
    let notes = diagnostic.notes.iter();
    group = group.elements(notes.map(|note| Level::NOTE.message(printable(note))));
    group.elements(
        diagnostic
            .help
            .as_deref()
            .map(|help| Level::HELP.message(printable(help))),
    )
}

/// Says that there is more in a file than is shown.
fn rest<'a>(of_file: &[&Diagnostic], sources: &'a Sources) -> Group<'a> {
    let message = format!("{} more in this file", of_file.len() - SHOWN_PER_FILE);
    let path = sources.path(of_file[0].primary.span.file);
    Level::NOTE
        .primary_title(message)
        .element(Origin::path(printable(path)))
}

struct MarkedPart<'a> {
    label: &'a Label,
    kind: AnnotationKind,
}

impl<'a> MarkedPart<'a> {
    fn new(label: &'a Label, kind: AnnotationKind) -> Self {
        Self { label, kind }
    }

    fn context(label: &'a Label) -> Self {
        Self::new(label, AnnotationKind::Context)
    }
}

/// Adds the lines that `marks` are on, or only the path when the file has no text.
fn with_marks<'a>(
    group: Group<'a>,
    sources: &'a Sources,
    file: FileId,
    marks: &[MarkedPart<'a>],
) -> Group<'a> {
    let path = printable(sources.path(file));
    if sources.text(file).is_empty() {
        return group.element(Origin::path(path));
    }
    let excerpt = Excerpt::of(sources, file, marks);
    group.element(
        Snippet::source(excerpt.text)
            .line_start(excerpt.first_line)
            .path(path)
            .annotations(excerpt.annotations),
    )
}

/// The lines from the first to the last mark, made printable, and the marks at their places in it.
struct Excerpt<'a> {
    text: String,
    first_line: usize,
    annotations: Vec<Annotation<'a>>,
}

impl<'a> Excerpt<'a> {
    fn of(sources: &Sources, file: FileId, marks: &[MarkedPart<'a>]) -> Self {
        let line_of = |mark: &MarkedPart<'_>| sources.line_of(file, mark.label.span.start);
        let mut lines: Vec<_> = marks.iter().map(line_of).collect();
        lines.sort_unstable();
        let (first_line, last_line) = (lines[0], lines[lines.len() - 1]);

        let mut excerpt = Self {
            text: String::new(),
            first_line,
            annotations: Vec::new(),
        };
        for line in first_line..=last_line {
            let near = lines.iter().any(|marked| marked.abs_diff(line) <= 1);
            if near {
                let on_line = marks.iter().filter(|mark| line_of(mark) == line);
                excerpt.push_line(
                    sources.line(file, line),
                    sources.line_start(file, line),
                    on_line,
                );
            }
            // The renderer folds the lines between; they only have to be counted.
            excerpt.text.push('\n');
        }
        excerpt
    }

    fn push_line<'b>(
        &mut self,
        line: &str,
        line_start: usize,
        marks: impl Iterator<Item = &'b MarkedPart<'a>>,
    ) where
        'a: 'b,
    {
        let base = self.text.len();
        let mut shown = BYTES_AFTER_SPAN;
        for mark in marks {
            let span = mark.label.span;
            let range = within(line, line_start, span.start, span.end);
            shown = shown.max(range.end + BYTES_AFTER_SPAN);
            let start = base + printable_length(&line[..range.start]);
            let end = start + printable_length(&line[range]);
            let label = Some(printable(&mark.label.text)).filter(|text| !text.is_empty());
            self.annotations
                .push(mark.kind.span(start..end).label(label));
        }
        let shown = boundary(line, shown);
        self.text.extend(line[..shown].chars().map(in_source));
    }
}

/// The part of a span that is on the line where it begins, in bytes from the beginning of that line.
fn within(line: &str, line_start: usize, start: usize, end: usize) -> Range<usize> {
    let start = boundary(line, start.saturating_sub(line_start));
    let end = boundary(line, end.saturating_sub(line_start));
    start..end.max(start)
}

fn printable_length(text: &str) -> usize {
    text.chars().map(|c| in_source(c).len_utf8()).sum()
}

/// Tabs stay tabs in a line of source: the renderer widens them and what is underlined alike.
fn in_source(c: char) -> char {
    if c == '\t' { c } else { visible(c) }
}
