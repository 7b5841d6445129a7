//! Writes YAML as a person would, and so that every parser reads the same: whatever could be taken for something
//! else than the text it is stands in quotes.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Value;

use crate::diagnostic::{is_hidden, printable};
use crate::resource::Address;

/// Lists that end before this column stand on one line.
const WIDTH: usize = 100;

/// A value as it is to stand in a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A number, a truth value or null.
    Plain(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// The value.
    pub(super) value: Node,
    /// Lines for people, which stand above the key.
    pub(super) comment: Vec<String>,
    /// The resource that the entry says everything about.
    pub(super) about: Option<Address>,
}

impl Entry {
    pub(super) fn new(key: impl Into<String>, value: impl Into<Node>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
            comment: Vec::new(),
            about: None,
        }
    }

    pub(super) fn about(mut self, address: &Address) -> Self {
        self.about = Some(address.clone());
        self
    }

    pub(super) fn with_comment(mut self, lines: impl IntoIterator<Item = String>) -> Self {
        self.comment.extend(lines);
        self
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<Entry>> for Node {
    fn from(entries: Vec<Entry>) -> Self {
        Self::Map(entries)
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Map(
                fields
                    .into_iter()
                    .map(|(key, value)| Entry::new(key, value))
                    .collect(),
            ),
            plain => Self::Plain(plain.to_string()),
        }
    }
}

/// A file's text, and where in it each resource stands.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) text: String,
    pub(super) places: Vec<(Range<usize>, Address)>,
}

impl Document {
    /// Writes entries, with an empty line between the sections.
    pub(super) fn of(sections: &[Vec<Entry>]) -> Self {
        let mut document = Self::default();
        for section in sections.iter().filter(|section| !section.is_empty()) {
            if !document.text.is_empty() {
                document.text.push('\n');
            }
            document.entries(section, 0);
        }
        document
    }

    /// A file that is about one resource as a whole, its end included.
    pub(super) fn whole(text: String, address: &Address) -> Self {
        let places = vec![(0..text.len() + 1, address.clone())];
        Self { text, places }
    }

    /// Writes entries, the first of them where the text ends and the others below it.
    fn entries(&mut self, entries: &[Entry], indent: usize) {
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                self.pad(indent);
            }
            for line in &entry.comment {
                let _ = writeln!(self.text, "# {}", printable(line));
                self.pad(indent);
            }
            let start = self.text.len();
            self.text += &scalar(&entry.key, Within::Flow);
            self.text.push(':');
            self.value(&entry.value, indent);
            if let Some(address) = &entry.about {
                self.places.push((start..self.text.len(), address.clone()));
            }
        }
    }

    /// Writes the value of a key that stands at `indent`.
    fn value(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Map(entries) if !entries.is_empty() => {
                self.text.push('\n');
                self.pad(indent + 2);
                self.entries(entries, indent + 2);
            }
            Node::List(items) if !self.fits(items) => {
                self.text.push('\n');
                self.pad(indent + 2);
                self.items(items, indent + 2);
            }
            node => {
                self.text.push(' ');
                self.short(node, indent + 2);
            }
        }
    }

    fn items(&mut self, items: &[Node], indent: usize) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.pad(indent);
            }
            self.text += "- ";
            match item {
                Node::Map(entries) if !entries.is_empty() => self.entries(entries, indent + 2),
                Node::List(items) if !self.fits(items) => self.items(items, indent + 2),
                node => self.short(node, indent + 2),
            }
        }
    }

    /// Writes what begins on the same line; the further lines of a text at `indent`.
    fn short(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Text(text) if is_block(text) => {
                self.text += if text.ends_with('\n') { "|" } else { "|-" };
                for line in text.lines() {
                    self.text.push('\n');
                    if !line.is_empty() {
                        self.pad(indent);
                        self.text += line;
                    }
                }
            }
            Node::Text(text) => self.text += &scalar(text, Within::Line),
            Node::Plain(text) => self.text += text,
            Node::List(items) => self.text += &flow(items),
            Node::Map(_) => self.text += "{}",
        }
        self.text.push('\n');
    }

    /// Whether the list is short and simple enough for the line that the text ends with.
    fn fits(&self, items: &[Node]) -> bool {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        let is_simple = |item: &Node| match item {
            Node::Plain(_) => true,
            Node::Text(text) => !text.contains('\n'),
            Node::List(_) | Node::Map(_) => false,
        };
        items.is_empty()
            || items.iter().all(is_simple)
                && line.chars().count() + 1 + flow(items).chars().count() <= WIDTH
    }

    fn pad(&mut self, indent: usize) {
        self.text.extend(std::iter::repeat_n(' ', indent));
    }
}

fn flow(items: &[Node]) -> String {
    let items = items.iter().map(|item| match item {
        Node::Text(text) => scalar(text, Within::Flow),
        Node::Plain(text) => text.clone(),
        Node::List(items) => flow(items),
        Node::Map(_) => "{}".to_owned(),
    });
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// What a scalar stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    /// A line of its own.
    Line,
    /// A list on one line, or a key.
    Flow,
}

/// The text without quotes where it can only be a text.
fn scalar(text: &str, within: Within) -> String {
    if is_plain(text, within) {
        return text.to_owned();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        let code = u32::from(c);
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            '\t' => write!(quoted, "\\t"),
            c if !is_hidden(c) && !is_odd_space(c) => write!(quoted, "{c}"),
            _ if code <= 0xff => write!(quoted, "\\x{code:02x}"),
            _ if code <= 0xffff => write!(quoted, "\\u{code:04x}"),
            _ => write!(quoted, "\\U{code:08x}"),
        };
    }
    quoted.push('"');
    quoted
}

fn is_plain(text: &str, within: Within) -> bool {
    let begins_well = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '$' | '+');
    let ends_well = |c: char| !" :-?".contains(c);
    let ends_item = |c: char| within == Within::Flow && ",[]{}".contains(c);
    let is_harmless = |c: char| !is_hidden(c) && !is_odd_space(c) && !ends_item(c);
    text.starts_with(begins_well)
        && text.ends_with(ends_well)
        && text.chars().all(is_harmless)
        && !text.contains(": ")
        && !text.contains(" #")
        && !is_word_of_yaml(text)
        && !looks_like_a_number(text)
}

/// In YAML 1.1 or 1.2, which editors and other tools still mix.
fn is_word_of_yaml(text: &str) -> bool {
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Numbers of any base, dates and times, and more than these.
fn looks_like_a_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '+')
        && text
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "xXoO_.:+-".contains(c))
}

/// White space other than a space, and code points that are no characters.
fn is_odd_space(c: char) -> bool {
    c != ' ' && c.is_whitespace() || matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// Whether a text of several lines comes back as it is from below a `|`.
fn is_block(text: &str) -> bool {
    let is_line = |line: &str| {
        !line.ends_with(' ') && line.chars().all(|c| !is_hidden(c) && !is_odd_space(c))
    };
    text.contains('\n')
        && !text.starts_with(['\n', ' '])
        && !text.ends_with("\n\n")
        && text.split('\n').all(is_line)
}
