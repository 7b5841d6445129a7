//! A YAML document as a tree with the place of every key and value.

use super::scalar::Plain;
use super::similar::{is_close, is_part};
use crate::diagnostic::{Code, Diagnostic, Span};

/// The key of YAML's merges, which are refused: any key may be missing in its place.
pub(super) const MERGE_KEY: &str = "<<";

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// The value.
    pub(crate) value: Value,
    /// Its place. For an empty value, the place of its key.
    pub(crate) span: Span,
}

/// The kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Anything but a list or a mapping.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values, sorted by key. No key is repeated.
    Mapping(Vec<Entry>),
    /// A mistake that has been reported. Neither it nor its absence is reported again.
    Invalid,
}

/// The text of a scalar after YAML's quoting and escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The text.
    pub(crate) text: String,
    /// Whether it is written without quotes, so that [`Plain`] tells its meaning. Otherwise it is a string.
    pub(crate) is_plain: bool,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// The place of the key.
    pub(crate) key_span: Span,
    /// The value.
    pub(crate) value: Node,
}

impl Scalar {
    /// What the text means.
    pub(crate) fn meaning(&self) -> Plain {
        if self.is_plain {
            Plain::of(&self.text)
        } else {
            Plain::Text
        }
    }
}

impl Node {
    /// A string, whatever its text looks like.
    pub(crate) const fn string(text: String, span: Span) -> Self {
        let is_plain = false;
        Self {
            value: Value::Scalar(Scalar { text, is_plain }),
            span,
        }
    }

    /// A list with one item.
    pub(crate) fn list_of(item: Self) -> Self {
        Self {
            span: item.span,
            value: Value::Sequence(vec![item]),
        }
    }

    /// Puts an entry into a mapping, in place of one with the same key. Does nothing to any other value.
    pub(crate) fn set(&mut self, entry: Entry) {
        let Value::Mapping(entries) = &mut self.value else {
            return;
        };
        match entries.binary_search_by(|known| known.key.cmp(&entry.key)) {
            Ok(at) => entries[at] = entry,
            Err(at) => entries.insert(at, entry),
        }
    }

    /// The entries of a mapping; none for every other value.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for every other value.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The items of a list that were decoded: those that are not struck out as mistakes.
    pub(crate) fn decoded_items(&self) -> impl Iterator<Item = &Node> {
        self.items()
            .iter()
            .filter(|item| item.value != Value::Invalid)
    }

