//! The fields of a resource, as files write them: in the order of the documentation, without what is not set.

use serde::de::DeserializeOwned;
use serde_aux::prelude::serde_introspect;
use serde_json::{Map, Value as Json};

use super::{Entry, Value};
use crate::acl::Rule;
use crate::resource::{Address, Resource};

/// The entries of a resource's own part of `vault.yaml`; a policy has none.
pub(super) fn fields(address: &Address, resource: &Resource) -> Vec<Entry> {
    let fields = resource.written(address).into_iter();
    fields
        .map(|(name, value)| Entry::new(name, value))
        .collect()
}

/// The entries of a policy's rule.
pub(super) fn rule(rule: &Rule) -> Value {
    let fields = match serde_json::to_value(rule) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    };
    Value::Map(ordered::<Rule>(fields).collect())
}

fn ordered<T: DeserializeOwned>(mut fields: Map<String, Json>) -> impl Iterator<Item = Entry> {
    let names = serde_introspect::<T>().iter();
    names.filter_map(move |name| Some(Entry::new(*name, fields.remove(*name)?)))
}
