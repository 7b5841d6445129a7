//! Which requests for credentials the parameters and wrapping TTLs of rules allow.
//!
//! See facts 1.2 and 1.5 of docs/access.md. Rules of the same path that apply together are merged across policies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU32;

use crate::acl::{ParameterSets, ParameterValue, Parameters, Rule};
use crate::value::Ttl;

/// The parameter that chooses one of several IAM roles.
const ROLE_ARN: &str = "role_arn";

/// A value for a parameter that no rule restricts. Engines ignore unknown parameters.
const ANY_VALUE: &str = "x";

/// The restrictions of rules on a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Restrictions {
    required: BTreeSet<String>,
    allowed: ParameterSets,
    denied: ParameterSets,
    wrapping: WrappingTtl,
}

/// What a request needs besides its path.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RequestNeeds {
    /// Parameters of the body, or of the query of a GET.
    pub(crate) parameters: BTreeMap<String, String>,
    /// For how long the response must be wrapped.
    pub(crate) wrapping: WrappingTtl,
}

/// Bounds of a wrapping TTL, in seconds. Where there are any, the response has to be wrapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WrappingTtl {
    pub(crate) min: Option<NonZeroU32>,
    pub(crate) max: Option<NonZeroU32>,
}

/// Whether a rule restricts requests.
pub(super) fn restricts(rule: &Rule) -> bool {
    !rule.required_parameters.is_empty()
        || !rule.allowed_parameters.is_empty()
        || !rule.denied_parameters.is_empty()
        || rule.min_wrapping_ttl.is_some()
        || rule.max_wrapping_ttl.is_some()
}

impl Restrictions {
    /// The merged restrictions of rules with the same path.
    pub(super) fn merged<'r>(rules: impl Iterator<Item = &'r Rule>) -> Self {
        rules.fold(Self::default(), |mut all, rule| {
            let required = rule.required_parameters.iter();
            all.required
                .extend(required.map(|name| name.to_lowercase()));
            merge(&mut all.allowed, &rule.allowed_parameters);
            merge(&mut all.denied, &rule.denied_parameters);
            all.wrapping.min = lesser(all.wrapping.min, rule.min_wrapping_ttl);
            all.wrapping.max = lesser(all.wrapping.max, rule.max_wrapping_ttl);
            all
        })
    }

    /// The smallest request that is allowed and that gets the credentials of one of the IAM roles.
    pub(super) fn request(&self, arn: Option<&str>) -> Option<RequestNeeds> {
        if let (Some(min), Some(max)) = (self.wrapping.min, self.wrapping.max)
            && max < min
        {
            return None;
        }
        let with_arn = arn.map(|arn| BTreeMap::from([(ROLE_ARN.to_owned(), arn.to_owned())]));
        let bodies = match with_arn {
            Some(body) => vec![body],
            None => vec![BTreeMap::new()],
        };
        let parameters = bodies
            .into_iter()
            .map(|mut body| {
                for name in &self.required {
                    let value = self.value_of(name);
                    body.entry(name.clone()).or_insert(value);
                }
                body
            })
            .into_iter()
            .find(|body| self.passes(body))?;
        Some(RequestNeeds {
            parameters,
            wrapping: self.wrapping,
        })
    }

    /// A value that a parameter may have.
    fn value_of(&self, name: &str) -> String {
        let allowed = self.allowed.get(name).or_else(|| self.allowed.get("*"));
        let denied = self.denied.get(name);
        let is_denied = |value: &str| denied.is_some_and(|denied| is_listed(denied, value));
        allowed
            .into_iter()
            .flatten()
            .filter_map(|value| match value {
                ParameterValue::Text(text) => Some(text.trim_matches('*').to_owned()),
                ParameterValue::Bool(value) => Some(value.to_string()),
                ParameterValue::Integer(_)
                | ParameterValue::Fraction(_)
                | ParameterValue::List(_)
                | ParameterValue::Map(_) => None,
            })
            .chain([ANY_VALUE.to_owned(), "y".to_owned()])
            .find(|value| !is_denied(value))
            .unwrap_or_else(|| ANY_VALUE.to_owned())
    }

    /// Servers check denied and allowed parameters only for a request that has parameters.
    fn passes(&self, body: &BTreeMap<String, String>) -> bool {
        if self.required.iter().any(|name| !body.contains_key(name)) {
            return false;
        }
        if body.is_empty() {
            return true;
        }
        if self.denied.contains_key("*") {
            return false;
        }
        let is_denied = |(name, value): (&String, &String)| {
            let denied = self.denied.get(name);
            denied.is_some_and(|denied| denied.is_empty() || is_listed(denied, value))
        };
        if body.iter().any(is_denied) {
            return false;
        }
        if self.allowed.is_empty() {
            return true;
        }
        body.iter()
            .all(|(name, value)| match self.allowed.get(name) {
                Some(allowed) => allowed.is_empty() || is_listed(allowed, value),
                None => self.allowed.contains_key("*"),
            })
    }
}

impl WrappingTtl {
    /// Whether the response has to be wrapped.
    pub(crate) const fn is_required(self) -> bool {
        self.min.is_some() || self.max.is_some()
    }
}

/// `wrapped for 1m or longer`
impl fmt::Display for WrappingTtl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ttl = |seconds: NonZeroU32| Ttl::seconds(seconds.get().into());
        match (self.min, self.max) {
            (None, None) => f.write_str("not wrapped"),
            (Some(min), None) => write!(f, "wrapped for {} or longer", ttl(min)),
            (None, Some(max)) => write!(f, "wrapped for {} or less", ttl(max)),
            (Some(min), Some(max)) if min == max => write!(f, "wrapped for {}", ttl(min)),
            (Some(min), Some(max)) => write!(f, "wrapped for {} to {}", ttl(min), ttl(max)),
        }
    }
}

