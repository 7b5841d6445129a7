//! Makes data harmless before a terminal, GitLab or a reviewer sees it.

use std::fmt;

use serde_json::Value;

/// The longest that a warning may be, in characters.
pub(super) const LONGEST_WARNING: usize = 1000;

/// Data as reports show it: one line, without characters that a terminal interprets or that are invisible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown(String);

impl Shown {
    /// A name, a path or a sentence, with escapes such as `\u{1b}` for characters that are not plain text.
    pub(crate) fn text(text: &str) -> Self {
        Self(escape(text, is_plain))
    }

    /// The same in about `limit` characters. Of a longer text, it shows the beginning, the end and the number of omitted
    /// characters.
    pub(crate) fn clipped(text: &str, limit: usize) -> Self {
        let shown = Self::text(text);
        let length = shown.0.chars().count();
        if length <= limit {
            return shown;
        }
        let (head, tail) = (limit * 2 / 3, limit / 3);
        let start: String = shown.0.chars().take(head).collect();
        let end: String = shown.0.chars().skip(length - tail).collect();
        let between = length - head - tail;
        Self(format!("{start}…({between} characters)…{end}"))
    }

    /// A line of a text, in which tabs are kept.
    pub(super) fn line(line: &str) -> Self {
        Self(escape(line, |c| c == '\t' || is_plain(c)))
    }

    /// A value: a string, in quotes if it could be mistaken for something else, or JSON.
    pub(super) fn value(value: &Value) -> Self {
        match value {
            Value::String(text) if reads_as_itself(text) => Self(text.clone()),
            Value::String(text) => Self(quote(text)),
            other => Self::text(&other.to_string()),
        }
    }

    /// The harmless text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a character is displayed as itself.
///
/// The standard library knows control, format, private and unassigned characters, and spaces other than the common one;
/// the others are letters and symbols that are invisible.
pub(super) fn is_plain(c: char) -> bool {
    const BLANK: [char; 5] = ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];
    matches!(c, '"' | '\'' | '\\') || (c.escape_debug().len() == 1 && !BLANK.contains(&c))
}

fn escape(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if stays(c) => escaped.push(c),
            '\t' | '\n' | '\r' => escaped.extend(c.escape_default()),
            c => escaped.extend(c.escape_unicode()),
        }
    }
    escaped
}

fn quote(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('"', r#"\""#);
    format!("\"{}\"", escape(&text, is_plain))
}

/// Whether a string without quotes can't be mistaken for null, a number, a boolean or a change.
fn reads_as_itself(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && text.chars().all(is_plain)
        && !text.starts_with('"')
        && !text.contains(" -> ")
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_text_is_escaped() {
        for (text, shown) in [
            (
                r#"plain "text", C:\dir, ünïcode 🦀"#,
                r#"plain "text", C:\dir, ünïcode 🦀"#,
            ),
            ("\u{1b}[31mred\u{7}", r"\u{1b}[31mred\u{7}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("two\r\nlines\tand a tab", r"two\r\nlines\tand a tab"),
            ("user\u{202e}nimda", r"user\u{202e}nimda"),
            ("zero\u{200b}width\u{feff}", r"zero\u{200b}width\u{feff}"),
            (
                "no\u{a0}break, soft\u{ad}hyphen",
                r"no\u{a0}break, soft\u{ad}hyphen",
            ),
            (
                "tag\u{e0041}, filler\u{3164}",
                r"tag\u{e0041}, filler\u{3164}",
            ),
        ] {
            assert_eq!(Shown::text(text).to_string(), shown);
        }
    }

    #[test]
    fn values_are_in_quotes_only_where_they_would_be_mistaken() {
        for (value, shown) in [
            (serde_json::json!("30m"), "30m"),
            (
                serde_json::json!("two words, @ünïcode"),
                "two words, @ünïcode",
            ),
            (serde_json::json!("7012"), r#""7012""#),
            (serde_json::json!(7012), "7012"),
            (serde_json::json!("true"), r#""true""#),
            (serde_json::json!(true), "true"),
            (serde_json::json!(""), r#""""#),
            (serde_json::json!(" padded "), r#"" padded ""#),
            (serde_json::json!("30m -> 1h"), r#""30m -> 1h""#),
            (serde_json::json!("a\\n\n\"b\""), r#""a\\n\n\"b\"""#),
            (serde_json::json!(["a", 1]), r#"["a",1]"#),
        ] {
            assert_eq!(Shown::value(&value).to_string(), shown);
        }
    }
}
