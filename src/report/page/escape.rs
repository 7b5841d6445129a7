//! Data as part of a page.

use crate::report::Shown;

/// Data as text of a page, or as the value of an attribute in quotes.
pub(in crate::report) fn text(text: &str) -> String {
    let text = Shown::text(text).to_string();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Data as a JSON string in a script element, which nothing in it can end.
///
/// <https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements>
pub(in crate::report) fn data(text: &str) -> String {
    let json = serde_json::Value::String(Shown::text(text).to_string()).to_string();
    json.replace('<', r"\u003c").replace('>', r"\u003e")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stays_text() {
        assert_eq!(
            text("<script>\"&'\u{202e}\n"),
            r"&lt;script&gt;&quot;&amp;&#39;\u{202e}\n"
        );
    }

    #[test]
    fn data_stays_in_its_script() {
        assert_eq!(
            data("</script><!-- \"\u{2028}\\"),
            r#""\u003c/script\u003e\u003c!-- \"\\u{2028}\\""#
        );
    }
}
