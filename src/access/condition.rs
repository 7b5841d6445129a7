//! What has to be true of what nobody said.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a claim that is not known has to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Condition {
    /// The claim.
    pub(crate) claim: String,
    /// What it has to be.
    pub(crate) must: Must,
}

/// What a claim has to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Must {
    /// One of these.
    Be(Vec<String>),
    /// Like one of these globs.
    BeLike(Vec<String>),
    /// None of these.
    NotBe(Vec<String>),
    /// There, and not empty.
    BeThere,
    /// Without `/`, `*` and `+`, with which OpenBao refuses every request of the token.
    BePlain,
}

impl Condition {
    pub(super) fn new(claim: impl Into<String>, must: Must) -> Self {
        Self {
            claim: claim.into(),
            must,
        }
    }

    /// Whether a value is what it has to be.
    pub(super) fn holds(&self, value: &str) -> bool {
        match &self.must {
            Must::Be(values) => values.iter().any(|wanted| wanted == value),
            Must::BeLike(globs) => globs.iter().any(|glob| is_like(glob, value)),
            Must::NotBe(values) => !values.iter().any(|unwanted| unwanted == value),
            Must::BeThere => !value.is_empty(),
            Must::BePlain => !value.contains(['/', '*', '+']),
        }
    }
}

impl Condition {
    /// As what has to be: `environment must be dev`.
    pub(super) fn requirement(&self) -> String {
        format!("{} must {}", self.claim, self.must.words("be"))
    }
}

/// As what has to be true: `environment is dev`.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.claim, self.must.words("is"))
    }
}

impl Must {
    fn words(&self, be: &str) -> String {
        match self {
            Self::Be(values) => format!("{be} {}", values.join(" or ")),
            Self::BeLike(globs) => format!("{be} like {}", globs.join(" or ")),
            Self::NotBe(values) => format!("{be} other than {}", values.join(" or ")),
            Self::BeThere => format!("{be} there"),
            Self::BePlain => format!("{be} without `/`, `*` and `+`"),
        }
    }
}

/// Whether a glob of `bound_claims` matches: `*` stands for any text, also an empty one, and nothing else is special.
pub(super) fn is_like(glob: &str, value: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else {
        return glob == value;
    };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(value) = value
        .strip_prefix(start)
        .and_then(|value| value.strip_suffix(end))
    else {
        return false;
    };
    let mut pieces = middle.split('*');
    pieces
        .try_fold(value, |value, piece| {
            value.find(piece).map(|at| &value[at + piece.len()..])
        })
        .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of these is what OpenBao 2.7.2 does.
    #[test]
    fn globs_match_as_on_the_server() {
        for (glob, value, matches) in [
            ("*", "", true),
            ("*", "a", true),
            ("a*", "a", true),
            ("a*", "b", false),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("*b*", "abc", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXYc", false),
            ("a**c", "abc", true),
            ("a?c", "abc", false),
            ("abc", "abc", true),
            ("*c", "abcd", false),
            ("a*bc", "abcbc", true),
            ("a*a", "a", false),
            (r"\*", "*", false),
            ("", "x", false),
            ("A*", "abc", false),
        ] {
            assert_eq!(is_like(glob, value), matches, "{glob} {value}");
        }
    }
}
