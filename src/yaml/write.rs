//! Writes new files: serde_yaml writes the values, and comments are added above the keys that have them.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use super::parse::parse;
use super::quote::{Within, is_block, is_plain, quoted};
use super::tree::Node;
use crate::diagnostic::{Sources, printable};

/// A value of a new file. A mark of type `M` names the subject of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NewValue<M> {
    /// A number, a boolean or null.
    Plain(Json),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<NewValue<M>>),
    /// A mapping, in this order.
    Map(Vec<NewEntry<M>>),
}

/// A key of a new file with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewEntry<M> {
    /// The key.
    pub(crate) key: String,
    /// The value.
    pub(crate) value: NewValue<M>,
    /// Comment lines above the key.
    comment: Vec<String>,
    /// What the entry is about.
    mark: Option<M>,
}

impl<M> NewEntry<M> {
    /// An entry without comment and mark.
    pub(crate) fn new(key: impl Into<String>, value: impl Into<NewValue<M>>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            comment: Vec::new(),
            mark: None,
        }
    }

    /// Says what the entry is about.
    #[must_use]
    pub(crate) fn about(mut self, mark: M) -> Self {
        self.mark = Some(mark);
        self
    }

    /// Adds lines above the key.
    #[must_use]
    pub(crate) fn with_comment(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.comment.extend(lines);
        self
    }
}

impl<M> From<&str> for NewValue<M> {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<M> From<Vec<NewEntry<M>>> for NewValue<M> {
    fn from(entries: Vec<NewEntry<M>>) -> Self {
        Self::Map(entries)
    }
}

impl<M> From<Json> for NewValue<M> {
    fn from(value: Json) -> Self {
        match value {
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Json::Object(fields) => Self::Map(
                fields
                    .into_iter()
                    .map(|(key, value)| NewEntry::new(key, value))
                    .collect(),
            ),
            plain => Self::Plain(plain),
        }
    }
}

/// The text of a new file, and the range of each entry that has a mark.
#[derive(Debug)]
pub(crate) struct NewFile<M> {
    /// The text.
    pub(crate) text: String,
    /// The ranges of bytes, from the key to the end of the value.
    pub(crate) places: Vec<(Range<usize>, M)>,
}

impl<M> NewFile<M> {
    /// A file that is about one thing as a whole, its end included.
    pub(crate) fn whole(text: String, mark: M) -> Self {
        let places = vec![(0..text.len() + 1, mark)];
        Self { text, places }
    }
}

/// Writes a file of these sections, with an empty line between them.
pub(crate) fn write<M: Clone>(sections: &[Vec<NewEntry<M>>]) -> NewFile<M> {
    let sections = sections.iter().filter(|section| !section.is_empty());
    let texts: Vec<String> = sections
        .clone()
        .map(|section| section_text(section))
        .collect();
    let mut file = NewFile {
        text: texts.join("\n"),
        places: Vec::new(),
    };
    let mut sources = Sources::default();
    let id = sources.add("", "");
    if let Some(root) = parse(&file.text, id, &mut Vec::new()) {
        let mut comments = Vec::new();
        for section in sections {
            place(section, &root, &mut file.places, &mut comments);
        }
        file.insert_comments(comments);
    }
    file
}

/// The entries as serde_yaml writes them, except for scalars that need quotes: serde_yaml leaves hidden characters and
/// some texts that parsers disagree about as they are.
fn section_text<M>(entries: &[NewEntry<M>]) -> String {
    let mut quotes = Quotes::default();
    let text = serialized(serde_yaml::to_string(&quotes.map(entries)));
    quotes.put_into(&text)
}

fn serialized<T>(result: Result<T, serde_yaml::Error>) -> T {
    result.unwrap_or_else(|error| unreachable!("a JSON value serializes as YAML: {error}"))
}

/// Scalars in quotes. A placeholder stands for each of them until serde_yaml has written the rest.
#[derive(Default)]
struct Quotes(Vec<String>);

/// Begins and ends a placeholder. No other text holds it: what holds a private character is quoted, with an escape.
const BRACKET: char = '\u{e000}';

impl Quotes {
    fn map<M>(&mut self, entries: &[NewEntry<M>]) -> Yaml {
        let entries = entries.iter().map(|entry| {
            let key = self.text(&entry.key, Within::Flow);
            (key, self.value(&entry.value))
        });
        Yaml::Mapping(entries.collect())
    }

