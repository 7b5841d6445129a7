//! What a JWT's claims have to be for a role to admit it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

/// Claims by name, each with the values that are let in.
pub(crate) type BoundClaims = BTreeMap<String, ClaimValues>;

/// The values of one claim; a single value is a list of one, as Terraform writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(with = "super::Set")]
pub(crate) struct ClaimValues(BTreeSet<ClaimValue>);

/// One value. GitLab's claims are strings; other kinds are kept as Vault has them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub(crate) enum ClaimValue {
    /// A text, the only kind that GitLab's JWTs match.
    Text(String),
    /// A truth value, which matches no claim of GitLab's.
    Bool(bool),
    /// A whole number, which matches no claim of GitLab's.
    Integer(i64),
}

impl ClaimValues {
    /// The values in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ClaimValue> {
        self.0.iter()
    }

    /// The values that are texts.
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
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(truth) => truth.fmt(f),
            Self::Integer(number) => number.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for ClaimValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar)
    }
}

impl<'de> Deserialize<'de> for ClaimValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Scalar;

impl Visitor<'_> for Scalar {
    type Value = ClaimValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ClaimValue, E> {
        Ok(ClaimValue::Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<ClaimValue, E> {
        Ok(ClaimValue::Bool(truth))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<ClaimValue, E> {
        Ok(ClaimValue::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<ClaimValue, E> {
        i64::try_from(number)
            .map(ClaimValue::Integer)
            .map_err(|_| E::custom("the number is too large; write it in quotes"))
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = BTreeSet<ClaimValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(BTreeSet::from([Scalar.visit_str(text)?]))
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(BTreeSet::from([Scalar.visit_bool(truth)?]))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(BTreeSet::from([Scalar.visit_i64(number)?]))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(BTreeSet::from([Scalar.visit_u64(number)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeSet::new();
        while let Some(value) = items.next_element()? {
            values.insert(value);
        }
        Ok(values)
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
}
