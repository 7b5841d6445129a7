//! What auth methods and secrets engines have in common in `sys/auth` and `sys/mounts`.

use serde_json::{Map, Value};

/// Attributes that the server sets by itself.
pub(super) const READ_ONLY: &[&str] = &[
    "accessor",
    "deprecation_status",
    "running_plugin_version",
    "running_sha256",
    "uuid",
];

/// Lifts the fields of `config` beside the description, as files write them.
pub(super) fn flatten(mut data: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(config)) = data.remove("config") {
        data.extend(config);
    }
    data.retain(|name, value| name != "listing_visibility" || value.as_str() != Some(""));
    data
}

/// The body that mounts a method or engine with its settings in one request.
pub(super) fn enable(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::new();
    for name in ["type", "description"] {
        body.extend(fields.remove_entry(name));
    }
    body.insert("config".into(), fields.into());
    body
}

/// The body that tunes an existing mount; its type can't change.
pub(super) fn tune(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.remove("type");
    fields
}
