//! Splits HCL 1 or JSON into tokens.

use std::iter::Peekable;
use std::str::Chars;

use super::error::{ParseError, TextPosition};
use super::value::Fraction;

/// Which of the two syntaxes a policy is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Hcl,
    Json,
}

impl Syntax {
    /// Vault reads a text as JSON if its first visible character is a brace.
    pub(super) fn of(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            Self::Json
        } else {
            Self::Hcl
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SyntaxToken {
    Word(String),
    Text(String),
    Integer(i64),
    Fraction(Fraction),
    Bool(bool),
    Null,
    /// A value that rules can't hold.
    Literal(Literal),
    /// `{ } [ ] , = :`
    Mark(char),
    End,
}

/// A value that rules can't hold, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// How messages name it.
    pub(super) what: String,
    /// Its text.
    pub(super) text: String,
}

impl SyntaxToken {
    /// How messages name the token.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(_) => "a string".to_owned(),
            Self::Integer(_) | Self::Fraction(_) => "a number".to_owned(),
            Self::Literal(literal) => literal.what.clone(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Null => "`null`".to_owned(),
            Self::Mark(mark) => format!("`{mark}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// A token with its position and the comment on the lines directly above it.
#[derive(Debug, Clone)]
pub(super) struct Lexeme {
    pub(super) token: SyntaxToken,
    pub(super) at: TextPosition,
    pub(super) comment: Option<String>,
}

/// Consecutive comments without an empty line between them.
struct Comment {
    text: String,
    last_line: usize,
}

pub(super) struct Scanner<'a> {
    syntax: Syntax,
    rest: Peekable<Chars<'a>>,
    at: TextPosition,
    /// Whether a comment was skipped that belongs to no token.
    pub(super) stray_comments: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, syntax: Syntax) -> Self {
        Self {
            syntax,
            rest: text.chars().peekable(),
            at: TextPosition { line: 1, column: 1 },
            stray_comments: false,
        }
    }

    pub(super) fn next(&mut self) -> Result<Lexeme, ParseError> {
        let comment = self.skip_space_and_comments()?;
        let at = self.at;
        let comment = match comment {
            Some(comment) if comment.last_line + 1 == at.line => Some(comment.text),
            Some(_) => {
                self.stray_comments = true;
                None
            }
            None => None,
        };
        let token = self.token()?;
        Ok(Lexeme { token, at, comment })
    }

    fn token(&mut self) -> Result<SyntaxToken, ParseError> {
        let at = self.at;
        let Some(first) = self.rest.peek().copied() else {
            return Ok(SyntaxToken::End);
        };
        match first {
            '"' if self.syntax == Syntax::Json => self.json_string(),
            '"' => self.hcl_string(),
            '{' | '}' | '[' | ']' | ',' => self.mark(),
            '=' if self.syntax == Syntax::Hcl => self.mark(),
            ':' if self.syntax == Syntax::Json => self.mark(),
            '-' | '0'..='9' => self.number(),
            '<' if self.syntax == Syntax::Hcl => self.heredoc(),
            letter if letter.is_alphabetic() || letter == '_' => self.word(),
            other => Err(ParseError::invalid(
                at,
                format!("unexpected character {other:?}"),
            )),
        }
    }

    fn mark(&mut self) -> Result<SyntaxToken, ParseError> {
        self.bump()
            .map_or(Ok(SyntaxToken::End), |mark| Ok(SyntaxToken::Mark(mark)))
    }

    fn word(&mut self) -> Result<SyntaxToken, ParseError> {
        let at = self.at;
        let word = self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        match (word.as_str(), self.syntax) {
            ("true", _) => Ok(SyntaxToken::Bool(true)),
            ("false", _) => Ok(SyntaxToken::Bool(false)),
            ("null", Syntax::Json) => Ok(SyntaxToken::Null),
            (_, Syntax::Hcl) => Ok(SyntaxToken::Word(word)),
            (_, Syntax::Json) => Err(ParseError::invalid(at, format!("`{word}` is not JSON"))),
        }
    }

    /// Reads decimal numbers. Only the server interprets octal and hexadecimal numbers and exponents.
    fn number(&mut self) -> Result<SyntaxToken, ParseError> {
        let text = self.take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '.'));
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let decimal = digits.bytes().all(|b| b.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        match text.parse() {
            Ok(number) if decimal => Ok(SyntaxToken::Integer(number)),
            _ => Ok(Fraction::of(&text).map_or_else(
                || {
                    SyntaxToken::Literal(Literal {
                        what: format!("the number {text}"),
                        text,
                    })
                },
                SyntaxToken::Fraction,
            )),
        }
    }

    /// Lines between `<<NAME` and a line with that name.
    fn heredoc(&mut self) -> Result<SyntaxToken, ParseError> {
        let start = self.at;
        let first = self.take_while(|c| c != '\n');
        let name = first.trim_start_matches('<').trim_start_matches('-');
        let mut text = format!("{first}\n");
        loop {
            if self.bump().is_none() {
                return Err(ParseError::invalid(start, "the heredoc has no end"));
            }
            let line = self.take_while(|c| c != '\n');
            text.push_str(&format!("{line}\n"));
            if line.trim() == name {
                let what = "a heredoc".to_owned();
                return Ok(SyntaxToken::Literal(Literal { what, text }));
            }
        }
    }

