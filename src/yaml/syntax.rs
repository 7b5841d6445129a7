//! Explains the YAML parser's errors to the author of a file.

use crate::diagnostic::{Code, Diagnostic, FileId, Span};

/// A syntax error, from the parser's message `info` and the byte `at` that it had reached.
pub(super) fn explain(text: &str, info: &str, file: FileId, at: usize) -> Diagnostic {
    if let Some(marker) = conflict(text, file) {
        return Diagnostic::error(Code::Syntax, "a merge conflict is not resolved here", marker)
            .with_help("keep one of the two versions, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`");
    }
    if info.contains("recursion limit") {
        return too_deep(Span::new(file, at, at));
    }
    if info.contains("anchor") && text[at..].starts_with('*') {
        return alias(text, Span::new(file, at, at));
    }
    let span = offender(text, info, file, at);
    let (message, help) = words(text, info, span);
    Diagnostic::error(Code::Syntax, message, span).with_help(help)
}

/// Lists and mappings are nested deeper than in any sensible file.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::TooDeep,
        "lists and mappings are nested too deeply",
        span,
    )
    .with_help(
        "the rest of the file has not been read; nothing here is more than a few levels deep",
    )
}

/// `*name`: mostly a glob without its quotes.
pub(super) fn alias(text: &str, span: Span) -> Diagnostic {
    let rest = &text[span.start..];
    let ends_word = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}');
    let word = &rest[..rest.find(ends_word).unwrap_or(rest.len())];
    let span = Span::new(span.file, span.start, span.start + word.len());
    Diagnostic::error(Code::Alias, "aliases (`*name`) are not allowed", span).with_help(format!(
        "write the value out; a text that begins with `*` must be in quotes: \"{word}\""
    ))
}

/// The line with which Git begins the two versions of a conflict.
fn conflict(text: &str, file: FileId) -> Option<Span> {
    let mut start = 0;
    text.split_inclusive('\n').find_map(|line| {
        let marker = Span::new(file, start, start + line.trim_end().len());
        start += line.len();
        line.starts_with("<<<<<<< ").then_some(marker)
    })
}

