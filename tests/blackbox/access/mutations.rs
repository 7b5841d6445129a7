//! Small changes of a configuration: one bound, rule, deny, parameter or mapping less.

use serde_json::{Value, json};

use super::configuration::ISSUERS;

/// A changed configuration.
pub(super) struct Mutation {
    /// What was taken away.
    pub(super) what: String,
    /// The text of `vault.yaml`.
    pub(super) platform: Value,
}

/// Each way to take one thing away.
pub(super) fn all(platform: &Value) -> Vec<Mutation> {
    let mut pointers = Vec::new();
    for (mount, method) in entries(&platform["auth"]) {
        for (name, role) in entries(&method["roles"]) {
            let role_at = format!("/auth/{mount}/roles/{name}");
            for field in ["bound_claims", "claim_mappings"] {
                let claims = entries(&role[field]);
                pointers.extend(
                    claims.map(|(claim, _)| (format!("{role_at}/{field}"), escaped(claim))),
                );
            }
            for (claim, values) in entries(&role["bound_claims"]) {
                let list = format!("{role_at}/bound_claims/{}", escaped(claim));
                pointers.extend(indices(values, 2).map(|index| (list.clone(), index)));
            }
            for field in ["bound_subject", "groups_claim", "token_num_uses"] {
                if role.get(field).is_some() {
                    pointers.push((role_at.clone(), field.to_owned()));
                }
            }
            let policies = format!("{role_at}/token_policies");
            pointers
                .extend(indices(&role["token_policies"], 2).map(|index| (policies.clone(), index)));
        }
    }
    for (name, policy) in entries(&platform["policies"]) {
        let rules = format!("/policies/{name}/rules");
        for (index, rule) in policy["rules"].as_array().into_iter().flatten().enumerate() {
            pointers.push((rules.clone(), index.to_string()));
            for field in [
                "allowed_parameters",
                "denied_parameters",
                "required_parameters",
            ] {
                if rule.get(field).is_some() {
                    pointers.push((format!("{rules}/{index}"), field.to_owned()));
                }
            }
        }
    }
    let removed = pointers.into_iter().map(|(parent, key)| Mutation {
        what: format!("without {parent}/{key}"),
        platform: without(platform, &parent, &key),
    });
    removed.chain(other_issuer(platform)).collect()
}

/// The second method believes the other GitLab.
fn other_issuer(platform: &Value) -> Option<Mutation> {
    let issuer = "/auth/second/config/bound_issuer";
    let mut platform = platform.clone();
    let known = platform.pointer_mut(issuer)?;
    let other = ISSUERS.into_iter().find(|other| *known != **other)?;
    *known = other.into();
    Some(Mutation {
        what: format!("{issuer} {other}"),
        platform,
    })
}

fn without(platform: &Value, parent: &str, key: &str) -> Value {
    let mut platform = platform.clone();
    match platform.pointer_mut(parent).unwrap() {
        Value::Object(fields) => {
            fields.remove(&key.replace("~1", "/"));
        }
        Value::Array(list) => {
            let index: usize = key.parse().unwrap();
            let removed = list.remove(index);
            if list.is_empty() {
                // An empty policy is refused; a rule for a path that nobody asks for allows as little.
                list.push(json!({"path": "nothing", "capabilities": removed["capabilities"]}));
            }
        }
        other => panic!("{parent} {other}"),
    }
    platform
}

fn entries(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let entries = object.as_object().into_iter().flatten();
    entries.map(|(name, value)| (name.as_str(), value))
}

/// The indices of a list that has at least this number of elements; none for a shorter list.
fn indices(list: &Value, at_least: usize) -> impl Iterator<Item = String> + use<> {
    let count = list.as_array().map_or(0, Vec::len);
    let count = if count < at_least { 0 } else { count };
    (0..count).map(|index| index.to_string())
}

/// As a part of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('/', "~1")
}