    /// How many values it holds, itself included.
    pub(super) fn size(&self) -> usize {
        let below: usize = match &self.value {
            Value::Sequence(items) => items.iter().map(Self::size).sum(),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.value.size()).sum(),
            Value::Scalar(_) | Value::Invalid => 0,
        };
        below + 1
    }

    /// The text of a scalar, whether quoted or not.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// The entry with this key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        let entries = self.entries();
        position(entries, key).map(|at| &entries[at])
    }

    /// The entries of a mapping, to change their values; none for every other value.
    pub(crate) fn entries_mut(&mut self) -> &mut [Entry] {
        match &mut self.value {
            Value::Mapping(entries) => entries,
            _ => &mut [],
        }
    }

    /// The entry with this key, to change its value.
    pub(crate) fn entry_mut(&mut self, key: &str) -> Option<&mut Entry> {
        let at = position(self.entries(), key)?;
        self.entries_mut().get_mut(at)
    }

    /// The text and place of every scalar, keys included.
    pub(crate) fn visit_texts(&self, visit: &mut impl FnMut(&str, Span)) {
        match &self.value {
            Value::Scalar(scalar) => visit(&scalar.text, self.span),
            Value::Sequence(items) => items.iter().for_each(|item| item.visit_texts(visit)),
            Value::Mapping(entries) => entries.iter().for_each(|entry| {
                visit(&entry.key, entry.key_span);
                entry.value.visit_texts(visit);
            }),
            Value::Invalid => {}
        }
    }

    /// The entry that a path of keys leads to.
    pub(crate) fn entry_at<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Option<&Entry> {
        let mut path = path.into_iter();
        let first = self.entry(path.next()?);
        path.try_fold(first?, |entry, key| entry.value.entry(key))
    }

    /// The value that a path of keys leads to; with an empty path, this one.
    pub(crate) fn at<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Option<&Node> {
        path.into_iter()
            .try_fold(self, |node, key| node.entry(key).map(|entry| &entry.value))
    }

    /// Whether a mistake in place of `key` has been reported: in its value, its spelling, or a merge key that may have
    /// held it. Then it is not missing.
    pub(crate) fn was_reported(&self, key: &str) -> bool {
        self.entries()
            .iter()
            .filter(|entry| entry.value.value == Value::Invalid)
            .any(|entry| {
                entry.key == key
                    || entry.key == MERGE_KEY
                    || is_close(&entry.key, key)
                    || is_part(&entry.key, key)
            })
    }

    /// Whether this is a mapping whose values all have mistakes that have been reported.
    pub(crate) fn was_reported_whole(&self) -> bool {
        let mut entries = self.entries().iter();
        !self.entries().is_empty() && entries.all(|entry| entry.value.value == Value::Invalid)
    }

    /// The key above another one, if nothing stands behind it.
    pub(crate) fn empty_above(&self, key: &str) -> Option<&str> {
        let key = self.entry(key)?.key_span;
        let entries = self.entries().iter();
        let before = entries.filter(|entry| entry.key_span < key);
        let above = before.max_by_key(|entry| entry.key_span)?;
        // The parser gives an absent value the place of its key.
        (above.value.span == above.key_span).then_some(above.key.as_str())
    }

    /// A copy in which every key and scalar for which `replace` returns a text has that text. What is replaced is a
    /// string afterwards, whatever it looks like. Spans stay, so that messages point at the original text.
    pub(crate) fn replace_texts(
        &self,
        replace: &impl Fn(&str) -> Option<String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let replaced = match &self.value {
            Value::Scalar(scalar) => Value::Scalar(scalar.replace_text(replace)),
            Value::Sequence(items) => Value::Sequence(
                items
                    .iter()
                    .map(|item| item.replace_texts(replace, diagnostics))
                    .collect(),
            ),
            Value::Mapping(entries) => {
                let entries = entries
                    .iter()
                    .map(|entry| Entry {
                        key: replace(&entry.key).unwrap_or_else(|| entry.key.clone()),
                        key_span: entry.key_span,
                        value: entry.value.replace_texts(replace, diagnostics),
                    })
                    .collect();
                Value::Mapping(without_duplicates(entries, diagnostics))
            }
            Value::Invalid => Value::Invalid,
        };
        Self {
            value: replaced,
            span: self.span,
        }
    }
}

impl Scalar {
    fn replace_text(&self, replace: &impl Fn(&str) -> Option<String>) -> Self {
        match replace(&self.text) {
            Some(text) => Self {
                text,
                is_plain: false,
            },
            None => self.clone(),
        }
    }
}

fn position(entries: &[Entry], key: &str) -> Option<usize> {
    let found = entries.binary_search_by(|entry| entry.key.as_str().cmp(key));
    found.ok()
}

/// Sorts by key, reports every repeated key, and keeps the first. Most YAML parsers keep the last one, which could give
/// one team's role to another.
pub(crate) fn without_duplicates(
    mut entries: Vec<Entry>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Entry> {
    entries.sort_by(|a, b| (&a.key, a.key_span).cmp(&(&b.key, b.key_span)));
    entries.dedup_by(|entry, first| {
        let is_duplicate = entry.key == first.key;
        if is_duplicate {
            diagnostics.push(duplicate_key(entry, first.key_span));
        }
        is_duplicate
    });
    entries
}

fn duplicate_key(entry: &Entry, first: Span) -> Diagnostic {
    Diagnostic::error(
        Code::DuplicateKey,
        format!("the key `{}` is repeated", entry.key),
        entry.key_span,
    )
    .with_label("repeated here")
    .with_secondary(first, "first here")
    .with_help("remove one of the two; parsers that accept both keep the last one")
}
