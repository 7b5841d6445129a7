//! The fields of a resource, as files write them: in the order of the documentation, without what is not set.

use serde::de::DeserializeOwned;
use serde_aux::prelude::serde_introspect;
use serde_json::{Map, Value as Json};

use super::{Entry, Value};
use crate::acl::Rule;
use crate::resource::{Address, AwsRole, AwsRoot, JwtRole, Managed, Resource};

/// The entries of a resource's own part of `vault.yaml`; a policy has none.
pub(super) fn fields(address: &Address, resource: &Resource) -> Vec<Entry> {
    match resource {
        Resource::AuthMount(mount) => set(&**mount),
        Resource::SecretsMount(mount) => set(&**mount),
        Resource::JwtConfig(config) => set(&**config),
        Resource::AwsRoot(root) => aws_root(address, root),
        Resource::AwsLease(lease) => set(&**lease),
        Resource::JwtRole(role) => jwt_role(role),
        Resource::AwsRole(role) => aws_role(role),
        Resource::Policy(_) => Vec::new(),
    }
}

/// The entries of a policy's rule.
pub(super) fn rule(rule: &Rule) -> Value {
    let fields = match serde_json::to_value(rule) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    };
    Value::Map(ordered::<Rule>(fields).collect())
}

fn set<T: Managed + Default>(resource: &T) -> Vec<Entry> {
    let unset = T::default().fields();
    let mut fields = resource.fields();
    fields.retain(|name, value| unset.get(name) != Some(value));
    ordered::<T>(fields).collect()
}

fn ordered<T: DeserializeOwned>(mut fields: Map<String, Json>) -> impl Iterator<Item = Entry> {
    let names = serde_introspect::<T>().iter();
    names.filter_map(move |name| Some(Entry::new(*name, fields.remove(*name)?)))
}

/// Where the key is, is for people to say: this names variables that no other tool reads, so that nobody's own key
/// gets into Vault by mistake.
fn aws_root(address: &Address, root: &AwsRoot) -> Vec<Entry> {
    let mut entries = set(root);
    entries.retain(|entry| entry.key != "access_key");
    if !root.access_key.is_empty() {
        let in_variables = |c: char| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        };
        let mount: String = address.mount.chars().map(in_variables).collect();
        entries.extend([
            Entry::new("access_key_env", &*format!("VAULT_{mount}_ACCESS_KEY_ID")),
            Entry::new(
                "secret_key_env",
                &*format!("VAULT_{mount}_SECRET_ACCESS_KEY"),
            ),
        ]);
    }
    entries
}

/// A claim with one value is written as that value.
fn jwt_role(role: &JwtRole) -> Vec<Entry> {
    let mut entries = set(role);
    for entry in &mut entries {
        if let ("bound_claims", Value::Map(claims)) = (entry.key.as_str(), &mut entry.value) {
            for claim in claims {
                if let Value::List(values) = &mut claim.value
                    && values.len() == 1
                {
                    claim.value = values.remove(0);
                }
            }
        }
    }
    entries
}

/// A policy document is written as the mapping that it is.
fn aws_role(role: &AwsRole) -> Vec<Entry> {
    let mut entries = set(role);
    for entry in &mut entries {
        if let ("policy_document", Value::Text(text)) = (entry.key.as_str(), &entry.value)
            && let Ok(document @ Json::Object(_)) = serde_json::from_str(text)
        {
            entry.value = document.into();
        }
    }
    entries
}
