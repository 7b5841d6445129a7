//! The section `unmanaged` of `vault.yaml`: what it may name, the kinds of resources say.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::desired::Unmanaged;
use crate::resource::{Kind, UnmanagedKey};

const NAME: &str = "UnmanagedEntry";

/// The keys, in alphabetical order.
static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut keys: Vec<_> = kinds().map(|(_, unmanaged)| unmanaged.key).collect();
    keys.sort_unstable();
    keys
});

/// The kinds whose resources can be left alone.
pub(super) fn kinds() -> impl Iterator<Item = (Kind, UnmanagedKey)> {
    Kind::ALL
        .iter()
        .copied()
        .filter_map(|kind| Some((kind, kind.unmanaged()?)))
}

/// Globs over names, by kind of resource.
#[derive(Debug, Default)]
pub(crate) struct UnmanagedEntry(BTreeMap<Kind, Vec<String>>);

impl UnmanagedEntry {
    /// What no command touches.
    pub(super) fn unmanaged(&self) -> Unmanaged {
        let sets = self.0.iter().filter_map(|(kind, texts)| {
            let unmanaged = kind.unmanaged()?;
            Some((*kind, set(unmanaged, texts)))
        });
        Unmanaged::new(sets)
    }
}

/// A glob over the names of a kind.
///
/// # Errors
/// When the text is not a glob.
pub(super) fn glob(unmanaged: UnmanagedKey, text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text)
        .case_insensitive(unmanaged.ignores_case)
        .build()
}

/// The valid globs; the checks report the others.
fn set(unmanaged: UnmanagedKey, texts: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for glob in texts.iter().filter_map(|text| glob(unmanaged, text).ok()) {
        set.add(glob);
    }
    set.build().unwrap_or_default()
}

impl<'de> Deserialize<'de> for UnmanagedEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(NAME, &KEYS, EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = UnmanagedEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UnmanagedEntry, A::Error> {
        let mut globs = BTreeMap::new();
        while let Some(SectionKey(kind)) = map.next_key()? {
            globs.insert(kind, map.next_value()?);
        }
        Ok(UnmanagedEntry(globs))
    }
}

/// A key of the section. It is read as one, so that a mistake is reported at the key and the rest is still read.
struct SectionKey(Kind);

impl<'de> Deserialize<'de> for SectionKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyName)
    }
}

struct KeyName;

impl Visitor<'_> for KeyName {
    type Value = SectionKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<SectionKey, E> {
        kinds()
            .find(|(_, unmanaged)| unmanaged.key == name)
            .map(|(kind, _)| SectionKey(kind))
            .ok_or_else(|| E::unknown_field(name, &KEYS))
    }
}

impl JsonSchema for UnmanagedEntry {
    fn schema_name() -> Cow<'static, str> {
        NAME.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties: Vec<_> = kinds().collect();
        properties.sort_by_key(|(_, unmanaged)| unmanaged.key);
        let property = |(_, unmanaged): (Kind, UnmanagedKey)| {
            let schema = json!({
                "description": unmanaged.description,
                "type": "array",
                "items": {"type": "string"},
                "default": [],
            });
            (unmanaged.key.to_owned(), schema)
        };
        let properties: Map<String, Value> = properties.into_iter().map(property).collect();
        json_schema!({
            "description": DESCRIPTION,
            "type": "object",
            "additionalProperties": false,
            "properties": properties,
        })
    }
}

const DESCRIPTION: &str =
    "Roles of the files' mounts, and policies that begin as those of a `for_each` do, that are someone else's. `*` stands
for any text.

```yaml mappings/vault.yaml
unmanaged:
  aws_roles: [legacy-*]
  jwt_roles: [jenkins]
  policies: [aws-audit]
```";
