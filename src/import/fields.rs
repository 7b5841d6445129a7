//! The fields of a resource, as files write them: in the order of the documentation, without what is not set.

use serde::de::DeserializeOwned;
use serde_aux::prelude::serde_introspect;
use serde_json::{Map, Value as Json};

use super::ImportedEntry;
use crate::acl::Rule;
use crate::resource::{Address, Resource};
use crate::yaml::{NewEntry, NewValue};

/// The entries of a resource's own part of `vault.yaml`; a policy has none.
pub(super) fn fields(address: &Address, resource: &Resource) -> Vec<ImportedEntry> {
    resource
        .written(address)
        .into_iter()
        .map(|(name, value)| ImportedEntry::new(name, value))
        .collect()
}

/// The entries of a policy's rule.
pub(super) fn rule<M>(rule: &Rule) -> NewValue<M> {
    let fields = match serde_json::to_value(rule) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    };
    NewValue::Map(ordered::<Rule, M>(fields).collect())
}

fn ordered<T: DeserializeOwned, M>(
    mut fields: Map<String, Json>,
) -> impl Iterator<Item = NewEntry<M>> {
    serde_introspect::<T>()
        .iter()
        .filter_map(move |name| Some(NewEntry::new(*name, fields.remove(*name)?)))
}
