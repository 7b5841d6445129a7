//! The tags of a mapping's sessions: the placeholders in their values.

use std::collections::BTreeMap;

use super::placeholder;
use crate::desired::{Mapping, MappingOwner};

/// What stands for each placeholder in a mapping. A project's number is not known where a group's mapping is written.
fn values(mapping: &Mapping) -> Vec<(&'static str, String)> {
    let mut values = match &mapping.owner {
        MappingOwner::Project { path, id } => vec![
            ("project_id", id.to_string()),
            ("project_path", path.to_string()),
        ],
        MappingOwner::Group { id, .. } => vec![("group_id", id.to_string())],
    };
    let environment = mapping.environment.as_ref();
    values.extend(environment.map(|name| ("environment", name.to_string())));
    values
}

/// The names of the placeholders that a mapping's tags may have.
pub(super) fn placeholders(mapping: &Mapping) -> Vec<&'static str> {
    values(mapping).into_iter().map(|(name, _)| name).collect()
}

/// The tags with their placeholders filled in.
pub(super) fn filled(
    tags: &BTreeMap<String, String>,
    mapping: &Mapping,
) -> BTreeMap<String, String> {
    if tags.is_empty() {
        return BTreeMap::new();
    }
    let values = values(mapping);
    let fill = |text: &String| {
        values.iter().fold(text.clone(), |text, (name, value)| {
            placeholder::fill(&text, name, value).unwrap_or(text)
        })
    };
    let filled = tags.iter().map(|(key, text)| (key.clone(), fill(text)));
    filled.collect()
}
