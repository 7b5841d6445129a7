//! Values in Vault that the type of their kind can't hold.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest;

/// The longest that a problem may be, in characters: it quotes what Vault holds.
const LONGEST_PROBLEM: usize = 200;

/// What is there and can't be read into the type of its kind: another tool wrote it, or a newer Vault answers it.
///
/// No secret is in it: of a field that may hold one, only the type of its value is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unreadable {
    /// The fields that could be read, in canonical form, also those that are not set.
    fields: Map<String, Value>,
    /// What is wrong with the others, by name; an empty name stands for the whole value.
    problems: BTreeMap<String, String>,
    /// Tells the value from any other: 128 bits of SHA-256, in hexadecimal.
    digest: String,
}

impl Unreadable {
    /// A value that has no fields at all.
    pub(super) fn whole(value: &Value) -> Self {
        let problem = format!("it is {}, and not an object", type_of(value));
        Self {
            fields: Map::new(),
            problems: BTreeMap::from([(String::new(), problem)]),
            digest: digest_of(value),
        }
    }

    /// A value that is no `T`, some of whose fields are `confidential`. `canonical` has the fields of a `T`.
    pub(super) fn of<T: Default + DeserializeOwned>(
        value: &Value,
        confidential: &[&str],
        canonical: impl Fn(&T) -> Map<String, Value>,
    ) -> Self {
        let mut readable = canonical(&T::default());
        let mut problems = BTreeMap::new();
        for (name, value) in value.as_object().into_iter().flatten() {
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            match serde_json::from_value::<T>(alone.into()) {
                Ok(read) => readable.extend(canonical(&read).remove_entry(name)),
                Err(_) if confidential.contains(&name.as_str()) => {
                    problems.insert(name.clone(), format!("it is {}", type_of(value)));
                }
                Err(error) => {
                    let problem = error.to_string().chars().take(LONGEST_PROBLEM).collect();
                    problems.insert(name.clone(), problem);
                }
            }
        }
        readable.retain(|name, _| !problems.contains_key(name));
        Self {
            fields: readable,
            problems,
            digest: digest_of(value),
        }
    }

    /// The same, where these fields are missing too.
    pub(super) fn without(mut self, missing: &[&str]) -> Self {
        self.fields
            .retain(|name, _| !missing.contains(&name.as_str()));
        let missing = missing.iter();
        let missing = missing.map(|name| ((*name).to_owned(), "it is missing".to_owned()));
        self.problems.extend(missing);
        self
    }

    /// The fields that could be read, in canonical form.
    pub(crate) const fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// What is wrong with the other fields, by name.
    pub(crate) fn problems(&self) -> impl Iterator<Item = (&str, &str)> {
        let problems = self.problems.iter();
        problems.map(|(name, problem)| (name.as_str(), problem.as_str()))
    }
}

/// What is wrong, to go on with after what the value is of.
impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not of the form that Vault's API documents: ")?;
        for (index, (name, problem)) in self.problems().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match name {
                "" => f.write_str(problem)?,
                name => write!(f, "`{name}`: {problem}")?,
            }
        }
        Ok(())
    }
}

fn digest_of(value: &Value) -> String {
    digest::hex([value.to_string().as_str()], 16)
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::resource::{Held, Kind};

    /// What Vault may answer in another shape, and what the value is then taken for.
    #[test]
    fn a_field_of_another_shape_is_named_and_one_in_another_spelling_is_read() {
        let read = None;
        for (kind, fields, problem) in [
            (Kind::JwtRole, json!({"token_ttl": "600"}), read),
            (
                Kind::JwtRole,
                json!({"token_ttl": null, "bound_claims": null}),
                read,
            ),
            (Kind::JwtRole, json!({"token_policies": "jobs"}), read),
            (
                Kind::JwtRole,
                json!({"token_ttl": -5}),
                Some("`token_ttl`: a TTL can't be negative"),
            ),
            (
                Kind::JwtRole,
                json!({"token_ttl": 1.5}),
                Some("`token_ttl`: invalid type: floating point `1.5`"),
            ),
            (
                Kind::JwtRole,
                json!({"token_ttl": "1d"}),
                Some("`token_ttl`: `1d` is not a duration"),
            ),
            (
                Kind::JwtRole,
                json!({"token_policies": [null]}),
                Some("`token_policies`: invalid type: null"),
            ),
            (
                Kind::JwtRole,
                json!({"bound_claims": "project_id=365"}),
                Some("`bound_claims`: invalid type: string"),
            ),
            (
                Kind::JwtRole,
                json!({"role_type": "saml"}),
                Some("`role_type`: unknown variant `saml`"),
            ),
            (
                Kind::JwtRole,
                json!({"user_claim_json_pointer": "true"}),
                Some("`user_claim_json_pointer`: invalid type"),
            ),
            (
                Kind::AwsRole,
                json!({"credential_type": ""}),
                Some("`credential_type`: unknown variant ``"),
            ),
            (
                Kind::AwsRole,
                json!({"iam_tags": ["a=b"]}),
                Some("`iam_tags`: invalid type: sequence"),
            ),
            (Kind::Policy, json!({}), Some("`policy`: it is missing")),
            (
                Kind::AuthMount,
                json!({"config": "odd"}),
                Some("`type`: it is missing"),
            ),
            (
                Kind::AuthMount,
                json!(["jwt"]),
                Some("it is a list, and not an object"),
            ),
            (
                Kind::SecretsMount,
                json!(null),
                Some("it is null, and not an object"),
            ),
            (
                Kind::JwtRole,
                json!({"token_ttl": [], "token_num_uses": true, "user_claim": "sub"}),
                Some(
                    "`token_num_uses`: invalid type: boolean `true`, expected u64; `token_ttl`: invalid type: sequence",
                ),
            ),
        ] {
            let told = match kind.parse(fields.clone()).held {
                Held::Readable(_) => None,
                Held::Unreadable(why) => Some(why.to_string()),
            };
            let form = "it is not of the form that Vault's API documents: ";
            let told = told.as_deref().map(|told| told.strip_prefix(form).unwrap());
            let is_as_expected = match (told, problem) {
                (Some(told), Some(problem)) => told.starts_with(problem),
                (told, problem) => told == problem,
            };
            assert!(is_as_expected, "{kind:?} {fields}: {told:?}");
        }
    }

    #[test]
    fn what_can_be_read_is_kept_in_canonical_form() {
        let fields = json!({"lease": 600, "lease_max": [], "other": 1});
        let held = Kind::AwsLease.parse(fields).held;
        assert_eq!(
            serde_json::Value::from(held.fields()),
            json!({"lease": "10m"})
        );
        let fields = json!({"token_policies": ["B", "a"], "role_type": "saml"});
        let fields = Kind::JwtRole.parse(fields).held.fields();
        assert_eq!(fields["token_policies"], json!(["a", "b"]));
        assert_eq!(
            fields["token_ttl"], "0s",
            "what is not set is as if nobody set it"
        );
        assert!(!fields.contains_key("role_type"));
    }
}
