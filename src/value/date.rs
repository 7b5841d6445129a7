//! Days in UTC, at whose end access ends.

use std::fmt;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Invalid, written};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A day in UTC, such as `2026-12-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(into = "String")]
#[schemars(with = "String", extend("pattern" = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
pub(crate) struct Date(SystemTime);

impl Date {
    /// The day of a time.
    pub(crate) fn of(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        let days = since.unwrap_or_default().as_secs() / DAY.as_secs();
        Self(SystemTime::UNIX_EPOCH + Duration::from_secs(days * DAY.as_secs()))
    }

    /// How many days it is after another; none if it is not.
    pub(crate) fn days_after(self, other: Self) -> u64 {
        let between = self.0.duration_since(other.0).unwrap_or_default();
        between.as_secs() / DAY.as_secs()
    }

    /// The first moment after it.
    pub(crate) fn end(self) -> SystemTime {
        self.0 + DAY
    }

    /// Whether it is over at a time.
    pub(crate) fn is_over(self, now: SystemTime) -> bool {
        self.end() <= now
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = humantime::format_rfc3339_seconds(self.0).to_string();
        f.write_str(begin.split('T').next().unwrap_or_default())
    }
}

impl std::str::FromStr for Date {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let begin = humantime::parse_rfc3339(&format!("{text}T00:00:00Z"));
        let date = begin.map(Self).ok();
        // What is read leniently, such as a day that its month does not have, is another day.
        date.filter(|date| date.to_string() == text).ok_or_else(|| {
            Invalid::new(
                format!("`{text}` is not a date"),
                "write the last day with access, in UTC, such as `2030-12-31`",
            )
        })
    }
}

impl TryFrom<String> for Date {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written::text(deserializer)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

/// A number of days, such as `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(into = "String")]
#[schemars(with = "String", extend("pattern" = "^[1-9][0-9]{0,4}d$"))]
pub(crate) struct Days(u32);

impl Days {
    /// As long as that many days.
    pub(crate) fn duration(self) -> Duration {
        DAY * self.0
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.0)
    }
}

impl TryFrom<String> for Days {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
        let days = days.filter(|days| (1..100_000).contains(days)).map(Self);
        days.filter(|days| days.to_string() == text).ok_or_else(|| {
            Invalid::new(
                format!("`{text}` is not a number of days"),
                "write a number and `d`, such as `90d`",
            )
        })
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        written::text(deserializer)
    }
}

impl From<Days> for String {
    fn from(days: Days) -> Self {
        days.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_at_midnight_in_utc() {
        let at = |text: &str| humantime::parse_rfc3339(text).unwrap();
        let day: Date = "2028-02-29".parse().unwrap();
        assert!(!day.is_over(at("2028-02-29T23:59:59Z")));
        assert!(day.is_over(at("2028-03-01T00:00:00Z")));
    }

    #[test]
    fn only_days_that_there_are_can_be_written() {
        for text in ["2026-12-31", "2028-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "2026",
            "2026-2-3",
            "2027-02-29",
            "2026-13-01",
            "2026-12-31T00:00:00Z",
            "31.12.2026",
            "1969-12-31",
            " 2026-12-31",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        for (text, is_valid) in [
            ("90d", true),
            ("1d", true),
            ("0d", false),
            ("090d", false),
            ("+9d", false),
            ("90", false),
            ("90h", false),
            ("100000d", false),
        ] {
            assert_eq!(Days::try_from(text.to_owned()).is_ok(), is_valid, "{text}");
        }
    }
}
