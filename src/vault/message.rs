//! The messages of a server about a failure, made safe to print.

use std::fmt;

use serde::Deserialize;

use crate::http::text;

/// How many messages of one answer are kept.
const MOST: usize = 5;

/// The messages of one failed answer: printable, on one line, of limited length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Messages(Vec<String>);

/// The body of a failed answer (`{"errors": [...]}`).
///
/// <https://developer.hashicorp.com/vault/api-docs#error-response>
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorBody {
    errors: Option<Vec<String>>,
    warnings: Option<Vec<String>>,
}

impl ErrorBody {
    /// Whether the body has the form of Vault's error responses.
    pub(super) fn is_from_vault(&self) -> bool {
        self.errors.is_some() || self.warnings.is_some()
    }

    /// Whether it is Vault's 404 for what does not exist, `{"errors":[]}`. The 404 of another service has no such list.
    pub(super) fn is_absence(&self) -> bool {
        self.errors.as_ref().is_some_and(Vec::is_empty) && self.warnings.is_none()
    }
}

impl From<ErrorBody> for Messages {
    fn from(body: ErrorBody) -> Self {
        let texts = body.errors.into_iter().chain(body.warnings).flatten();
        Self(
            texts
                .map(|text| one_line(&text))
                .filter(|text| !text.is_empty())
                .take(MOST)
                .collect(),
        )
    }
}

impl Messages {
    /// Whether one of them contains this phrase, ignoring case.
    pub(crate) fn mention(&self, phrase: &str) -> bool {
        let phrase = phrase.to_lowercase();
        self.0
            .iter()
            .any(|message| message.to_lowercase().contains(&phrase))
    }

    /// The same with a secret replaced, in case the server repeats it.
    pub(super) fn without(mut self, secret: &str) -> Self {
        if !secret.is_empty() {
            for message in &mut self.0 {
                *message = message.replace(secret, "<secret>");
            }
        }
        self
    }
}

impl fmt::Display for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            f.write_str("no reason given")
        } else {
            f.write_str(&self.0.join("; "))
        }
    }
}

/// One printable line: without control characters, and without the bullets of Go's `multierror`
/// (`"1 error occurred:\n\t* permission denied\n\n"`).
pub(super) fn one_line(text: &str) -> String {
    let points: Vec<_> = text
        .lines()
        .map(|line| line.trim().trim_start_matches("* "))
        .filter(|line| !line.is_empty() && !is_multierror_heading(line))
        .collect();
    text::one_line(&points.join("; "))
}

fn is_multierror_heading(line: &str) -> bool {
    line.strip_suffix(" error occurred:")
        .or_else(|| line.strip_suffix(" errors occurred:"))
        .is_some_and(|count| count.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(errors: &[&str]) -> Messages {
        let errors = Some(errors.iter().map(|&text| text.to_owned()).collect());
        ErrorBody {
            errors,
            warnings: None,
        }
        .into()
    }

    #[test]
    fn a_multierror_of_go_becomes_one_line() {
        let cases = [
            ("permission denied", "permission denied"),
            (
                "1 error occurred:\n\t* permission denied\n\n",
                "permission denied",
            ),
            (
                "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n",
                "permission denied; invalid token",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(messages(&[text]).to_string(), expected);
        }
    }

    #[test]
    fn escapes_and_invisible_characters_are_dropped() {
        assert_eq!(
            messages(&["\u{1b}[31mred\u{7} \u{202e}txt\u{200b}\r"]).to_string(),
            "[31mred txt"
        );
    }

    #[test]
    fn length_and_number_are_bounded() {
        let long = "é".repeat(10_000);
        let shown = messages(&[long.as_str(); 9]).to_string();
        assert_eq!(shown.matches('…').count(), MOST);
        assert_eq!(shown.matches('é').count(), MOST * text::LONGEST);
    }

    #[test]
    fn a_repeated_secret_is_replaced() {
        assert_eq!(
            messages(&["bad token s.abc"]).without("s.abc").to_string(),
            "bad token <secret>"
        );
    }

    #[test]
    fn a_failure_without_a_message_says_so() {
        assert_eq!(messages(&[]).to_string(), "no reason given");
        assert_eq!(messages(&[""]).to_string(), "no reason given");
    }
}
