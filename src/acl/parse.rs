//! Parses tokens into a tree of keys and values, which `read` interprets.

use std::fmt;

use super::error::{ParseError, TextPosition};
use super::scan::{Lexeme, Literal, Scanner, Syntax, SyntaxToken};
use super::value::Fraction;

/// The deepest nesting that is parsed. It bounds the recursion, and is deeper than any policy.
const MAX_DEPTH: usize = 16;

/// One `key = value`, `key: value` or `key "label" { … }`.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) keys: Vec<ItemKey>,
    pub(super) value: SyntaxValue,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct ItemKey {
    pub(super) name: String,
    pub(super) at: TextPosition,
}

#[derive(Debug)]
pub(super) struct SyntaxValue {
    pub(super) at: TextPosition,
    pub(super) kind: SyntaxKind,
}

#[derive(Debug)]
pub(super) enum SyntaxKind {
    Text(String),
    Integer(i64),
    Fraction(Fraction),
    Bool(bool),
    Null,
    /// A value that rules can't hold.
    Literal(Literal),
    List(Vec<SyntaxValue>),
    Object(Vec<Item>),
}

impl Item {
    /// The first key; the parser creates no item without one.
    pub(super) fn name(&self) -> &str {
        self.keys.first().map_or("", |key| &key.name)
    }

    pub(super) fn at(&self) -> TextPosition {
        self.keys.first().map_or(self.value.at, |key| key.at)
    }
}

impl SyntaxValue {
    /// The first value in it that rules can't hold.
    pub(super) fn literal(&self) -> Option<(TextPosition, &Literal)> {
        match &self.kind {
            SyntaxKind::Literal(literal) => Some((self.at, literal)),
            SyntaxKind::List(values) => values.iter().find_map(Self::literal),
            SyntaxKind::Object(items) => items.iter().find_map(|item| item.value.literal()),
            SyntaxKind::Text(_)
            | SyntaxKind::Integer(_)
            | SyntaxKind::Fraction(_)
            | SyntaxKind::Bool(_)
            | SyntaxKind::Null => None,
        }
    }
}

/// A key and its value without comments and layout.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for key in &self.keys {
            write!(f, "{:?} ", key.name)?;
        }
        write!(f, "{}", self.value)
    }
}

/// A value without comments and layout.
impl fmt::Display for SyntaxValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            SyntaxKind::Text(text) => write!(f, "{text:?}"),
            SyntaxKind::Integer(number) => write!(f, "{number}"),
            SyntaxKind::Fraction(number) => write!(f, "{number}"),
            SyntaxKind::Bool(value) => write!(f, "{value}"),
            SyntaxKind::Null => f.write_str("null"),
            SyntaxKind::Literal(literal) => f.write_str(&literal.text),
            SyntaxKind::List(values) => {
                f.write_str("[")?;
                values.iter().try_for_each(|value| write!(f, "{value}, "))?;
                f.write_str("]")
            }
            SyntaxKind::Object(items) => {
                f.write_str("{")?;
                items.iter().try_for_each(|item| write!(f, "{item}, "))?;
                f.write_str("}")
            }
        }
    }
}

/// The syntax tree of a whole policy.
#[derive(Debug)]
pub(super) struct SyntaxTree {
    pub(super) syntax: Syntax,
    pub(super) items: Vec<Item>,
    pub(super) stray_comments: bool,
}

/// # Errors
/// When the text is neither HCL 1 nor JSON.
pub(super) fn syntax_tree(text: &str) -> Result<SyntaxTree, ParseError> {
    let text = text.replace("\r\n", "\n");
    reject_reserved_characters(&text)?;
    let syntax = Syntax::of(&text);
    let mut scanner = Scanner::new(&text, syntax);
    let ahead = scanner.next()?;
    let mut parser = Parser {
        syntax,
        scanner,
        ahead,
        depth: 0,
    };
    let items = match syntax {
        Syntax::Hcl => parser.items(&SyntaxToken::End)?,
        Syntax::Json => {
            parser.expect('{')?;
            parser.object()?
        }
    };
    parser.expect_end()?;
    Ok(SyntaxTree {
        syntax,
        items,
        stray_comments: parser.scanner.stray_comments,
    })
}

/// HCL 1 refuses these two anywhere, in comments too.
fn reject_reserved_characters(text: &str) -> Result<(), ParseError> {
    let Some((before, _)) = text.split_once(['\0', '\u{E123}']) else {
        return Ok(());
    };
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    let at = TextPosition {
        line: before.matches('\n').count() + 1,
        column: last_line.chars().count() + 1,
    };
    Err(ParseError::invalid(
        at,
        "a character that policies cannot hold",
    ))
}

struct Parser<'a> {
    syntax: Syntax,
    scanner: Scanner<'a>,
    ahead: Lexeme,
    depth: usize,
}

