//! Changes single values of a file that a person wrote. The layout, the order and the comments of all else stay.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::insert::{is_flow, lines_after};
use super::parse::parse;
use super::quote::{Within, scalar};
use super::tree::{Entry, Node, Value};
use super::write::{NewEntry, NewValue};
use crate::diagnostic::{FileId, has_errors};

/// A value that a file is to have.
pub(crate) type EditedValue = NewValue<()>;

/// One step from a value to one inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'k> {
    /// To the value of a key.
    Key(&'k str),
    /// To an item of a list, from 0.
    Item(usize),
}

/// The longest line that is written for a mapping or a list, in bytes.
const LINE: usize = 120;

/// The text of a file with its tree. A change that the layout does not allow leaves it as it was, and returns none.
#[derive(Debug, Clone)]
pub(crate) struct EditedText {
    text: String,
    file: FileId,
    root: Node,
}

impl EditedText {
    /// None if the text is not valid.
    pub(crate) fn parse(text: String, file: FileId) -> Option<Self> {
        let mut diagnostics = Vec::new();
        let root = parse(&text, file, &mut diagnostics)?;
        (!has_errors(&diagnostics)).then_some(Self { text, file, root })
    }

    /// The text.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// The value at a path.
    pub(crate) fn at(&self, path: &[Step<'_>]) -> Option<&Node> {
        path.iter()
            .try_fold(&self.root, |node, step| inside(node, *step))
    }

    /// Gives the path a value: in place of the one that is there, or with the keys that are missing on the way.
    pub(crate) fn set(&mut self, path: &[Step<'_>], value: EditedValue) -> Option<()> {
        let (last, before) = path.split_last()?;
        let Step::Key(key) = *last else {
            let item = self.at(path)?;
            let within = self.within(before);
            let is_one_line = !self.text[item.span.start..item.span.end].contains('\n');
            let line = flow(&value, within);
            let place = item.span.start..item.span.end;
            return is_one_line.then(|| self.splice(place, &line))?;
        };
        let Some(parent) = self.at(before) else {
            return self.set(before, vec![NewEntry::new(key, value)].into());
        };
        if parent.text().is_some() {
            // Nothing stands behind the parent's key.
            let is_empty = parent.text() == Some("");
            let entry = vec![NewEntry::new(key, value)].into();
            return is_empty.then(|| self.replace(before, &entry))?;
        }
        if parent.entry(key).is_some() {
            return self.replace(path, &value);
        }
        let (place, inserted) = self.insertion(before, &NewEntry::new(key, value))?;
        self.splice(place, &inserted)
    }

    /// Removes an entry of a mapping or an item of a list; a mapping that would be empty goes with its last entry.
    pub(crate) fn remove(&mut self, path: &[Step<'_>]) -> Option<()> {
        let (last, before) = path.split_last()?;
        let parent = self.at(before)?;
        let mut spans: Vec<Range<usize>> = match &parent.value {
            Value::Mapping(entries) => entries
                .iter()
                .map(|entry| entry.key_span.start..entry.value.span.end)
                .collect(),
            Value::Sequence(items) => items
                .iter()
                .map(|item| item.span.start..item.span.end)
                .collect(),
            Value::Scalar(_) | Value::Invalid => return None,
        };
        spans.sort_by_key(|span| span.start);
        let (removed, dash) = match *last {
            Step::Key(key) => (parent.entry(key)?.key_span.start, ""),
            Step::Item(index) => (parent.items().get(index)?.span.start, "-"),
        };
        let at = spans.iter().position(|span| span.start == removed)?;
        if spans.len() == 1 {
            return match last {
                Step::Key(_) => self.remove(before),
                Step::Item(_) => self.replace(before, &NewValue::List(Vec::new())),
            };
        }
        let place = if is_flow(&self.text, parent) {
            match at.checked_sub(1) {
                Some(previous) => spans[previous].end..spans[at].end,
                None => spans[at].start..spans[at + 1].start,
            }
        } else {
            self.whole_lines(spans[at].clone(), dash)?
        };
        self.splice(place, "")
    }

    /// Adds an item to a list; a single value becomes a list.
    pub(crate) fn add_item(&mut self, path: &[Step<'_>], item: &EditedValue) -> Option<()> {
        let list = self.at(path)?;
        if let Some(single) = list.text() {
            let both = NewValue::List(vec![single.into(), item.clone()]);
            return self.replace(path, &both);
        }
        let new = flow(item, Within::Flow);
        let Some(last) = list.items().last() else {
            return self.replace(path, &NewValue::List(vec![item.clone()]));
        };
        let end = last.span.end;
        if is_flow(&self.text, list) {
            return self.splice(end..end, &format!(", {new}"));
        }
        let line = self.line_start(last.span.start);
        let dash = self.text[line..last.span.start].rfind('-')?;
        let indentation = " ".repeat(dash);
        let entry = format!("- {}", item_lines(item, dash + 2).join(&self.line_break()));
        let lines = std::iter::once(entry);
        let (at, lines) = lines_after(&self.text, end, &indentation, lines);
        self.splice(at..at, &lines)
    }

    /// The entry at a path with another value.
    fn replace(&mut self, path: &[Step<'_>], value: &EditedValue) -> Option<()> {
        let (last, before) = path.split_last()?;
        let Step::Key(key) = *last else { return None };
        let within = self.within(before);
        let column = self.column(self.at(before)?)?;
        let entry = self.at(before)?.entry(key)?;
        let old = &entry.value;
        let lines = entry_lines(&NewEntry::new(key, value.clone()), column);
        let is_absent = old.span == entry.key_span;
        let is_inline =
            is_flow(&self.text, old) || old.text().is_some() && !is_block(&self.text, entry);
        if is_inline && !is_absent && (within == Within::Flow || lines.len() == 1) {
            let place = old.span.start..old.span.end;
            return self.splice(place, &flow(value, within));
        }
        if within == Within::Flow {
            return None;
        }
        let end = if is_absent {
            let rest = &self.text[entry.key_span.end..];
            entry.key_span.end + rest.find(':')? + 1
        } else {
            self.text[..old.span.end].trim_end().len()
        };
        let place = entry.key_span.start..end;
        self.splice(place, &lines.join(&self.line_break()))
    }

    /// Where a new entry of the mapping at a path stands, and its text.
    fn insertion(&self, path: &[Step<'_>], new: &NewEntry<()>) -> Option<(Range<usize>, String)> {
        let mapping = self.at(path)?;
        let Value::Mapping(entries) = &mapping.value else {
            return None;
        };
        let last: Option<&Entry> = entries.iter().max_by_key(|entry| entry.key_span);
        if is_flow(&self.text, mapping) {
            let entry = flow_entry(new);
            return Some(match last {
                Some(last) => (
                    last.value.span.end..last.value.span.end,
                    format!(", {entry}"),
                ),
                None => (mapping.span.start + 1..mapping.span.start + 1, entry),
            });
        }
        let last = last?;
        let column = self.column(mapping)?;
        let lines = entry_lines(new, column);
        let entry = lines.join(&self.line_break());
        let indentation = " ".repeat(column);
        let end = last.value.span.end;
        let (at, text) = lines_after(&self.text, end, &indentation, std::iter::once(entry));
        Some((at..at, text))
    }

    /// Whether an entry of the value at a path is written between brackets.
    fn within(&self, path: &[Step<'_>]) -> Within {
        let mut node = &self.root;
        let mut is_inside = is_flow(&self.text, node);
        for step in path {
            let Some(next) = inside(node, *step) else {
                break;
            };
            node = next;
            is_inside |= node.text().is_none() && is_flow(&self.text, node);
        }
        if is_inside {
            Within::Flow
        } else {
            Within::Line
        }
    }

    /// How far the keys of a mapping are indented.
    fn column(&self, mapping: &Node) -> Option<usize> {
        let first = mapping.entries().iter().map(|entry| entry.key_span.start);
        let first = first.min()?;
        Some(first - self.line_start(first))
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |line| line + 1)
    }

    fn line_break(&self) -> String {
        let is_windows = self.text.contains("\r\n");
        if is_windows { "\r\n" } else { "\n" }.to_owned()
    }

    /// The lines that hold a value and its key or its dash, with nothing else except a comment at their end.
    fn whole_lines(&self, span: Range<usize>, dash: &str) -> Option<Range<usize>> {
        let start = self.line_start(span.start);
        let before = self.text[start..span.start].trim();
        let end = self.text[..span.end].trim_end().len().max(span.start);
        let rest = &self.text[end..];
        let rest = &rest[..rest.find('\n').map_or(rest.len(), |at| at + 1)];
        let after = rest.trim();
        let is_alone =
            before == dash && (after.is_empty() || after.starts_with('#') || after == ":");
        is_alone.then(|| start..end + rest.len())
    }

    fn splice(&mut self, place: Range<usize>, new: &str) -> Option<()> {
        let text = format!(
            "{}{new}{}",
            &self.text[..place.start],
            &self.text[place.end..]
        );
        *self = Self::parse(text, self.file)?;
        Some(())
    }
}

fn inside<'n>(node: &'n Node, step: Step<'_>) -> Option<&'n Node> {
    match step {
        Step::Key(key) => node.entry(key).map(|entry| &entry.value),
        Step::Item(index) => node.items().get(index),
    }
}

/// Whether a text is written in lines below a `|` or `>`.
fn is_block(text: &str, entry: &Entry) -> bool {
    let header = text.get(entry.key_span.end..entry.value.span.start);
    header.is_some_and(|header| header.contains(['|', '>']))
}

/// A value between brackets, or a scalar on a line of its own.
fn flow(value: &EditedValue, within: Within) -> String {
    match value {
        NewValue::Plain(plain) => plain.to_string(),
        NewValue::Text(text) => scalar(text, within),
        NewValue::List(items) => {
            let items = items.iter().map(|item| flow(item, Within::Flow));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        NewValue::Map(entries) => {
            let entries = entries.iter().map(flow_entry);
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn flow_entry(entry: &NewEntry<()>) -> String {
    let key = scalar(&entry.key, Within::Flow);
    format!("{key}: {}", flow(&entry.value, Within::Flow))
}

/// The lines of an entry; all except the first are indented.
fn entry_lines(entry: &NewEntry<()>, column: usize) -> Vec<String> {
    let key = scalar(&entry.key, Within::Flow);
    let line = format!("{key}: {}", flow(&entry.value, Within::Line));
    let deeper = column + 2;
    let indented = |line: String| format!("{}{line}", " ".repeat(deeper));
    let has_room = column + line.len() <= LINE;
    match &entry.value {
        NewValue::Map(entries) if !(entries.is_empty() || has_room && is_shallow(entries)) => {
            let mut lines = vec![format!("{key}:")];
            for entry in entries {
                let mut inner = entry_lines(entry, deeper).into_iter();
                lines.extend(inner.next().map(indented));
                lines.extend(inner);
            }
            lines
        }
        NewValue::List(items) if !items.is_empty() && (!has_room || has_maps(items)) => {
            let items = items.iter().map(|item| {
                let lines = item_lines(item, deeper + 2).join("\n");
                indented(format!("- {lines}"))
            });
            std::iter::once(format!("{key}:")).chain(items).collect()
        }
        _ => vec![line],
    }
}

/// The lines of an item of a list, behind its dash.
fn item_lines(item: &EditedValue, column: usize) -> Vec<String> {
    let NewValue::Map(entries) = item else {
        return vec![flow(item, Within::Line)];
    };
    let lines = entries.iter().enumerate().flat_map(|(at, entry)| {
        let mut lines = entry_lines(entry, column);
        if let (1.., Some(first)) = (at, lines.first_mut()) {
            first.insert_str(0, &" ".repeat(column));
        }
        lines
    });
    lines.collect()
}

fn is_shallow(entries: &[NewEntry<()>]) -> bool {
    let mut values = entries.iter().map(|entry| &entry.value);
    values.all(|value| match value {
        NewValue::Map(_) => false,
        NewValue::List(items) => !has_maps(items),
        NewValue::Plain(_) | NewValue::Text(_) => true,
    })
}

fn has_maps(items: &[EditedValue]) -> bool {
    items.iter().any(|item| matches!(item, NewValue::Map(_)))
}
