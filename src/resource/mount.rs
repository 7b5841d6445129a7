//! What auth methods and secrets engines have in common in `sys/auth` and `sys/mounts`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::availability::{Availability, PartialField};
use super::managed::Unchangeable;
use crate::value::Ttl;

/// Attributes that the server sets by itself.
pub(super) const READ_ONLY: &[&str] = &[
    "accessor",
    "deprecation_status",
    "running_plugin_version",
    "running_sha256",
    "uuid",
];

/// What OpenBao does not have.
pub(super) const PARTIAL: &[PartialField] = &[
    PartialField::new("delegated_auth_accessors", Availability::Vault),
    PartialField::new("allowed_managed_keys", Availability::Vault),
    PartialField::new("identity_token_key", Availability::Vault),
    PartialField::new("trim_request_trailing_slashes", Availability::Vault),
];

const LOCKOUT: &str = "user_lockout_config";
const PLUGIN_VERSION: &str = "plugin_version";

/// Lifts the fields of `config` beside the description, as files write them.
pub(super) fn flatten(mut data: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Object(config)) = data.remove("config") {
        data.extend(config);
    }
    data.retain(|name, value| name != "listing_visibility" || value.as_str() != Some(""));
    if let Some(Value::Object(lockout)) = data.get_mut(LOCKOUT) {
        // Vault takes `lockout_threshold`, and answers `user_lockout_threshold`.
        *lockout = std::mem::take(lockout)
            .into_iter()
            .map(|(name, value)| match name.strip_prefix("user_") {
                Some(taken) => (taken.to_owned(), value),
                None => (name, value),
            })
            .collect();
    }
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

/// Whether a mount is listed in the unauthenticated UI endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListingVisibility {
    /// It is not shown.
    #[default]
    Hidden,
    /// It is shown, also to those who have not logged in.
    Unauth,
}

/// When a method locks a user out; all zero is the server's default.
///
/// ```yaml mappings/vault.yaml
/// auth:
///   machines:
///     type: approle
///     user_lockout_config: {lockout_threshold: 5, lockout_duration: 10m}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserLockout {
    /// After how many failed logins.
    pub(crate) lockout_threshold: u64,
    /// For how long.
    pub(crate) lockout_duration: Ttl,
    /// After how long without a failed login these are forgotten.
    pub(crate) lockout_counter_reset_duration: Ttl,
    /// Whether nobody is locked out.
    pub(crate) lockout_disable: bool,
}

/// What Vault takes beside `config` when it mounts.
const BESIDE_CONFIG: &[&str] = &[
    "type",
    "description",
    "options",
    "local",
    "seal_wrap",
    "external_entropy_access",
];

/// What Vault takes when it mounts, and ignores afterwards.
const FIXED: &[&str] = &[
    "type",
    "local",
    "seal_wrap",
    "external_entropy_access",
    "force_no_cache",
];

/// What Vault can set and not take away: the version of a plugin, and that a `kv` engine has versions.
const ONE_WAY: &[&str] = &[PLUGIN_VERSION, "options.version"];

/// The body that mounts a method or engine with its settings in one request. The lockout of users can only be tuned.
pub(super) fn enable(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut body = Map::new();
    for name in BESIDE_CONFIG {
        body.extend(fields.remove_entry(*name));
    }
    fields.remove(LOCKOUT);
    body.insert("config".into(), fields.into());
    body
}

/// The body that tunes an existing mount.
pub(super) fn tune(
    mut fields: Map<String, Value>,
    live: &Map<String, Value>,
) -> Map<String, Value> {
    fields.retain(|name, value| {
        // Vault refuses the lockout for most types, and to name no version of the plugin.
        let is_refused = [LOCKOUT, PLUGIN_VERSION].contains(&name.as_str());
        let is_same = live.get(name) == Some(value);
        let is_left_out = FIXED.contains(&name.as_str()) || (is_refused && is_same);
        !is_left_out
    });
    clear_options(&mut fields, live);
    fields
}

/// Vault keeps the options that it is not sent, and drops those that it is sent as empty.
fn clear_options(fields: &mut Map<String, Value>, live: &Map<String, Value>) {
    if let (Some(Value::Object(options)), Some(Value::Object(live))) =
        (fields.get_mut("options"), live.get("options"))
    {
        for name in live.keys() {
            options.entry(name).or_insert_with(|| "".into());
        }
    }
}

/// The setting of an existing mount that Vault can't change.
pub(super) fn unchangeable(
    fields: Map<String, Value>,
    live: Map<String, Value>,
) -> Option<Unchangeable> {
    let (fields, live) = (Value::from(fields), Value::from(live));
    let fixed = FIXED.iter().find(|name| fields.get(name) != live.get(name));
    let one_way = || {
        let mut one_way = ONE_WAY.iter();
        one_way.find(|name| shown(&fields, name).is_empty() && !shown(&live, name).is_empty())
    };
    let field = fixed.or_else(one_way)?;
    Some(Unchangeable {
        field,
        found: shown(&live, field),
        wanted: shown(&fields, field),
    })
}

/// A field as people read it, by its name and those of the fields inside.
fn shown(fields: &Value, field: &str) -> String {
    let value = field
        .split('.')
        .try_fold(fields, |value, name| value.get(name));
    match value {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
