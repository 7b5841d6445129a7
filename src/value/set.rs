//! Lists of strings as Vault reads them: a string is a list with one item, and null an empty list.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// Texts whose order and repetition mean nothing to Vault: kept sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct Set(Vec<String>);

/// Texts whose order counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct List(Vec<String>);

impl List {
    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Set {
    /// The texts in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether the text is one of them.
    pub(crate) fn contains(&self, text: &str) -> bool {
        self.0
            .binary_search_by(|item| item.as_str().cmp(text))
            .is_ok()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same texts in lower case, as Vault keeps the names of policies.
    pub(crate) fn lowercased(self) -> Self {
        self.0.into_iter().map(|text| text.to_lowercase()).collect()
    }
}

impl List {
    /// The texts in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<T: Into<String>> FromIterator<T> for Set {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        texts.sort_unstable();
        texts.dedup();
        Self(texts)
    }
}

impl<T: Into<String>> FromIterator<T> for List {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        Self(texts.into_iter().map(Into::into).collect())
    }
}

struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<String>, E> {
        Ok(vec![text.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element::<String>()? {
            texts.push(text);
        }
        Ok(texts)
    }
}

macro_rules! from_texts {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(deserializer.deserialize_any(Texts)?.into_iter().collect())
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}}
                ]})
            }
        }
    )*};
}

from_texts!(Set, List);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_a_set_of_one_and_order_means_nothing() {
        let set = |text| serde_json::from_str::<Set>(text).unwrap();
        assert_eq!(set(r#""365""#), set(r#"["365"]"#));
        assert_eq!(set(r#"["b","a","b"]"#), set(r#"["a","b"]"#));
    }
}
