//! Durations as Vault takes them: a number of seconds, or `90s`, `10m`, `1h30m`.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::Invalid;

/// A time to live in whole seconds; 0 is the server's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ttl(u64);

/// A leeway in whole seconds when a JWT's times are checked; 0 is the server's default, -1 none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Leeway(i64);

impl Ttl {
    /// A number of seconds.
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// The number of seconds.
    pub(crate) const fn as_seconds(self) -> u64 {
        self.0
    }

    /// Whether the server's default holds.
    pub(crate) const fn is_default(self) -> bool {
        self.0 == 0
    }
}

impl Leeway {
    /// The number of seconds.
    pub(crate) const fn as_seconds(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Ttl {
    type Error = Invalid;

    fn try_from(seconds: i64) -> Result<Self, Invalid> {
        let negative = |_| {
            Invalid::new(
                "a TTL can't be negative",
                "write a number of seconds, or `10m`",
            )
        };
        u64::try_from(seconds).map(Self).map_err(negative)
    }
}

impl TryFrom<i64> for Leeway {
    type Error = Invalid;

    fn try_from(seconds: i64) -> Result<Self, Invalid> {
        Ok(Self(seconds))
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format_seconds(self.0))
    }
}

impl fmt::Display for Leeway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", format_seconds(self.0.unsigned_abs()))
    }
}

impl std::str::FromStr for Ttl {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::try_from(parse_seconds(text)?)
    }
}

macro_rules! as_duration {
    ($($name:ident: $title:literal, from $minimum:literal, $pattern:literal),* $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let seconds = deserializer.deserialize_any(Seconds)?;
                Self::try_from(seconds).map_err(de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "title": $title,
                    "anyOf": [
                        {"type": "integer", "minimum": $minimum},
                        {"type": "string", "minLength": 1, "pattern": $pattern}
                    ]
                })
            }
        }
    )*};
}

as_duration!(
    Ttl: "A duration: a number of seconds, or 90s, 10m, 1h30m; 0 is the server's default.",
        from 0, "^([0-9]+|([0-9]+h)?([0-9]+m)?([0-9]+s)?)$",
    Leeway: "A duration: a number of seconds, or 90s, 10m; 0 is the server's default, -1 is none.",
        from -1, "^-?([0-9]+|([0-9]+h)?([0-9]+m)?([0-9]+s)?)$",
);

struct Seconds;

impl Visitor<'_> for Seconds {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of seconds, or a duration such as `10m`")
    }

    fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<i64, E> {
        Ok(seconds)
    }

    fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<i64, E> {
        i64::try_from(seconds).map_err(|_| E::custom(too_long(&seconds.to_string())))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
        parse_seconds(text).map_err(E::custom)
    }
}

/// Hours, minutes and seconds as Go's `time.ParseDuration` reads them, whole numbers only.
fn parse_seconds(text: &str) -> Result<i64, Invalid> {
    let not_a_duration = || {
        Invalid::new(
            format!("`{text}` is not a duration"),
            "write a number of seconds, or `90s`, `10m`, `1h30m`",
        )
    };
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if let Ok(seconds) = digits.parse::<u32>() {
        return Ok(sign * i64::from(seconds));
    }
    let (mut total, mut number, mut last_unit) = (0i64, String::new(), i64::MAX);
    for character in digits.chars() {
        if character.is_ascii_digit() {
            number.push(character);
            continue;
        }
        let unit = match character {
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(not_a_duration()),
        };
        let amount: u32 = number.parse().map_err(|_| not_a_duration())?;
        if unit >= last_unit {
            return Err(not_a_duration());
        }
        total += i64::from(amount) * unit;
        number.clear();
        last_unit = unit;
    }
    if !number.is_empty() || last_unit == i64::MAX {
        return Err(not_a_duration());
    }
    Ok(sign * total)
}

fn too_long(text: &str) -> Invalid {
    Invalid::new(
        format!("`{text}` seconds are too long"),
        "write a shorter duration",
    )
}

fn format_seconds(seconds: u64) -> String {
    let parts = [
        (seconds / 3600, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let text: String = parts
        .iter()
        .filter(|(amount, _)| *amount > 0)
        .map(|(amount, unit)| format!("{amount}{unit}"))
        .collect();
    if text.is_empty() { "0s".into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_to_write_a_duration_are_one_value() {
        for text in ["600", "\"600\"", "\"10m\"", "\"600s\"", "\"9m60s\""] {
            assert_eq!(
                serde_json::from_str::<Ttl>(text).unwrap(),
                Ttl(600),
                "{text}"
            );
        }
        assert_eq!(serde_json::from_str::<Leeway>("-1").unwrap(), Leeway(-1));
        assert_eq!(serde_json::to_string(&Ttl(5400)).unwrap(), "\"1h30m\"");
        assert_eq!(Leeway(-1).to_string(), "-1s");
        assert_eq!(Ttl(0).to_string(), "0s");
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in [
            "",
            "m",
            "10",
            "1.5h",
            "10m5",
            "5s10m",
            "1d",
            "10 m",
            "99999999999h",
        ] {
            let parsed = text.parse::<Ttl>();
            assert_eq!(parsed.is_ok(), text == "10", "{text}");
        }
        assert!(serde_json::from_str::<Ttl>("-5").is_err());
        assert!(serde_json::from_str::<Ttl>("18446744073709551615").is_err());
    }
}
