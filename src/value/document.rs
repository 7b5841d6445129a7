//! IAM policy documents: JSON compared by value.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A policy document, written in a file as a mapping or as JSON text; Vault keeps JSON text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Document(Option<Value>);

impl Document {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it is a JSON object, as AWS wants it.
    pub(crate) fn is_object(&self) -> bool {
        self.0.as_ref().is_some_and(Value::is_object)
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self(None);
        }
        let parsed = serde_json::from_str(text);
        Self(Some(
            parsed.unwrap_or_else(|_| Value::String(text.to_owned())),
        ))
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => serializer.serialize_str(""),
            Some(Value::String(text)) => serializer.serialize_str(text),
            Some(value) => serializer.collect_str(value),
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self(None),
            Value::String(text) => Self::from(text.as_str()),
            value => Self(Some(value)),
        })
    }
}

impl JsonSchema for Document {
    fn schema_name() -> Cow<'static, str> {
        "Document".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "title": "An IAM policy document: a mapping, or its JSON as text.",
            "anyOf": [{"type": "object"}, {"type": "string"}]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_equal_by_value_whatever_their_spacing_and_order() {
        let spaced = Document::from(r#"{ "Version": "2012-10-17", "Statement": [] }"#);
        let compact = Document::from(r#"{"Statement":[],"Version":"2012-10-17"}"#);
        assert_eq!(spaced, compact);
        assert_eq!(
            serde_json::to_value(&spaced).unwrap(),
            serde_json::to_value(&compact).unwrap()
        );
        assert_eq!(Document::from(""), Document::default());
    }
}