    fn value<M>(&mut self, value: &NewValue<M>) -> Yaml {
        match value {
            NewValue::Plain(plain) => serialized(serde_yaml::to_value(plain)),
            NewValue::Text(text) if is_block(text) => text.as_str().into(),
            NewValue::Text(text) => self.text(text, Within::Line),
            NewValue::List(items) => {
                Yaml::Sequence(items.iter().map(|item| self.value(item)).collect())
            }
            NewValue::Map(entries) => self.map(entries),
        }
    }

    fn text(&mut self, text: &str, within: Within) -> Yaml {
        if is_plain(text, within) {
            return text.into();
        }
        self.0.push(quoted(text));
        format!("{BRACKET}{}{BRACKET}", self.0.len() - 1).into()
    }

    /// The text with the quoted scalars in place of the placeholders.
    fn put_into(&self, text: &str) -> String {
        let mut parts = text.split(BRACKET);
        let mut filled = parts.next().unwrap_or_default().to_owned();
        while let (Some(index), Some(rest)) = (parts.next(), parts.next()) {
            let index: Option<usize> = index.parse().ok();
            filled += index
                .and_then(|index| self.0.get(index))
                .map_or("", String::as_str);
            filled += rest;
        }
        filled
    }
}

/// Finds the entries that have a mark, and the places of the comments.
fn place<'e, M: Clone>(
    entries: &'e [NewEntry<M>],
    node: &Node,
    places: &mut Vec<(Range<usize>, M)>,
    comments: &mut Vec<(usize, &'e [String])>,
) {
    for entry in entries {
        let Some(found) = node.entry(&entry.key) else {
            continue;
        };
        let start = found.key_span.start;
        if !entry.comment.is_empty() {
            comments.push((start, &entry.comment));
        }
        if let Some(mark) = &entry.mark {
            places.push((start..found.value.span.end, mark.clone()));
        }
        if let NewValue::Map(entries) = &entry.value {
            place(entries, &found.value, places, comments);
        }
    }
}

impl<M> NewFile<M> {
    /// Puts comments above the lines on which the keys at these offsets are.
    fn insert_comments(&mut self, mut comments: Vec<(usize, &[String])>) {
        comments.sort_by_key(|(key, _)| *key);
        for (key, lines) in comments.into_iter().rev() {
            let line = self.text[..key].rfind('\n').map_or(0, |at| at + 1);
            let indentation = " ".repeat(key - line);
            let mut comment = String::new();
            for text in lines {
                // Writing to a String cannot fail.
                let _ = writeln!(comment, "{indentation}# {}", printable(text));
            }
            self.text.insert_str(line, &comment);
            for (range, _) in &mut self.places {
                if range.start >= key {
                    range.start += comment.len();
                }
                if range.end >= key {
                    range.end += comment.len();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_above_their_keys_and_marks_on_their_entries() {
        let inner = vec![
            NewEntry::new("b", "1")
                .about("b")
                .with_comment(["about b".into()]),
            NewEntry::new("c", "x\ny\n").about("c"),
        ];
        let sections = [
            vec![NewEntry::new("version", Json::from(1))],
            vec![
                NewEntry::new("a", inner)
                    .about("a")
                    .with_comment(["about a".into(), "and more".into()]),
            ],
        ];
        let written = write(&sections);
        insta::assert_snapshot!(written.text, @r#"
        version: 1

        # about a
        # and more
        a:
          # about b
          b: "1"
          c: |
            x
            y
        "#);
        for (range, mark) in &written.places {
            assert!(written.text[range.clone()].starts_with(&format!("{mark}:")));
        }
        assert_eq!(written.places.len(), 3);
    }
}
