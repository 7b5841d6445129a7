//! YAML text -> [`Node`] tree, for the subset of YAML that every person and every parser reads alike.
//!
//! Refused are duplicate keys, anchors, aliases, merge keys, tags, keys that are not strings, and more than one
//! document in a file: each can hide the meaning of a file from a reviewer.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::scalar::Plain;
use super::syntax;
use super::tree::{Entry, MERGE_KEY, Node, Scalar, Value, without_duplicates};
use crate::diagnostic::{Code, Diagnostic, FileId, Span};

/// Deeper than any file that a person writes, and far from the end of the stack.
const MAX_DEPTH: usize = 64;

/// Parses the text of one file. Mistakes are pushed onto `diagnostics`. A syntax error ends the file; every other mistake
/// leaves the rest of the tree intact.
pub(crate) fn parse(text: &str, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut builder = Builder {
        events: Parser::new_from_str(text),
        text,
        offsets: Offsets::of(text),
        file,
        diagnostics,
    };
    match builder.document() {
        Ok(root) => root,
        Err(fatal) => {
            diagnostics.push(*fatal);
            None
        }
    }
}

/// The rest of the file cannot be read.
type Fatal = Box<Diagnostic>;

struct Builder<'t, 'd> {
    events: Parser<'t, StrInput<'t>>,
    text: &'t str,
    offsets: Offsets,
    file: FileId,
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl<'t> Builder<'t, '_> {
    fn document(&mut self) -> Result<Option<Node>, Fatal> {
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => break,
                (Event::DocumentStart(_), span) if root.is_some() => {
                    self.diagnostics.push(second_document(span));
                    break;
                }
                (Event::DocumentStart(_), _) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 0)?).filter(|root| !is_absent(root));
                }
                _ => {}
            }
        }
        if root.is_none() {
            self.diagnostics.push(empty_file(self.file));
        }
        Ok(root)
    }

    /// The value that begins with `event`, up to its end.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Fatal> {
        if depth > MAX_DEPTH {
            return Err(Box::new(syntax::too_deep(span)));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_clean = self.check_properties(span, anchor, tag.is_some());
                Ok(scalar(text, style, span, is_clean))
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_properties(span, anchor, tag.is_some());
                self.sequence(span, depth)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_properties(span, anchor, tag.is_some());
                self.mapping(span, depth)
            }
            Event::Alias(_) => {
                self.diagnostics.push(syntax::alias(self.text, span));
                Ok(invalid(span))
            }
            _ => Ok(invalid(span)),
        }
    }

    fn sequence(&mut self, start: Span, depth: usize) -> Result<Node, Fatal> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next_in(start)?;
            if event == Event::SequenceEnd {
                let last = items.last().map(|item: &Node| item.span);
                let span = collection_span(start, span, last);
                let value = Value::Sequence(items);
                return Ok(Node { value, span });
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Result<Node, Fatal> {
        let mut entries = Vec::new();
        let mut last = None;
        loop {
            let (event, span) = self.next_in(start)?;
            if event == Event::MappingEnd {
                let span = collection_span(start, span, last);
                let value = Value::Mapping(without_duplicates(entries, self.diagnostics));
                return Ok(Node { value, span });
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next_in(start)?;
            let mut value = self.node(event, span, depth + 1)?;
            if is_absent(&value) {
                value.span = key.span;
            }
            last = Some(value.span);
            entries.extend(self.entry(key, value));
        }
    }

    /// Key and value, unless the key cannot be one.
    fn entry(&mut self, key: Node, value: Node) -> Option<Entry> {
        let key_span = key.span;
        match key.value {
            Value::Scalar(key) if key.is_plain && key.text == MERGE_KEY => {
                self.diagnostics.push(merge_key(key_span));
                Some(Entry {
                    key: MERGE_KEY.to_owned(),
                    key_span,
                    value: invalid(value.span),
                })
            }
            Value::Scalar(key) => {
                if key.meaning() != Plain::Text {
                    self.diagnostics.push(unquoted_key(&key.text, key_span));
                }
                let key = key.text;
                Some(Entry {
                    key,
                    key_span,
                    value,
                })
            }
            Value::Sequence(_) | Value::Mapping(_) => {
                self.diagnostics.push(collection_key(key_span));
                None
            }
            Value::Invalid => None,
        }
    }

    /// Reports an anchor or a tag before a value. Returns whether there is none.
    fn check_properties(&mut self, span: Span, anchor: usize, has_tag: bool) -> bool {
        if anchor != 0 {
            self.diagnostics.push(anchor_at(self.property(span, '&')));
        }
        if has_tag {
            self.diagnostics.push(tag_at(self.property(span, '!')));
        }
        anchor == 0 && !has_tag
    }

    /// The word with this sign in front of a value; the parser's span of the value begins with it.
    fn property(&self, span: Span, sign: char) -> Span {
        let start = self.text[span.start..]
            .find(sign)
            .map_or(span.start, |at| span.start + at);
        let rest = &self.text[start..];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        Span::new(self.file, start, start + length)
    }

    /// The next event inside of a collection. Between brackets, a syntax error also shows the opening one.
    fn next_in(&mut self, start: Span) -> Result<(Event<'t>, Span), Fatal> {
        self.next().map_err(|fatal| {
            let is_about_brackets = fatal.code == Code::Syntax && !start.is_empty();
            if is_about_brackets && fatal.primary.span != start {
                Box::new(fatal.with_secondary(start, "opened here"))
            } else {
                fatal
            }
        })
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Fatal> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let start = self.offsets.byte(span.start.index());
                let end = self.offsets.byte(span.end.index());
                Ok((event, Span::new(self.file, start, end)))
            }
            Some(Err(error)) => {
                let at = self.offsets.byte(error.marker().index());
                Err(Box::new(syntax::explain(
                    self.text,
                    error.info(),
                    self.file,
                    at,
                )))
            }
            None => Ok((Event::StreamEnd, Span::top(self.file))),
        }
    }
}