fn is_listed(values: &BTreeSet<ParameterValue>, value: &str) -> bool {
    values.iter().any(|listed| match listed {
        ParameterValue::Text(glob) => is_like(glob, value),
        ParameterValue::Bool(allowed) => allowed.to_string() == value,
        ParameterValue::Integer(_)
        | ParameterValue::Fraction(_)
        | ParameterValue::List(_)
        | ParameterValue::Map(_) => false,
    })
}

/// `*` at the start or end of a value matches any text.
fn is_like(glob: &str, value: &str) -> bool {
    if glob.len() < 2 {
        return glob == value;
    }
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (Some(_), Some(_)) => value.contains(&glob[1..glob.len() - 1]),
        (Some(end), None) => value.ends_with(end),
        (None, Some(start)) => value.starts_with(start),
        (None, None) => glob == value,
    }
}

/// A parameter that one rule allows with every value keeps every value.
fn merge(all: &mut ParameterSets, more: &Parameters) {
    for (name, values) in more {
        let values: BTreeSet<ParameterValue> = values.iter().cloned().collect();
        all.entry(name.to_lowercase())
            .and_modify(|known| {
                if known.is_empty() || values.is_empty() {
                    known.clear();
                } else {
                    known.extend(values.iter().cloned());
                }
            })
            .or_insert(values);
    }
}

fn lesser(a: Option<NonZeroU32>, b: Option<NonZeroU32>) -> Option<NonZeroU32> {
    a.into_iter().chain(b).min()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn needs(rules: &[Value], arn: Option<&str>) -> Option<Value> {
        let rules: Vec<Rule> = rules
            .iter()
            .map(|fields| {
                let mut rule = json!({"path": "aws/sts/x", "capabilities": ["update"]});
                rule.as_object_mut()
                    .unwrap()
                    .extend(fields.as_object().unwrap().clone());
                serde_json::from_value(rule).unwrap()
            })
            .collect();
        let needs = Restrictions::merged(rules.iter()).request(arn)?;
        let wrapping = needs.wrapping;
        let wrapped = wrapping.is_required().then(|| wrapping.to_string());
        Some(json!([needs.parameters, wrapped]))
    }

    #[test]
    fn a_request_is_allowed_as_on_the_server() {
        let arn = Some("arn:a");
        let with_arn = json!([{"role_arn": "arn:a"}, null]);
        for (rules, arn, expected) in [
            (json!([{}]), None, Some(json!([{}, null]))),
            // An empty body is allowed regardless of the parameters.
            (
                json!([{"denied_parameters": {"*": []}}]),
                None,
                Some(json!([{}, null])),
            ),
            (
                json!([{"allowed_parameters": {"ttl": []}}]),
                None,
                Some(json!([{}, null])),
            ),
            (json!([{"allowed_parameters": {"ttl": []}}]), arn, None),
            (
                json!([{"allowed_parameters": {"role_arn": ["arn:a"]}}]),
                arn,
                Some(with_arn.clone()),
            ),
            (
                json!([{"allowed_parameters": {"role_arn": ["arn:b"]}}]),
                arn,
                None,
            ),
            (
                json!([{"denied_parameters": {"role_arn": ["arn:*"]}}]),
                arn,
                None,
            ),
            (
                json!([{"allowed_parameters": {"*": []}}]),
                arn,
                Some(with_arn),
            ),
            (
                json!([{"required_parameters": ["zzz"]}]),
                None,
                Some(json!([{"zzz": "x"}, null])),
            ),
            (
                json!([{"required_parameters": ["zzz"], "denied_parameters": {"zzz": []}}]),
                None,
                None,
            ),
            (
                json!([{"required_parameters": ["ttl"], "allowed_parameters": {"ttl": ["15m"]}}]),
                None,
                Some(json!([{"ttl": "15m"}, null])),
            ),
            (
                json!([{"min_wrapping_ttl": "1m"}]),
                None,
                Some(json!([{}, "wrapped for 1m or longer"])),
            ),
            (
                json!([{"max_wrapping_ttl": "90s"}]),
                None,
                Some(json!([{}, "wrapped for 1m30s or less"])),
            ),
            // If there are several bounds at one path, the server takes the least of each kind.
            (
                json!([{"min_wrapping_ttl": "1m", "max_wrapping_ttl": "1h"}, {"min_wrapping_ttl": "5m", "max_wrapping_ttl": "10m"}]),
                None,
                Some(json!([{}, "wrapped for 1m to 10m"])),
            ),
            (
                json!([{"min_wrapping_ttl": "1m", "max_wrapping_ttl": "1m"}]),
                None,
                Some(json!([{}, "wrapped for 1m"])),
            ),
            // The restrictions of rules with the same path add up.
            (
                json!([{"min_wrapping_ttl": "2m"}, {"max_wrapping_ttl": "1m"}]),
                None,
                None,
            ),
            (
                json!([{"required_parameters": ["ttl"]}, {}]),
                None,
                Some(json!([{"ttl": "x"}, null])),
            ),
        ] {
            assert_eq!(
                needs(rules.as_array().unwrap(), arn),
                expected,
                "{rules} {arn:?}"
            );
        }
    }
}
