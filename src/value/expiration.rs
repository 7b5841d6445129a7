//! Points in time at which something in Vault ends.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How files say that there is no end.
const NEVER: &str = "never";

/// When something expires: `never`, or a time in UTC as in RFC 3339, such as `2030-12-31T00:00:00Z`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub(crate) enum Expiration {
    /// It does not end.
    Never,
    /// It ends at this time.
    At(String),
}

impl Expiration {
    /// Whether it has ended by this time.
    pub(crate) fn is_before(&self, now: SystemTime) -> bool {
        match self {
            Self::Never => false,
            Self::At(text) => humantime::parse_rfc3339(text).is_ok_and(|end| end <= now),
        }
    }

    /// Whether the end is a time that servers take.
    pub(crate) fn is_time(&self) -> bool {
        match self {
            Self::Never => false,
            Self::At(text) => humantime::parse_rfc3339(text).is_ok(),
        }
    }
}

impl From<String> for Expiration {
    fn from(text: String) -> Self {
        if text == NEVER {
            return Self::Never;
        }
        match humantime::parse_rfc3339(&text) {
            Ok(time) => Self::At(humantime::format_rfc3339(time).to_string()),
            Err(_) => Self::At(text),
        }
    }
}

impl From<Expiration> for String {
    fn from(expiration: Expiration) -> Self {
        match expiration {
            Expiration::Never => NEVER.into(),
            Expiration::At(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_past_from_its_own_second_on() {
        let at = |text: &str| humantime::parse_rfc3339(text).unwrap();
        for (end, is_past) in [
            ("2030-01-01T00:00:00Z", true),
            ("2030-01-01T00:00:01Z", false),
            ("2029-01-01T00:00:00Z", true),
            ("never", false),
            ("tomorrow", false),
        ] {
            let end = Expiration::from(end.to_owned());
            assert_eq!(
                end.is_before(at("2030-01-01T00:00:00Z")),
                is_past,
                "{end:?}"
            );
        }
    }

    #[test]
    fn one_time_has_one_form() {
        let of = |text: &str| Expiration::from(text.to_owned());
        assert_eq!(of("2030-01-01T00:00:00.500Z"), of("2030-01-01T00:00:00.5Z"));
        assert_eq!(of("2030-01-01T00:00:00Z"), of("2030-01-01T00:00:00.0Z"));
        assert_eq!(of("never"), Expiration::Never);
        for text in ["", "2030-01-01", "2030-01-01T02:00:00+02:00", "tomorrow"] {
            assert_eq!(of(text), Expiration::At(text.into()));
            assert!(!of(text).is_time(), "{text}");
        }
    }
}
