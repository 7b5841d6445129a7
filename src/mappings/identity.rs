//! `identity`: whether `drift` looks at entities and groups, which belong to no mount of the files.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use crate::desired::IdentityWatch;

/// That `drift` looks at entities and groups.
#[derive(Debug, Clone)]
pub(crate) struct IdentityEntry(pub(super) IdentityWatch);

const WATCH: &str = "watch";

/// That `drift` looks at entities and groups, except for some.
///
/// ```yaml mappings/vault.yaml
/// identity: {except: [platform-team]}
/// ```
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IdentitySettings {
    /// The names of entities and groups that may have their policies.
    except: BTreeSet<String>,
}

impl<'de> Deserialize<'de> for IdentityEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WatchOrSettings;

        impl<'de> Visitor<'de> for WatchOrSettings {
            type Value = IdentityEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`watch`, or a mapping with `except`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<IdentityEntry, E> {
                match text {
                    WATCH => Ok(IdentityEntry(IdentityWatch::default())),
                    other => Err(E::unknown_variant(other, &[WATCH])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<IdentityEntry, A::Error> {
                let IdentitySettings { except } =
                    IdentitySettings::deserialize(MapAccessDeserializer::new(map))?;
                Ok(IdentityEntry(IdentityWatch { except }))
            }
        }

        deserializer.deserialize_any(WatchOrSettings)
    }
}

impl JsonSchema for IdentityEntry {
    fn schema_name() -> Cow<'static, str> {
        "IdentityEntry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let settings = generator.subschema_for::<IdentitySettings>();
        json_schema!({"anyOf": [{"const": WATCH}, settings]})
    }
}
