//! Entries with two forms: a text, or a mapping.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, MapAccess, Visitor};

/// An entry that a file has as a text or as a mapping.
pub(super) trait TextOrMapping: Sized {
    /// Both forms, as messages name them.
    const FORMS: &'static str;

    /// The entry of a text.
    ///
    /// # Errors
    /// When the text is not the short form.
    fn from_text<E: de::Error>(text: &str) -> Result<Self, E>;

    /// The entry of a mapping.
    ///
    /// # Errors
    /// When a key or value does not fit.
    fn from_mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Reads either form.
pub(super) fn deserialize<'de, T: TextOrMapping, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(EitherForm(PhantomData))
}

struct EitherForm<T>(PhantomData<T>);

impl<'de, T: TextOrMapping> Visitor<'de> for EitherForm<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::FORMS)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        T::from_text(text)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_mapping(map)
    }
}
