//! The values of parameters in rules.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value that a rule allows or denies for a parameter: a string, a number, `true` or `false`, or a list or mapping of
/// these. `*` at the end of a string matches any rest.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(untagged)]
pub(crate) enum ParameterValue {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number. Servers compare it with no number of a request, so it matches nothing.
    Integer(i64),
    /// A number with a fraction, which matches nothing either.
    Fraction(Fraction),
    /// A string. `*` at its start or end matches any text; a lone `*` matches only itself.
    Text(String),
    /// A list. It matches a list of the same values in the same order.
    #[schemars(with = "Vec<serde_json::Value>")]
    List(Vec<Self>),
    /// Values by name.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    Map(BTreeMap<String, Self>),
}

/// The values that a rule allows or denies parameters, by name; an empty list stands for every value.
pub(crate) type Parameters = BTreeMap<String, Vec<ParameterValue>>;

/// The same without an order: names in lower case, as Vault compares them; an empty set stands for every value.
pub(crate) type ParameterSets = BTreeMap<String, BTreeSet<ParameterValue>>;

/// A finite number with a fraction.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Fraction(f64);

impl Fraction {
    /// Parses a finite number with digits on both sides of the point.
    pub(super) fn of(text: &str) -> Option<Self> {
        let (whole, fraction) = text.strip_prefix('-').unwrap_or(text).split_once('.')?;
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let number: f64 = text.parse().ok()?;
        (is_digits(whole) && is_digits(fraction) && number.is_finite()).then_some(Self(number))
    }
}

impl fmt::Display for Fraction {
    /// Writes a point, so that it is parsed as a fraction again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Fraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Fraction {}

impl Hash for Fraction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}
