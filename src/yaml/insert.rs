//! Adds entries to a file that a person wrote, without a change of anything else in it.

use super::quote::{Within, scalar};
use super::tree::{Entry, Node, Value};

/// An entry whose value is a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextEntry<'t> {
    /// The key.
    pub(crate) key: &'t str,
    /// The value.
    pub(crate) value: &'t str,
}

impl TextEntry<'_> {
    /// The entry on a line of its own.
    pub(crate) fn line(&self) -> String {
        self.written(Within::Line)
    }

    fn written(&self, within: Within) -> String {
        format!(
            "{}: {}",
            scalar(self.key, Within::Flow),
            scalar(self.value, within)
        )
    }
}

/// The text with more entries in the mapping under the key `section`, which is added after the key `after` if it is
/// missing. None if the file has a layout that nobody writes.
pub(crate) fn insert(
    text: &str,
    root: &Node,
    (section, after): (&str, &str),
    entries: &[TextEntry<'_>],
) -> Option<String> {
    let (at, inserted) = match root.entry(section) {
        Some(section) => into_mapping(text, &section.value, entries)?,
        None => new_mapping(text, root, (section, after), entries)?,
    };
    Some(format!("{}{inserted}{}", &text[..at], &text[at..]))
}

/// After the last entry: on a line of its own, or between the same braces.
fn into_mapping(text: &str, node: &Node, new: &[TextEntry<'_>]) -> Option<(usize, String)> {
    let Value::Mapping(entries) = &node.value else {
        return None;
    };
    let last = entries.iter().max_by_key(|entry| entry.key_span);
    if is_flow(text, node) {
        let listed = flow(new);
        return Some(match last {
            Some(last) => (last.value.span.end, format!(", {listed}")),
            None => (node.span.start + 1, listed),
        });
    }
    let indentation = indentation(text, entries.first()?)?;
    let lines = new.iter().map(TextEntry::line);
    Some(lines_after(text, last?, indentation, lines))
}

/// After the entry `after`.
fn new_mapping(
    text: &str,
    root: &Node,
    (section, after): (&str, &str),
    new: &[TextEntry<'_>],
) -> Option<(usize, String)> {
    let after = root.entry(after)?;
    if is_flow(text, root) {
        let listed = format!(", {section}: {{{}}}", flow(new));
        return Some((after.value.span.end, listed));
    }
    let lines = new.iter().map(|entry| format!("  {}", entry.line()));
    let lines = std::iter::once(format!("{section}:")).chain(lines);
    Some(lines_after(text, after, indentation(text, after)?, lines))
}

/// Lines after the line on which an entry ends, with the file's own line break.
fn lines_after(
    text: &str,
    entry: &Entry,
    indentation: &str,
    lines: impl Iterator<Item = String>,
) -> (usize, String) {
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end = entry.value.span.end;
    // Only a text in many lines ends after its line break.
    let is_next_line = text[..end].ends_with('\n');
    let rest = text[end..].split('\n').next().unwrap_or_default();
    let at = if is_next_line {
        end
    } else {
        end + rest.trim_end_matches('\r').len()
    };
    let lines = lines.map(|line| {
        if is_next_line {
            format!("{indentation}{line}{line_break}")
        } else {
            format!("{line_break}{indentation}{line}")
        }
    });
    (at, lines.collect())
}

/// What is before a key on its line, if that is only white space.
fn indentation<'t>(text: &'t str, entry: &Entry) -> Option<&'t str> {
    let before = &text[..entry.key_span.start];
    let before = before.rsplit('\n').next().unwrap_or(before);
    before.trim().is_empty().then_some(before)
}

/// Whether a mapping is written in braces.
fn is_flow(text: &str, mapping: &Node) -> bool {
    text[mapping.span.start..].starts_with('{')
}

fn flow(entries: &[TextEntry<'_>]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| entry.written(Within::Flow))
        .collect();
    entries.join(", ")
}
