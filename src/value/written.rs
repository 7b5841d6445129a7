//! Values that a file may hold as a text or as a number: the type itself then says what is wrong with it.

use std::fmt;

use serde::de::{Deserializer, Error, Unexpected, Visitor};

use super::Invalid;

/// Reads a text. A number is read as its text: its quotes are not what is missing.
pub(super) fn text<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<String, Error = Invalid>,
{
    let text = deserializer.deserialize_any(WrittenText)?;
    T::try_from(text).map_err(D::Error::custom)
}

struct WrittenText;

impl Visitor<'_> for WrittenText {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }
}

/// Reads a positive whole number, of which `invalid` says what is wrong where it is another text, negative or missing.
pub(super) fn number<'de, D: Deserializer<'de>>(
    deserializer: D,
    invalid: fn(&str) -> Invalid,
) -> Result<u64, D::Error> {
    deserializer.deserialize_any(WrittenNumber(invalid))
}

struct WrittenNumber(fn(&str) -> Invalid);

impl Visitor<'_> for WrittenNumber {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a positive whole number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number).map_err(|_| E::custom((self.0)(&number.to_string())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        Err(match text.parse::<u64>() {
            Ok(_) => E::invalid_type(Unexpected::Str(text), &self),
            Err(_) => E::custom((self.0)(&format!("`{text}`"))),
        })
    }

    fn visit_unit<E: Error>(self) -> Result<u64, E> {
        let Invalid { help, .. } = (self.0)("");
        Err(E::custom(Invalid::new("there is no number here", help)))
    }
}
