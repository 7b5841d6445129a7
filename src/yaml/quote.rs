//! How a text is written so that every YAML parser reads that text.

use std::fmt::Write;

use super::scalar::Plain;
use crate::diagnostic::is_hidden;

/// What a scalar is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    /// A line of its own.
    Line,
    /// Braces or brackets, or a key.
    Flow,
}

/// The text, in double quotes where a parser could read anything else without them.
pub(super) fn scalar(text: &str, within: Within) -> String {
    if is_plain(text, within) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// The text as it stands between braces or brackets.
pub(crate) fn quote_in_braces(text: &str) -> String {
    scalar(text, Within::Flow)
}

/// The text as it stands behind a key, on a line of its own.
pub(crate) fn quote(text: &str) -> String {
    scalar(text, Within::Line)
}

/// Whether every parser of YAML 1.1 and 1.2, which editors and other tools still mix, reads the text without quotes.
pub(super) fn is_plain(text: &str, within: Within) -> bool {
    let begins_well = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '$' | '+');
    let ends_well = |c: char| !" :-?".contains(c);
    let ends_item = |c: char| within == Within::Flow && ",[]{}".contains(c);
    text.starts_with(begins_well)
        && text.ends_with(ends_well)
        && text.chars().all(|c| is_harmless(c) && !ends_item(c))
        && !text.contains(": ")
        && !text.contains(" #")
        && !is_word_of_yaml(text)
        && !looks_like_a_number(text)
        && Plain::of(text) == Plain::Text
}

/// Whether a text of several lines can be written as it is below a `|`.
pub(super) fn is_block(text: &str) -> bool {
    let is_line = |line: &str| !line.ends_with(' ') && line.chars().all(is_harmless);
    text.contains('\n')
        && !text.starts_with(['\n', ' '])
        && !text.ends_with("\n\n")
        && text.split('\n').all(is_line)
}

/// The text in double quotes, with escapes for what a reader could not see.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        let code = u32::from(c);
        // Writing to a String cannot fail.
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            '\t' => write!(quoted, "\\t"),
            c if is_harmless(c) => write!(quoted, "{c}"),
            _ if code <= 0xff => write!(quoted, "\\x{code:02x}"),
            _ if code <= 0xffff => write!(quoted, "\\u{code:04x}"),
            _ => write!(quoted, "\\U{code:08x}"),
        };
    }
    quoted.push('"');
    quoted
}

/// Words for booleans and null in one of the versions of YAML.
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

/// Whether a character is shown as itself, and no parser reads it as a line break. White space other than a space is
/// not, and neither are private and unassigned code points.
fn is_harmless(c: char) -> bool {
    let is_odd_space = c != ' ' && c.is_whitespace();
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{fffe}' | '\u{ffff}' | '\u{f0000}'..);
    !is_hidden(c) && !is_odd_space && !is_private
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_parser_reads_as_text_goes_without_quotes() {
        for text in [
            "dev",
            "365-dev",
            "arn:aws:iam::123456789012:role/x",
            "/path",
            "${a.b}/c",
            "Größe",
        ] {
            assert_eq!(scalar(text, Within::Line), text);
        }
        for (text, quoted) in [
            ("", r#""""#),
            ("365", r#""365""#),
            ("0x1f", r#""0x1f""#),
            ("1e5", r#""1e5""#),
            ("2026-01-02", r#""2026-01-02""#),
            ("12:30", r#""12:30""#),
            ("No", r#""No""#),
            ("~", r#""~""#),
            ("<<", r#""<<""#),
            ("a: b", r#""a: b""#),
            ("a #b", r#""a #b""#),
            ("*", r#""*""#),
            ("- a", r#""- a""#),
            ("a\u{200b}b", r#""a\u200bb""#),
            ("a\u{e000}b", r#""a\ue000b""#),
            ("a\u{a0}b", r#""a\xa0b""#),
        ] {
            assert_eq!(scalar(text, Within::Line), quoted);
        }
        assert_eq!(scalar("a,b", Within::Line), "a,b");
        assert_eq!(scalar("a,b", Within::Flow), r#""a,b""#);
    }
}
