//! A resource as a file declares it: with the keys beside its fields that mean nothing to Vault.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::yaml::is_close;

/// A resource of type `T`, and the keys `K` that a file may have beside its fields.
///
/// Both are read from one mapping, key by key, so that every mistake is shown at its place and an unknown key is an
/// error, which `#[serde(flatten)]` cannot do.
#[derive(Debug)]
pub(crate) struct Declared<T, K> {
    /// The resource.
    pub(crate) resource: T,
    /// The other keys.
    pub(crate) keys: K,
}

/// Keys that a file may have beside the fields of a resource.
pub(crate) trait FileKeys: Default + JsonSchema {
    /// Their names.
    const NAMES: &'static [&'static str];

    /// Reads the value of the key `name`, which is one of [`Self::NAMES`].
    fn read<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;
}

impl<T, K> Declared<T, K> {
    /// The resources among these, with their names.
    pub(crate) fn all<N>(declared: &BTreeMap<N, Self>) -> impl Iterator<Item = (&N, &T)> {
        let declared = declared.iter();
        declared.map(|(name, declared)| (name, &declared.resource))
    }
}

impl<T, K> Deref for Declared<T, K> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.resource
    }
}

impl<'de, T: Deserialize<'de>, K: FileKeys> Deserialize<'de> for Declared<T, K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = K::default();
        let resource = T::deserialize(WithoutKeys {
            deserializer,
            keys: &mut keys,
        })?;
        Ok(Self { resource, keys })
    }
}

/// A deserializer of a struct that hands the file's keys to `keys`, and everything else to the struct.
struct WithoutKeys<'k, D, K> {
    deserializer: D,
    keys: &'k mut K,
}

impl<'de, D: Deserializer<'de>, K: FileKeys> Deserializer<'de> for WithoutKeys<'_, D, K> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = FieldVisitor {
            visitor,
            fields,
            keys: self.keys,
        };
        self.deserializer.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, D::Error> {
        Err(Error::custom(
            "only a struct can have keys beside its fields",
        ))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct FieldVisitor<'k, V, K> {
    visitor: V,
    fields: &'static [&'static str],
    keys: &'k mut K,
}

impl<'de, V: Visitor<'de>, K: FileKeys> Visitor<'de> for FieldVisitor<'_, V, K> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(DeclaredFields {
            map,
            fields: self.fields,
            keys: self.keys,
        })
    }
}

struct DeclaredFields<'k, A, K> {
    map: A,
    fields: &'static [&'static str],
    keys: &'k mut K,
}

impl<'de, A: MapAccess<'de>, K: FileKeys> MapAccess<'de> for DeclaredFields<'_, A, K> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            let key = KeySeed {
                field: &mut seed,
                fields: self.fields,
                keys: PhantomData::<K>,
            };
            match self.map.next_key_seed(key)? {
                None => return Ok(None),
                Some(DeclaredKey::Field(field)) => return Ok(Some(field)),
                Some(DeclaredKey::OfFile(name)) => self.keys.read(name, &mut self.map)?,
            }
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A key by whom it belongs to.
enum DeclaredKey<F> {
    Field(F),
    OfFile(&'static str),
}

struct KeySeed<'s, S, K> {
    /// There until it is used for a field.
    field: &'s mut Option<S>,
    fields: &'static [&'static str],
    keys: PhantomData<K>,
}

impl<'de, S: DeserializeSeed<'de>, K: FileKeys> DeserializeSeed<'de> for KeySeed<'_, S, K> {
    type Value = DeclaredKey<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, S: DeserializeSeed<'de>, K: FileKeys> Visitor<'de> for KeySeed<'_, S, K> {
    type Value = DeclaredKey<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        if let Some(name) = K::NAMES.iter().find(|name| **name == key) {
            return Ok(DeclaredKey::OfFile(name));
        }
        let is_misspelt = K::NAMES.iter().any(|name| is_close(key, name));
        match self.field.take() {
            Some(field) if self.fields.contains(&key) || !is_misspelt => field
                .deserialize(StrDeserializer::new(key))
                .map(DeclaredKey::Field),
            _ => Err(E::unknown_field(key, K::NAMES)),
        }
    }
}

/// The resource's schema with the properties of the keys.
impl<T: JsonSchema, K: JsonSchema> JsonSchema for Declared<T, K> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("{} with {}", T::schema_id(), K::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = T::json_schema(generator);
        let keys = K::json_schema(generator);
        if let (Some(properties), Some(keys)) = (
            schema
                .get_mut("properties")
                .and_then(|properties| properties.as_object_mut()),
            keys.get("properties")
                .and_then(|properties| properties.as_object()),
        ) {
            properties.extend(keys.clone());
        }
        schema
    }
}
