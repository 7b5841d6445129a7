//! What auth methods and secrets engines have in common in `sys/auth` and `sys/mounts`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
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

/// The type's own settings, such as `version: "2"` of a `kv` engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct MountOptions(BTreeMap<String, String>);

/// Version 1 is what a `kv` engine has that names none: so it is the same as none.
impl<'de> Deserialize<'de> for MountOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut options = BTreeMap::<String, String>::deserialize(deserializer)?;
        options.retain(|name, value| !value.is_empty() && (&**name, &**value) != ("version", "1"));
        Ok(Self(options))
    }
}

impl MountOptions {
    /// What makes them of those that are there. Vault keeps what it is not sent, and drops what it is sent as empty.
    pub(super) fn replacing(&self, live: &Self) -> Self {
        let dropped = live.0.keys().map(|name| (name.clone(), String::new()));
        Self(dropped.chain(self.0.clone()).collect())
    }
}

/// The body that mounts a method or engine with its settings in one request.
pub(super) fn enable(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::new();
    for name in ["type", "description", "options"] {
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
