//! Changes of a line or two in a file that a person wrote, as a merge request suggests them.

use super::insert::{indentation, is_flow};
use super::parse::parse;
use super::tree::{Node, Value};
use crate::diagnostic::{Mend, Span};

/// One more entry before the first of a mapping. None for a mapping without entries, and for a layout that nobody writes.
pub(crate) fn with_entry(text: &str, mapping: &Node, entry: &str) -> Option<Mend> {
    let entries = mapping.entries().iter();
    let first = entries.min_by_key(|entry| entry.key_span)?;
    let text = if is_flow(text, mapping) {
        format!("{entry}, ")
    } else {
        format!("{entry}\n{}", indentation(text, first)?)
    };
    Some(Mend {
        span: first.key_span.begin(),
        text,
    })
}

/// The line with this key, removed together with what only surrounds its entry. None if the line holds more than that or
/// less, or is alone in its mapping, which would then be empty.
///
/// The line next to it is written again, since a suggestion can't be empty.
pub(crate) fn without_line(text: &str, key: Span) -> Option<Mend> {
    let line = line_at(text, key)?;
    let content = &text[line.start..line.end];
    if !is_one_entry(content, line) {
        return None;
    }
    let before = (line.start > 0).then(|| Span::new(key.file, line.start - 1, line.start - 1));
    let after = (line.end < text.len()).then(|| Span::new(key.file, line.end + 1, line.end + 1));
    let [before, after] = [before, after].map(|place| line_at(text, place?));
    let of = |line: Span| &text[line.start..line.end];
    let has_value_below = after.is_some_and(|after| depth(of(after)) > depth(content));
    if has_value_below {
        return None;
    }
    let is_sibling = |other: &Span| {
        let other = of(*other);
        let begins = other
            .trim_start()
            .starts_with(|c: char| c.is_alphanumeric());
        begins && depth(other) == depth(content)
    };
    let sibling = before.filter(is_sibling).or(after.filter(is_sibling))?;
    Some(Mend {
        span: Span::new(
            key.file,
            line.start.min(sibling.start),
            line.end.max(sibling.end),
        ),
        text: of(sibling).to_owned(),
    })
}

/// The whole line of a place, without its line break.
fn line_at(text: &str, place: Span) -> Option<Span> {
    let start = text.get(..place.start)?.rfind('\n').map_or(0, |at| at + 1);
    let length = text.get(place.start..)?.find('\n');
    let end = length.map_or(text.len(), |length| place.start + length);
    Some(Span::new(place.file, start, end))
}

/// Whether a line is one entry, or a mapping of one entry, in full.
fn is_one_entry(line: &str, place: Span) -> bool {
    let mut mistakes = Vec::new();
    let root = parse(line.trim(), place.file, &mut mistakes);
    let Some([entry]) = root.as_ref().map(Node::entries) else {
        return false;
    };
    let is_whole = match &entry.value.value {
        Value::Scalar(scalar) => !scalar.text.is_empty(),
        Value::Mapping(inner) => inner.len() == 1,
        Value::Sequence(_) | Value::Invalid => false,
    };
    is_whole && mistakes.is_empty()
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