/// The parser counts characters; spans count bytes.
enum Offsets {
    Ascii { length: usize },
    ByCharacter(Vec<u32>),
}

impl Offsets {
    fn of(text: &str) -> Self {
        let length = text.len();
        if text.is_ascii() {
            return Self::Ascii { length };
        }
        let starts = text.char_indices().map(|(at, _)| at);
        // Files are far smaller than 4 GiB.
        let offsets = starts
            .chain([length])
            .map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        Self::ByCharacter(offsets.collect())
    }

    fn byte(&self, character: usize) -> usize {
        match self {
            Self::Ascii { length } => character.min(*length),
            Self::ByCharacter(offsets) => {
                let offset = offsets.get(character).or(offsets.last());
                offset.map_or(0, |offset| *offset as usize)
            }
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, span: Span, is_clean: bool) -> Node {
    let value = if is_clean {
        Value::Scalar(Scalar {
            text: text.into_owned(),
            is_plain: style == ScalarStyle::Plain,
        })
    } else {
        Value::Invalid
    };
    Node { value, span }
}

fn invalid(span: Span) -> Node {
    let value = Value::Invalid;
    Node { value, span }
}

/// Whether the file has nothing where the value should be.
fn is_absent(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if scalar.is_plain && scalar.text.is_empty())
}

/// A collection in brackets ends with its bracket; in a block, the parser puts the end somewhere after the last value.
fn collection_span(start: Span, end: Span, last: Option<Span>) -> Span {
    match last {
        Some(last) if end.is_empty() => start.to(last),
        _ => start.to(end),
    }
}

fn second_document(span: Span) -> Diagnostic {
    Diagnostic::error(
        Code::MultipleDocuments,
        "a second document begins here",
        span,
    )
    .with_help(
        "write one document in a file: move the rest to a file of its own, or remove this `---`",
    )
}

fn empty_file(file: FileId) -> Diagnostic {
    Diagnostic::error(Code::EmptyFile, "the file is empty", Span::top(file))
        .with_help("add its content, or remove the file")
}

fn merge_key(span: Span) -> Diagnostic {
    Diagnostic::error(Code::MergeKey, "merge keys (`<<`) are not allowed", span)
        .with_help("write the keys out where they apply")
}

fn unquoted_key(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::KeyType, "a key must be a string", span)
        .with_label("YAML does not read this as a string")
        .with_help(format!("write \"{key}\" in quotes"))
        .mended_by(format!("\"{key}\""))
}

fn collection_key(span: Span) -> Diagnostic {
    Diagnostic::error(Code::KeyType, "a key must be a string", span)
        .with_help("a text that begins with `{` or `[` must be in quotes")
}

fn anchor_at(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Anchor, "anchors (`&name`) are not allowed", span)
        .with_help("write the values out; a text that begins with `&` must be in quotes")
}

fn tag_at(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Tag, "tags (`!name`) are not allowed", span).with_help(
        "remove the tag; quotes make a string, and a text that begins with `!` must be in quotes",
    )
}
