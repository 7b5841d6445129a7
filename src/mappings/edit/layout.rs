//! Where new mappings stand in a file's text, and how they are written there.

use super::NewMapping;
use crate::value::{ProjectId, ProjectPath};
use crate::yaml::{Entry, Node, Plain, Value};

/// The whole text of a new file.
pub(super) fn new_file(project: &ProjectPath, id: ProjectId, mappings: &[&NewMapping]) -> String {
    let project = scalar(project.as_str(), Style::Block);
    let lines: String = mappings
        .iter()
        .map(|mapping| format!("  {}\n", line(mapping)))
        .collect();
    format!("project: {project}\nid: {id}\nenvironments:\n{lines}")
}

/// A mapping on a line of its own.
pub(super) fn line(mapping: &NewMapping) -> String {
    entry(mapping, Style::Block)
}

/// The text with new mappings; none when it is laid out in a way that nobody writes.
pub(super) fn extended(text: &str, root: &Node, mappings: &[&NewMapping]) -> Option<String> {
    let (at, inserted) = match root.entry("environments") {
        Some(environments) => into_environments(text, &environments.value, mappings)?,
        None => new_environments(text, root, mappings)?,
    };
    Some(format!("{}{inserted}{}", &text[..at], &text[at..]))
}

/// Behind the last mapping: on a line of its own, or between the same braces.
fn into_environments(text: &str, node: &Node, mappings: &[&NewMapping]) -> Option<(usize, String)> {
    let Value::Mapping(entries) = &node.value else {
        return None;
    };
    let last = last(entries);
    if Style::of(text, node) == Style::Flow {
        let listed = flow(mappings);
        return Some(match last {
            Some(last) => (last.value.span.end, format!(", {listed}")),
            None => (node.span.start + 1, listed),
        });
    }
    let indentation = indentation(text, entries.first()?)?;
    let lines = mappings.iter().map(|mapping| line(mapping));
    Some(lines_behind(text, last?, indentation, lines))
}

/// Behind the project's id.
fn new_environments(text: &str, root: &Node, mappings: &[&NewMapping]) -> Option<(usize, String)> {
    let id = root.entry("id")?;
    if Style::of(text, root) == Style::Flow {
        let listed = format!(", environments: {{{}}}", flow(mappings));
        return Some((id.value.span.end, listed));
    }
    let lines = mappings
        .iter()
        .map(|mapping| format!("  {}", line(mapping)));
    let lines = std::iter::once("environments:".to_owned()).chain(lines);
    Some(lines_behind(text, id, indentation(text, id)?, lines))
}

/// Lines behind the line on which an entry ends, with the file's own line break.
fn lines_behind(
    text: &str,
    entry: &Entry,
    indentation: &str,
    lines: impl Iterator<Item = String>,
) -> (usize, String) {
    let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end = entry.value.span.end;
    // Only a text in many lines ends behind its line break.
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

/// What stands before a key, if that is only white space.
fn indentation<'t>(text: &'t str, entry: &Entry) -> Option<&'t str> {
    let before = &text[..entry.key_span.start];
    let before = before.rsplit('\n').next().unwrap_or(before);
    before.trim().is_empty().then_some(before)
}

/// The entry that stands last in the file.
fn last(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().max_by_key(|entry| entry.key_span)
}

/// The two ways to write a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `key: value` on lines of their own.
    Block,
    /// `{key: value, …}`
    Flow,
}

impl Style {
    fn of(text: &str, node: &Node) -> Self {
        if text[node.span.start..].starts_with('{') {
            Self::Flow
        } else {
            Self::Block
        }
    }
}

fn flow(mappings: &[&NewMapping]) -> String {
    let entries: Vec<String> = mappings
        .iter()
        .map(|mapping| entry(mapping, Style::Flow))
        .collect();
    entries.join(", ")
}

fn entry(mapping: &NewMapping, style: Style) -> String {
    format!(
        "{}: {}",
        scalar(mapping.environment.as_str(), style),
        scalar(mapping.role_arn.as_str(), style)
    )
}

/// A name or an ARN, in quotes where YAML would read something else without.
fn scalar(text: &str, style: Style) -> String {
    let splits = style == Style::Flow && text.contains([',', '[', ']', '{', '}']);
    if splits || Plain::of(text) != Plain::Text || text.starts_with(['-', '.']) {
        serde_json::Value::from(text).to_string()
    } else {
        text.to_owned()
    }
}
