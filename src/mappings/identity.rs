//! `identity`: whether `drift` looks at entities and groups, which belong to no mount of the files.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess};

use super::text_or_mapping::{self, TextOrMapping};
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
        text_or_mapping::deserialize(deserializer)
    }
}

impl TextOrMapping for IdentityEntry {
    const FORMS: &'static str = "`watch`, or a mapping with `except`";

    fn from_text<E: de::Error>(text: &str) -> Result<Self, E> {
        match text {
            WATCH => Ok(IdentityEntry(IdentityWatch::default())),
            other => Err(E::unknown_variant(other, &[WATCH])),
        }
    }

    fn from_mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let IdentitySettings { except } =
            IdentitySettings::deserialize(MapAccessDeserializer::new(map))?;
        Ok(IdentityEntry(IdentityWatch { except }))
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
