//! Hides secrets that are in a file by mistake, so that messages do not copy them into the logs of pipelines.
//!
//! It works on the text alone, for files that are not valid YAML and for keys that are misspelt or in the wrong place.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, FileId, Sources};
use crate::yaml::is_close;

/// Makes the values of all keys that name a secret illegible, in the files that are going to be shown.
pub(super) fn hide_secrets(diagnostics: &[Diagnostic], sources: &mut Sources) {
    let shown: BTreeSet<FileId> = diagnostics
        .iter()
        .flat_map(|diagnostic| diagnostic.secondary.iter().chain([&diagnostic.primary]))
        .map(|label| label.span.file)
        .collect();
    for file in shown {
        for range in secrets(sources.text(file)) {
            sources.redact(file, range);
        }
    }
}

/// Where the secrets of a text are.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    // The indentation of a secret's key: its value continues on lines that are indented more.
    let mut open: Option<usize> = None;
    let mut start = 0;
    ranges.extend(private_keys(text));
    for line in text.split_inclusive('\n') {
        let indentation = line.len() - line.trim_start().len();
        let is_blank = line.trim().is_empty();
        match open {
            Some(outer) if is_blank || indentation > outer => {
                ranges.push(start..start + line.len());
            }
            _ => {
                open = None;
                for range in secrets_of_line(line) {
                    open = Some(indentation);
                    ranges.push(start + range.start..start + range.end);
                }
            }
        }
        start += line.len();
    }
    ranges
}

/// Private keys in PEM under any key, from their first line on.
fn private_keys(text: &str) -> impl Iterator<Item = Range<usize>> {
    const KEY: &str = "PRIVATE KEY-----";
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(KEY)?;
        let end = text[start + KEY.len()..].find(KEY);
        let end = end.map_or(text.len(), |length| start + KEY.len() + length);
        from = (end + KEY.len()).min(text.len());
        Some(start..end)
    })
}

fn secrets_of_line(line: &str) -> impl Iterator<Item = Range<usize>> {
    line.match_indices(':').filter_map(|(colon, _)| {
        let before = line[..colon].trim_end_matches([' ', '"', '\'']);
        let is_key = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let key = before.rsplit(|c: char| !is_key(c)).next()?;
        names_a_secret(key).then(|| colon + 1..colon + 1 + length_of_value(line, colon))
    })
}

/// Between braces, the value ends where the next one begins.
fn length_of_value(line: &str, colon: usize) -> usize {
    let value = &line[colon + 1..];
    let in_braces = line[..colon].contains('{');
    value
        .find([',', '}'])
        .filter(|_| in_braces)
        .unwrap_or(value.len())
}

/// Whether a key is `access_key`, `secret_key`, `secret_access_key` or similar, and not the place of one.
pub(super) fn names_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    if key.ends_with("_env") || key.ends_with("_file") || key == "secrets" {
        return false;
    }
    key.contains("secret")
        || key.contains("access") && key.contains("key")
        || key.contains("private") && key.contains("key")
        || ["access_key", "secret_key", "password"]
            .iter()
            .any(|known| is_close(&key, known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Span};

    #[test]
    fn values_of_secrets_are_hidden_in_every_place() {
        let cases = [
            (
                "access_key: AKIA\nregion: x\n",
                "access_key: ****\nregion: x\n",
            ),
            (
                "{\"secret_key\": \"a b\", region: x}",
                "{\"secret_key\": ** **, region: x}",
            ),
            ("secret-key : x: y\n", "secret-key : ** *\n"),
            ("acces_kye: AKIA\n", "acces_kye: ****\n"),
            (
                "  secret: |\n    a\n\n    b\n  region: x\n",
                "  secret: *\n    *\n\n    *\n  region: x\n",
            ),
            (
                "secret_access_key:\n  - a\nb: c\n",
                "secret_access_key:\n  * *\nb: c\n",
            ),
            ("- secret_key: [a\n", "- secret_key: **\n"),
            (
                "x: |\n  -----BEGIN PRIVATE KEY-----\n  abc=\n  -----END PRIVATE KEY-----\ny: z\n",
                "x: |\n  -----BEGIN ******* ********\n  ****\n  ******** PRIVATE KEY-----\ny: z\n",
            ),
        ];
        for (text, hidden) in cases {
            let mut sources = Sources::default();
            let file = sources.add("vault.yaml", text);
            let shown = Diagnostic::error(Code::Syntax, "x", Span::top(file));
            hide_secrets(&[shown], &mut sources);
            assert_eq!(sources.text(file), hidden);
        }
    }

    #[test]
    fn everything_else_stays_readable() {
        for text in [
            "secrets:\n  aws:\n    type: aws\n",
            "mappings: {secrets: aws}\n",
            "access_key_env: AWS_ACCESS_KEY_ID\nsecret_key_file: /run/key\n",
            "role_arn: arn:aws:iam::123456789012:role/secret\n",
            "jwt_validation_pubkeys: [x]\n",
            "path: ${secrets.aws.path}/sts/x\n",
            "allowed_accounts: [\"123456789012\"]\n",
        ] {
            assert!(secrets(text).is_empty(), "{text}");
        }
    }
}