impl Parser<'_> {
    /// Consumes a token. Only a comment above an item has a place in rules: [`Self::item`] takes it before.
    fn advance(&mut self) -> Result<Lexeme, ParseError> {
        self.drop_comment();
        let next = self.scanner.next()?;
        Ok(std::mem::replace(&mut self.ahead, next))
    }

    fn at_mark(&self, mark: char) -> bool {
        self.ahead.token == SyntaxToken::Mark(mark)
    }

    fn expect(&mut self, mark: char) -> Result<(), ParseError> {
        if !self.at_mark(mark) {
            return Err(self.unexpected(&format!("`{mark}`")));
        }
        self.advance().map(drop)
    }

    fn expect_end(&mut self) -> Result<(), ParseError> {
        self.drop_comment();
        match self.ahead.token {
            SyntaxToken::End => Ok(()),
            _ => Err(self.unexpected("the end")),
        }
    }

    fn unexpected(&self, wanted: &str) -> ParseError {
        let found = self.ahead.token.describe();
        ParseError::invalid(self.ahead.at, format!("expected {wanted}, found {found}"))
    }

    /// The items up to a closing token; in HCL a comma may follow each, in JSON it separates them.
    fn items(&mut self, closing: &SyntaxToken) -> Result<Vec<Item>, ParseError> {
        let mut items = Vec::new();
        while self.ahead.token != *closing {
            items.push(self.item()?);
            if self.at_mark(',') {
                self.advance()?;
            } else if self.syntax == Syntax::Json && self.ahead.token != *closing {
                return Err(self.unexpected("`,` or `}`"));
            }
        }
        Ok(items)
    }

    /// The rest of an object whose brace is consumed.
    fn object(&mut self) -> Result<Vec<Item>, ParseError> {
        self.nested(|parser| {
            let items = parser.items(&SyntaxToken::Mark('}'))?;
            parser.expect('}')?;
            Ok(items)
        })
    }

    fn item(&mut self) -> Result<Item, ParseError> {
        let comment = self.ahead.comment.take();
        let mut keys = vec![self.key()?];
        while self.syntax == Syntax::Hcl
            && matches!(
                self.ahead.token,
                SyntaxToken::Word(_) | SyntaxToken::Text(_)
            )
        {
            keys.push(self.key()?);
        }
        let at = self.ahead.at;
        let value = match self.ahead.token {
            SyntaxToken::Mark('{') if self.syntax == Syntax::Hcl => {
                self.advance()?;
                let kind = SyntaxKind::Object(self.object()?);
                SyntaxValue { at, kind }
            }
            SyntaxToken::Mark('=') if keys.len() == 1 => {
                self.advance()?;
                self.value()?
            }
            SyntaxToken::Mark(':') => {
                self.advance()?;
                self.value()?
            }
            _ => {
                return Err(self.unexpected(match (self.syntax, keys.len()) {
                    (Syntax::Json, _) => "`:`",
                    (Syntax::Hcl, 1) => "`=` or `{`",
                    (Syntax::Hcl, _) => "`{`",
                }));
            }
        };
        Ok(Item {
            keys,
            value,
            comment,
        })
    }

    fn key(&mut self) -> Result<ItemKey, ParseError> {
        match &self.ahead.token {
            SyntaxToken::Word(name) | SyntaxToken::Text(name) => {
                let key = ItemKey {
                    name: name.clone(),
                    at: self.ahead.at,
                };
                self.advance()?;
                Ok(key)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    fn value(&mut self) -> Result<SyntaxValue, ParseError> {
        if matches!(self.ahead.token, SyntaxToken::Word(_) | SyntaxToken::End)
            || matches!(self.ahead.token, SyntaxToken::Mark(mark) if mark != '{' && mark != '[')
        {
            return Err(self.unexpected("a value"));
        }
        let Lexeme { token, at, .. } = self.advance()?;
        let kind = match token {
            SyntaxToken::Text(text) => SyntaxKind::Text(text),
            SyntaxToken::Integer(number) => SyntaxKind::Integer(number),
            SyntaxToken::Fraction(number) => SyntaxKind::Fraction(number),
            SyntaxToken::Bool(value) => SyntaxKind::Bool(value),
            SyntaxToken::Literal(literal) => SyntaxKind::Literal(literal),
            SyntaxToken::Mark('{') => SyntaxKind::Object(self.object()?),
            SyntaxToken::Mark(_) => SyntaxKind::List(self.list()?),
            SyntaxToken::Null | SyntaxToken::Word(_) | SyntaxToken::End => SyntaxKind::Null,
        };
        Ok(SyntaxValue { at, kind })
    }

    /// The rest of a list whose bracket is consumed; Vault accepts superfluous commas.
    fn list(&mut self) -> Result<Vec<SyntaxValue>, ParseError> {
        self.nested(|parser| {
            let mut values = Vec::new();
            loop {
                if parser.at_mark(']') {
                    parser.advance()?;
                    return Ok(values);
                }
                if parser.at_mark(',') {
                    parser.advance()?;
                    continue;
                }
                let value = parser.value()?;
                if parser.syntax == Syntax::Json
                    && matches!(value.kind, SyntaxKind::Bool(_) | SyntaxKind::List(_))
                {
                    // Vault's JSON reader silently drops these.
                    return Err(ParseError::inexpressible(
                        value.at,
                        "a boolean or a list in a JSON list",
                    ));
                }
                values.push(value);
                if !parser.at_mark(',') && !parser.at_mark(']') {
                    return Err(parser.unexpected("`,` or `]`"));
                }
            }
        })
    }

    fn nested<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth == MAX_DEPTH {
            return Err(ParseError::invalid(self.ahead.at, "nested too deep"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn drop_comment(&mut self) {
        self.scanner.stray_comments |= self.ahead.comment.take().is_some();
    }
}