    fn json_string(&mut self) -> Result<SyntaxToken, ParseError> {
        let at = self.at;
        let mut literal = String::new();
        literal.extend(self.bump());
        while let Some(c) = self.bump() {
            literal.push(c);
            match c {
                '\\' => literal.extend(self.bump()),
                '"' => break,
                _ => {}
            }
        }
        serde_json::from_str(&literal)
            .map(SyntaxToken::Text)
            .map_err(|_| ParseError::invalid(at, "this is not a JSON string"))
    }

    /// Inside `${…}`, HCL 1 reads everything literally, quotes and line breaks too.
    fn hcl_string(&mut self) -> Result<SyntaxToken, ParseError> {
        let start = self.at;
        let unterminated = || ParseError::invalid(start, "the string has no closing quote");
        let mut text = String::new();
        let mut braces = 0_usize;
        self.bump();
        loop {
            let at = self.at;
            let c = self.bump().ok_or_else(unterminated)?;
            match c {
                '"' if braces == 0 => return Ok(SyntaxToken::Text(text)),
                '\n' if braces == 0 => return Err(unterminated()),
                '\\' if braces == 0 => {
                    text.push(self.escape(at)?);
                    continue;
                }
                '\\' => {
                    return Err(ParseError::inexpressible(at, "a backslash inside `${…}`"));
                }
                '$' if braces == 0 && self.rest.peek() == Some(&'{') => {
                    self.bump();
                    text.push_str("${");
                    braces = 1;
                    continue;
                }
                '{' if braces > 0 => braces += 1,
                '}' if braces > 0 => braces -= 1,
                _ => {}
            }
            text.push(c);
        }
    }

    fn escape(&mut self, at: TextPosition) -> Result<char, ParseError> {
        let illegal = || ParseError::invalid(at, "unknown escape in a string");
        let escape = self.bump().ok_or_else(illegal)?;
        let code = match escape {
            'a' => 0x07,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'v' => 0x0b,
            '\\' => return Ok('\\'),
            '"' => return Ok('"'),
            'x' => self.digits(2, 16).ok_or_else(illegal)?,
            'u' => self.digits(4, 16).ok_or_else(illegal)?,
            'U' => self.digits(8, 16).ok_or_else(illegal)?,
            octal @ '0'..='7' => {
                let high = octal.to_digit(8).ok_or_else(illegal)?;
                high << 6 | self.digits(2, 8).ok_or_else(illegal)?
            }
            _ => return Err(illegal()),
        };
        if code > 0x7f && !matches!(escape, 'u' | 'U') {
            return Err(ParseError::inexpressible(
                at,
                "an escaped byte that is not ASCII",
            ));
        }
        char::from_u32(code).ok_or_else(illegal)
    }

    fn digits(&mut self, count: usize, base: u32) -> Option<u32> {
        (0..count).try_fold(0_u32, |value, _| {
            let digit = self.bump()?.to_digit(base)?;
            value.checked_mul(base)?.checked_add(digit)
        })
    }

    /// Returns the last consecutive comments; all others are stray.
    fn skip_space_and_comments(&mut self) -> Result<Option<Comment>, ParseError> {
        let mut run: Option<Comment> = None;
        let token_line = (self.at.column > 1).then_some(self.at.line);
        loop {
            self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
            let start = self.at.line;
            let Some(text) = self.comment()? else {
                return Ok(run);
            };
            let last_line = self.at.line;
            run = match run {
                Some(run) if run.last_line + 1 == start => Some(Comment {
                    text: format!("{}\n{text}", run.text),
                    last_line,
                }),
                before => {
                    self.stray_comments |= before.is_some();
                    Some(Comment { text, last_line })
                }
            };
            if token_line == Some(start) {
                self.stray_comments = true;
                run = None;
            }
        }
    }

    fn comment(&mut self) -> Result<Option<String>, ParseError> {
        let at = self.at;
        if self.syntax == Syntax::Json || !matches!(self.rest.peek(), Some('#' | '/')) {
            return Ok(None);
        }
        let line = match (self.bump(), self.rest.peek()) {
            (Some('#'), _) => true,
            (_, Some('/' | '*')) => self.bump() == Some('/'),
            _ => return Err(ParseError::invalid(at, "unexpected character '/'")),
        };
        if line {
            let text = self.take_while(|c| c != '\n');
            return Ok(Some(text.strip_prefix(' ').unwrap_or(&text).to_owned()));
        }
        let mut text = String::new();
        loop {
            text.push(
                self.bump()
                    .ok_or_else(|| ParseError::invalid(at, "the comment has no closing `*/`"))?,
            );
            if text.ends_with("*/") {
                return Ok(Some(text.trim_end_matches("*/").trim().to_owned()));
            }
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.rest.peek().copied().filter(|c| wanted(*c)) {
            taken.push(c);
            self.bump();
        }
        taken
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(c)
    }
}
