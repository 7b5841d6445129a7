//! Adds entries to a file that a person wrote, without a change of anything else in it.

use super::quote::{Within, scalar};
use super::tree::{Entry, Node, Value};

/// An entry whose value is an ARN, alone or with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextEntry<'t> {
    /// The key.
    pub(crate) key: &'t str,
    /// The keys under it that lead to the ARN.
    pub(crate) inner: Vec<&'t str>,
    /// The ARN.
    pub(crate) value: &'t str,
    /// The settings; if there are any, the value is a mapping with `role_arn`.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl TextEntry<'_> {
    /// The entry on a line of its own.
    pub(crate) fn line(&self) -> String {
        self.written(Within::Line)
    }

    /// The value on a line of its own.
    pub(crate) fn value(&self) -> String {
        self.value_within(Within::Line)
    }

    fn written(&self, within: Within) -> String {
        let key = scalar(self.key, Within::Flow);
        format!("{key}: {}", self.value_within(within))
    }

    fn value_within(&self, within: Within) -> String {
        if self.inner.is_empty() {
            return self.role_within(within);
        }
        let inner = self.inner.iter().rev();
        inner.fold(self.role_within(Within::Flow), |value, key| {
            format!("{{{}: {value}}}", scalar(key, Within::Flow))
        })
    }

    fn role_within(&self, within: Within) -> String {
        if self.settings.is_empty() {
            return scalar(self.value, within).to_string();
        }
        let settings = self.settings.iter();
        let settings = settings.map(|(key, value)| (*key, value.as_str()));
        let all = std::iter::once(("role_arn", self.value)).chain(settings);
        let all = all.map(|(key, value)| format!("{key}: {}", scalar(value, Within::Flow)));
        format!("{{{}}}", all.collect::<Vec<_>>().join(", "))
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

/// The text with more entries in the mapping that these keys lead to. None if there is none, or if the file has a layout
/// that nobody writes.
pub(crate) fn insert_at(
    text: &str,
    root: &Node,
    keys: &[&str],
    entries: &[TextEntry<'_>],
) -> Option<String> {
    let mapping = root.at(keys.iter().copied())?;
    let (at, inserted) = into_mapping(text, mapping, entries)?;
    Some(format!("{}{inserted}{}", &text[..at], &text[at..]))
}

/// The text with one more entry at its end, or between its braces. None if the file has a layout that nobody writes.
pub(crate) fn append(text: &str, root: &Node, entry: &TextEntry<'_>) -> Option<String> {
    if is_flow(text, root) {
        let (at, inserted) = into_mapping(text, root, std::slice::from_ref(entry))?;
        return Some(format!("{}{inserted}{}", &text[..at], &text[at..]));
    }
    let last = |node: &'_ Node| {
        node.entries()
            .iter()
            .max_by_key(|entry| entry.key_span)
            .cloned()
    };
    let indentation = indentation(text, root.entries().first()?)?;
    let mut innermost = last(root)?;
    while !is_flow(text, &innermost.value)
        && let Some(inner) = last(&innermost.value)
    {
        innermost = inner;
    }
    let lines = std::iter::once(entry.line());
    let end = innermost.value.span.end;
    let (at, inserted) = lines_after(text, end, indentation, lines);
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
    Some(lines_after(text, last?.value.span.end, indentation, lines))
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
    let end = after.value.span.end;
    Some(lines_after(text, end, indentation(text, after)?, lines))
}

/// Lines after the line on which a value ends, with the file's own line break.
pub(super) fn lines_after(
    text: &str,
    end: usize,
    indentation: &str,
    lines: impl Iterator<Item = String>,
) -> (usize, String) {
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
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
pub(super) fn indentation<'t>(text: &'t str, entry: &Entry) -> Option<&'t str> {
    let before = &text[..entry.key_span.start];
    let before = before.rsplit('\n').next().unwrap_or(before);
    before.trim().is_empty().then_some(before)
}

/// Whether a mapping or list is written in brackets.
pub(super) fn is_flow(text: &str, collection: &Node) -> bool {
    text[collection.span.start..].starts_with(['{', '['])
}

fn flow(entries: &[TextEntry<'_>]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|entry| entry.written(Within::Flow))
        .collect();
    entries.join(", ")
}
