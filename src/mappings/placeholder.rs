//! Placeholders `{name}` in a text, with single braces. Vault's own `{{…}}` and references `${…}` are not changed.

use std::ops::Range;

/// Where the placeholders of `text` are, braces included. Anything between single braces is one, so that a misspelt
/// name can be reported.
pub(crate) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let open = from + text[from..].find('{')?;
            let rest = &text[open..];
            let is_reference = text[..open].ends_with('$');
            let closing = if rest.starts_with("{{") { "}}" } else { "}" };
            let end = open + rest.find(closing)? + closing.len();
            from = end;
            if closing == "}" && !is_reference {
                return Some(open..end);
            }
        }
    })
}

/// The text with `{name}` replaced by `value`, or nothing when it has no such placeholder.
pub(crate) fn fill(text: &str, name: &str, value: &str) -> Option<String> {
    let mut filled = String::new();
    let mut copied = 0;
    for range in find(text).filter(|range| &text[range.start + 1..range.end - 1] == name) {
        filled.push_str(&text[copied..range.start]);
        filled.push_str(value);
        copied = range.end;
    }
    filled.push_str(&text[copied..]);
    (copied > 0).then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_braces_are_filled() {
        let cases = [
            ("{environment}", Some("dev")),
            ("gitlab-{environment}-{environment}", Some("gitlab-dev-dev")),
            ("{project_id}-{environment}", Some("{project_id}-dev")),
            (
                "aws/sts/{{identity.entity.metadata.x}}-{environment}",
                Some("aws/sts/{{identity.entity.metadata.x}}-dev"),
            ),
            ("{{environment}}", None),
            ("{{x.{environment}.y}}", None),
            (
                "{{x.${auth.gitlab.accessor}.y}}/{environment}",
                Some("{{x.${auth.gitlab.accessor}.y}}/dev"),
            ),
            ("${environment}", None),
            ("{environment", None),
            ("{{environment}", None),
            ("{enviroment}", None),
            ("ü{environment}ü", Some("üdevü")),
            ("", None),
        ];
        for (text, filled) in cases {
            assert_eq!(
                fill(text, "environment", "dev").as_deref(),
                filled,
                "{text}"
            );
        }
    }

    #[test]
    fn misspelt_placeholders_are_found() {
        let text = "${a.b}{{c}}{enviroment}/{}";
        let found: Vec<_> = find(text).map(|range| &text[range]).collect();
        assert_eq!(found, ["{enviroment}", "{}"]);
    }
}
