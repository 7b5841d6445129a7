//! Tokens to a tree of keys and values, whose meaning `read` knows.

use std::fmt;

use super::error::{ParseError, Position};
use super::scan::{Lexeme, Literal, Scanner, Syntax, Token};
use super::value::Fraction;

/// Deeper than any policy; keeps the recursion bounded.
const MAX_DEPTH: usize = 16;

/// One `key = value`, `key: value` or `key "label" { … }`.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) keys: Vec<Key>,
    pub(super) value: Value,
    pub(super) comment: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) at: Position,
}

#[derive(Debug)]
pub(super) struct Value {
    pub(super) at: Position,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Text(String),
    Integer(i64),
    Fraction(Fraction),
    Bool(bool),
    Null,
    /// What rules can't hold.
    Literal(Literal),
    List(Vec<Value>),
    Object(Vec<Item>),
}

impl Item {
    /// The first key; the parser makes no item without one.
    pub(super) fn name(&self) -> &str {
        self.keys.first().map_or("", |key| &key.name)
    }

    pub(super) fn at(&self) -> Position {
        self.keys.first().map_or(self.value.at, |key| key.at)
    }
}

impl Value {
    /// The first value in it that rules can't hold.
    pub(super) fn literal(&self) -> Option<(Position, &Literal)> {
        match &self.kind {
            Kind::Literal(literal) => Some((self.at, literal)),
            Kind::List(values) => values.iter().find_map(Self::literal),
            Kind::Object(items) => items.iter().find_map(|item| item.value.literal()),
            Kind::Text(_) | Kind::Integer(_) | Kind::Fraction(_) | Kind::Bool(_) | Kind::Null => {
                None
            }
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
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Text(text) => write!(f, "{text:?}"),
            Kind::Integer(number) => write!(f, "{number}"),
            Kind::Fraction(number) => write!(f, "{number}"),
            Kind::Bool(truth) => write!(f, "{truth}"),
            Kind::Null => f.write_str("null"),
            Kind::Literal(literal) => f.write_str(&literal.text),
            Kind::List(values) => {
                f.write_str("[")?;
                values.iter().try_for_each(|value| write!(f, "{value}, "))?;
                f.write_str("]")
            }
            Kind::Object(items) => {
                f.write_str("{")?;
                items.iter().try_for_each(|item| write!(f, "{item}, "))?;
                f.write_str("}")
            }
        }
    }
}

/// A whole text.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) syntax: Syntax,
    pub(super) items: Vec<Item>,
    pub(super) stray_comments: bool,
}

/// # Errors
/// Where the text is neither HCL 1 nor JSON, or has a literal that rules cannot hold.
pub(super) fn document(text: &str) -> Result<Document, ParseError> {
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
        Syntax::Hcl => parser.items(&Token::End)?,
        Syntax::Json => {
            parser.expect('{')?;
            parser.object()?
        }
    };
    parser.expect_end()?;
    Ok(Document {
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
    let at = Position {
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
    fn advance(&mut self) -> Result<Lexeme, ParseError> {
        let next = self.scanner.next()?;
        Ok(std::mem::replace(&mut self.ahead, next))
    }

    fn at_mark(&self, mark: char) -> bool {
        self.ahead.token == Token::Mark(mark)
    }

    fn expect(&mut self, mark: char) -> Result<(), ParseError> {
        self.drop_comment();
        if !self.at_mark(mark) {
            return Err(self.unexpected(&format!("`{mark}`")));
        }
        self.advance().map(drop)
    }

    fn expect_end(&self) -> Result<(), ParseError> {
        match self.ahead.token {
            Token::End => Ok(()),
            _ => Err(self.unexpected("the end")),
        }
    }

    fn unexpected(&self, wanted: &str) -> ParseError {
        let found = self.ahead.token.describe();
        ParseError::invalid(self.ahead.at, format!("expected {wanted}, found {found}"))
    }

    /// The items up to a closing token; in HCL a comma may follow each, in JSON it separates them.
    fn items(&mut self, closing: &Token) -> Result<Vec<Item>, ParseError> {
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
            let items = parser.items(&Token::Mark('}'))?;
            parser.expect('}')?;
            Ok(items)
        })
    }

    fn item(&mut self) -> Result<Item, ParseError> {
        let comment = self.ahead.comment.take();
        let mut keys = vec![self.key()?];
        while self.syntax == Syntax::Hcl
            && matches!(self.ahead.token, Token::Word(_) | Token::Text(_))
        {
            self.drop_comment();
            keys.push(self.key()?);
        }
        self.drop_comment();
        let at = self.ahead.at;
        let value = match self.ahead.token {
            Token::Mark('{') if self.syntax == Syntax::Hcl => {
                self.advance()?;
                let kind = Kind::Object(self.object()?);
                Value { at, kind }
            }
            Token::Mark('=') if keys.len() == 1 => {
                self.advance()?;
                self.value()?
            }
            Token::Mark(':') => {
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

    fn key(&mut self) -> Result<Key, ParseError> {
        match &self.ahead.token {
            Token::Word(name) | Token::Text(name) => {
                let key = Key {
                    name: name.clone(),
                    at: self.ahead.at,
                };
                self.advance()?;
                Ok(key)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        self.drop_comment();
        if matches!(self.ahead.token, Token::Word(_) | Token::End)
            || matches!(self.ahead.token, Token::Mark(mark) if mark != '{' && mark != '[')
        {
            return Err(self.unexpected("a value"));
        }
        let Lexeme { token, at, .. } = self.advance()?;
        let kind = match token {
            Token::Text(text) => Kind::Text(text),
            Token::Integer(number) => Kind::Integer(number),
            Token::Fraction(number) => Kind::Fraction(number),
            Token::Bool(value) => Kind::Bool(value),
            Token::Literal(literal) => Kind::Literal(literal),
            Token::Mark('{') => Kind::Object(self.object()?),
            Token::Mark(_) => Kind::List(self.list()?),
            Token::Null | Token::Word(_) | Token::End => Kind::Null,
        };
        Ok(Value { at, kind })
    }

    /// The rest of a list whose bracket is consumed; Vault takes commas in excess.
    fn list(&mut self) -> Result<Vec<Value>, ParseError> {
        self.nested(|parser| {
            let mut values = Vec::new();
            loop {
                parser.drop_comment();
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
                    && matches!(value.kind, Kind::Bool(_) | Kind::List(_))
                {
                    // Vault's JSON reader drops these without a word.
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

    /// Only a comment above an item has a place in rules.
    fn drop_comment(&mut self) {
        self.scanner.stray_comments |= self.ahead.comment.take().is_some();
    }
}
