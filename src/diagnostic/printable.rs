//! Makes data harmless before a terminal or a reviewer sees it.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with everything that a terminal would act on, or that a reader could not see, as one visible
/// character each: escapes, line breaks, text direction, zero widths. Columns stay what they were.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| visible(c) != c) {
        Cow::Owned(text.chars().map(visible).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// JSON with escapes in place of all characters that may not stay, which are in texts only.
pub(crate) fn escaped_json(json: &str, stays: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if stays(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

/// Whether `c` shows nothing of its own, or changes what stands around it. Line breaks and tabs do too.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        || c.is_control()
}

/// `c`, or the character that stands for it when it is hidden.
pub(super) fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        hidden if is_hidden(hidden) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_becomes_one_visible_character() {
        let cases = [
            ("plain, and ünïcode 🦀", "plain, and ünïcode 🦀"),
            ("\u{1b}[31mred", "␛[31mred"),
            ("two\nlines\r\tand a tab", "two␊lines␍␉and a tab"),
            ("\u{7f}\u{9b}31m", "␡\u{fffd}31m"),
            ("user\u{202e}nimda", "user\u{fffd}nimda"),
            ("zero\u{200b}width", "zero\u{fffd}width"),
        ];
        for (input, output) in cases {
            assert_eq!(printable(input), output);
            assert_eq!(input.chars().count(), output.chars().count());
        }
    }

    #[test]
    fn escapes_in_json_are_read_back_as_they_were() {
        let text = "c1 \u{9b}31m, tag \u{e0041}, ünïcode";
        let json = serde_json::to_string(text).unwrap();
        let escaped = escaped_json(&json, |c| !is_hidden(c));
        assert_eq!(escaped, r#""c1 \u009b31m, tag \udb40\udc41, ünïcode""#);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
