//! `generated`: a policy whose text follows from all else that the files say.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, IntoDeserializer, MapAccess};

use super::text_or_mapping::{self, TextOrMapping};
use crate::privilege::{Extent, Purpose};
use crate::value::Invalid;

/// What a generated policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generated(pub(crate) Extent);

/// What a generated policy is for, with bounds.
///
/// ```yaml mappings/vault.yaml
/// policies:
///   vault-provisioner: {generated: {for: apply, bounded: true}}
/// ```
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GeneratedSettings {
    /// The command that the token is for.
    r#for: Purpose,
    /// Whether the token can give out only the policies that the files have now, with the text that they have now. Then
    /// it can't become root, and a new environment waits for an administrator. For `apply` only.
    #[serde(default)]
    bounded: bool,
}

impl<'de> Deserialize<'de> for Generated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_mapping::deserialize(deserializer)
    }
}

impl TextOrMapping for Generated {
    const FORMS: &'static str = "`plan`, `apply`, or a mapping with `for`";

    fn from_text<E: de::Error>(text: &str) -> Result<Self, E> {
        let purpose = Purpose::deserialize(text.into_deserializer())?;
        generated(purpose, false)
    }

    fn from_mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let settings = GeneratedSettings::deserialize(MapAccessDeserializer::new(map))?;
        generated(settings.r#for, settings.bounded)
    }
}

fn generated<E: de::Error>(purpose: Purpose, bounded: bool) -> Result<Generated, E> {
    let extent = Extent::new(purpose, bounded).ok_or_else(|| Invalid {
        problem: "`bounded` is for `apply`: what `plan` needs only reads".into(),
        help: "write `generated: plan`, or `for: apply`".into(),
    });
    extent.map(Generated).map_err(E::custom)
}

impl JsonSchema for Generated {
    fn schema_name() -> Cow<'static, str> {
        "Generated".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (purpose, settings) = (
            generator.subschema_for::<Purpose>(),
            generator.subschema_for::<GeneratedSettings>(),
        );
        json_schema!({"anyOf": [purpose, settings]})
    }
}