/// The line in which a byte is, and the line with text above it, each with its place.
fn lines_at(text: &str, at: usize, file: FileId) -> ((&str, Span), Option<(&str, Span)>) {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let place = |line: &str, start: usize| {
        let indentation = line.len() - line.trim_start().len();
        Span::new(file, start + indentation, start + line.trim_end().len())
    };
    let line = text[start..].lines().next().unwrap_or_default();
    let mut end = start;
    let above = text[..start].split_inclusive('\n').rev().find_map(|line| {
        end -= line.len();
        let is_text = !line.trim().is_empty() && !line.trim_start().starts_with('#');
        is_text.then(|| (line.trim_end(), place(line, end)))
    });
    ((line, place(line, start)), above)
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether a line has neither `: ` nor the end of a key.
fn has_no_key(line: &str) -> bool {
    let line = line.trim();
    !line.contains(": ") && !line.ends_with(':') && !line.starts_with("- ")
}

/// The text to underline: the parser notices some mistakes only after they have passed.
fn offender(text: &str, info: &str, file: FileId, at: usize) -> Span {
    let before = &text[..at];
    if info.contains("tab") && before.ends_with('\t') {
        return Span::new(file, at - 1, at);
    }
    let is_between_lines = at == text.len() || before.trim_end_matches(' ').ends_with('\n');
    if info.contains("simple key expect") && is_between_lines {
        let end = before.trim_end().len();
        let line = &before[..end];
        let line = line.rsplit('\n').next().unwrap_or(line).trim_start();
        return Span::new(file, end - line.len(), end);
    }
    let ((line, _), above) = lines_at(text, at, file);
    let expects_key = info.contains("simple key expect") || info.contains("mapping values");
    if expects_key
        && let Some((above, place)) = above
        && has_no_key(above)
        && indentation(above) <= indentation(line)
    {
        return place;
    }
    let width = text[at..]
        .chars()
        .next()
        .filter(|c| !c.is_whitespace())
        .map_or(0, char::len_utf8);
    Span::new(file, at, at + width)
}

/// The message and what to write instead.
fn words(text: &str, info: &str, span: Span) -> (String, String) {
    let says = |part: &str| info.contains(part);
    let at_end = text[span.start..].trim().is_empty();
    let after_bracket = text[..span.start].ends_with(['}', ']']);
    let ((line, _), above) = lines_at(text, span.start, span.file);
    let is_shallower = above.is_some_and(|(above, _)| indentation(above) > indentation(line));
    let is_deeper = above.is_some_and(|(above, _)| indentation(above) < indentation(line));
    let (message, help) = if says("tab") {
        ("a tab cannot indent in YAML", "write spaces")
    } else if says("quoted scalar, found unexpected end") {
        ("this quote is never closed", "write the closing quote")
    } else if says("trailing content after") {
        ("there is text after the closing quote", QUOTE_WHOLE)
    } else if after_bracket && says("did not find expected key") {
        ("there is text after the closing bracket", QUOTE_WHOLE)
    } else if (says("flow mapping") || says("flow sequence")) && at_end {
        ("a bracket is never closed", "write the closing `}` or `]`")
    } else if says("flow mapping") || says("flow sequence") {
        (
            "a `,` or the closing bracket is missing",
            "between brackets, a text that contains `{`, `}`, `[`, `]` or `,` must be in quotes",
        )
    } else if says("misplaced bracket") {
        (
            "this bracket was never opened",
            "remove it, or put the whole text in quotes",
        )
    } else if (says("simple key expect") || says("mapping values")) && has_no_key(line) {
        (
            "there is no `: ` on this line",
            if line.contains(':') {
                "write a space after the `:`"
            } else {
                "write `key: value`, or `key:` with indented lines below it"
            },
        )
    } else if says("mapping values are not allowed") && is_deeper && is_key(line, span, text) {
        (
            "this line is indented more than the one above it, which has a value already",
            "begin both in the same column; a text that contains `: ` must be in quotes",
        )
    } else if says("mapping values are not allowed") {
        (
            "a `:` is not expected here",
            "check the indentation; a text that contains `: ` must be in quotes",
        )
    } else if says("block sequence entries are not allowed") || says("only valid inside a block") {
        (
            "a list item cannot begin here",
            "write each `- ` on a line of its own",
        )
    } else if says("expected '-' indicator") {
        (
            "a list item should begin here",
            "check the indentation; each item begins with `- `",
        )
    } else if says("did not find expected key") && is_shallower {
        (
            "this line begins in the column of no line above it",
            "begin it in the same column as the lines that it belongs to",
        )
    } else if says("simple key expect") || says("did not find expected key") {
        (
            "`key: value` is expected here",
            "check the indentation and that `: ` stands after the key",
        )
    } else if says("unexpected character") {
        (
            "a text cannot begin with this character",
            "put it in quotes",
        )
    } else if says("escape") || says("hexadecimal") {
        (
            "this text in double quotes holds an escape that YAML does not know",
            "write `\\\\` for a backslash, or use single quotes",
        )
    } else if says("indentation") {
        (
            "the indentation of this line does not match the lines around it",
            "check the indentation",
        )
    } else {
        return (
            format!("not YAML: {info}"),
            "check the line above, too".to_owned(),
        );
    };
    (message.to_owned(), help.to_owned())
}

/// Whether the first `:` of a line is the one at this place.
fn is_key(line: &str, span: Span, text: &str) -> bool {
    let start = text[..span.start].rfind('\n').map_or(0, |end| end + 1);
    line.find(':') == Some(span.start - start)
}

const QUOTE_WHOLE: &str = "put the whole text in quotes; one that begins with a bracket or a quote ends with its counterpart";
