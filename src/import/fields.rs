//! The fields of a resource, as files write them: in the order of the documentation, without what is not set.

use serde::de::DeserializeOwned;
use serde_aux::prelude::serde_introspect;
use serde_json::{Map, Value as Json};

use super::{ImportedEntry, ImportedValue};
use crate::acl::Rule;
use crate::resource::{Address, Resource};

/// The entries of a resource's own part of `vault.yaml`; a policy has none.
pub(super) fn fields(address: &Address, resource: &Resource) -> Vec<ImportedEntry> {
    resource
        .written(address)
        .into_iter()
        .map(|(name, value)| ImportedEntry::new(name, value))
        .collect()
}

/// The entries of a policy's rule.
pub(super) fn rule(rule: &Rule) -> ImportedValue {
    let fields = match serde_json::to_value(rule) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    };
    ImportedValue::Map(ordered::<Rule>(fields).collect())
}

fn ordered<T: DeserializeOwned>(
    mut fields: Map<String, Json>,
) -> impl Iterator<Item = ImportedEntry> {
    serde_introspect::<T>()
        .iter()
        .filter_map(move |name| Some(ImportedEntry::new(*name, fields.remove(*name)?)))
}
