//! What a JWT's claims have to be for a role to admit it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// Claims by name, each with the values that are let in.
pub(crate) type BoundClaims = BTreeMap<String, ClaimValues>;

/// The values that a claim may have: a string, or a list of strings. Quote numbers and booleans: `"365"`, `"true"`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "super::Set")]
pub(crate) struct ClaimValues(BTreeSet<ClaimValue>);

/// One value. GitLab's claims are strings; Vault keeps whatever else a role was given, and it matches no claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "Value")]
pub(crate) enum ClaimValue {
    /// A string, the only type that GitLab's JWTs match.
    Text(String),
    /// The JSON of anything else.
    Other(String),
}

impl ClaimValues {
    /// The values in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ClaimValue> {
        self.0.iter()
    }

    /// The values that are strings.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|value| match value {
            ClaimValue::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

impl FromIterator<String> for ClaimValues {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self(texts.into_iter().map(ClaimValue::Text).collect())
    }
}

impl fmt::Display for ClaimValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Text(text) | Self::Other(text)) = self;
        f.write_str(text)
    }
}

impl From<Value> for ClaimValue {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<ClaimValue> for Value {
    fn from(value: ClaimValue) -> Self {
        match value {
            ClaimValue::Text(text) => Self::String(text),
            ClaimValue::Other(json) => serde_json::from_str(&json).unwrap_or_default(),
        }
    }
}

impl<'de> Deserialize<'de> for ClaimValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = match Value::deserialize(deserializer)? {
            Value::Array(values) => values,
            value => vec![value],
        };
        Ok(Self(values.into_iter().map(ClaimValue::from).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terraforms_lists_of_one_are_the_plain_value() {
        let claims = |text| serde_json::from_str::<BoundClaims>(text).unwrap();
        assert_eq!(
            claims(r#"{"project_id": "7012"}"#),
            claims(r#"{"project_id": ["7012"]}"#)
        );
        assert_ne!(
            claims(r#"{"project_id": "7012"}"#),
            claims(r#"{"project_id": 7012}"#)
        );
        assert_ne!(
            claims(r#"{"ref_protected": "true"}"#),
            claims(r#"{"ref_protected": true}"#)
        );
    }

    #[test]
    fn whatever_vault_keeps_stays_as_it_is() {
        for text in [
            "true",
            "1.5",
            "null",
            "-1",
            "18446744073709551615",
            r#"{"b":[1]}"#,
        ] {
            let claims: BoundClaims =
                serde_json::from_str(&format!(r#"{{"a":[{text}]}}"#)).unwrap();
            let kept = serde_json::to_string(&claims).unwrap();
            assert_eq!(kept, format!(r#"{{"a":[{text}]}}"#));
        }
    }
}
