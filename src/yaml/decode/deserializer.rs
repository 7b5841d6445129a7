//! serde's view of a [`Node`].

use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::error::DecodeError;
use super::wording::OneOf;
use crate::diagnostic::Span;
use crate::yaml::scalar::Plain;
use crate::yaml::tree::{Entry, Node, Scalar, Value};

type Result<T> = std::result::Result<T, DecodeError>;

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'de> {
    node: &'de Node,
}

impl<'de> NodeDeserializer<'de> {
    pub(super) fn new(node: &'de Node) -> Self {
        Self { node }
    }

    fn is_null(self) -> bool {
        matches!(&self.node.value, Value::Scalar(scalar) if scalar.meaning() == Plain::Null)
    }

    /// Hands the value to the visitor, and completes its error with what the file has here.
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let visited = match &self.node.value {
            Value::Scalar(scalar) => visit_scalar(scalar, visitor),
            Value::Sequence(items) => visitor.visit_seq(Items { items, next: 0 }),
            Value::Mapping(entries) => visitor.visit_map(Entries { entries, next: 0 }),
            Value::Invalid => Err(DecodeError::reported()),
        };
        visited.map_err(|error| error.inside(self.node))
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'de> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit(visitor)
    }

    /// A key whose value was forgotten is a mistake: `expires:` must not mean that access never ends.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    /// A list would fill the fields in the order of their declaration.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match &self.node.value {
            Value::Sequence(_) => {
                let error = DecodeError::invalid_type(Unexpected::Seq, &visitor);
                Err(error.inside(self.node))
            }
            _ => self.visit(visitor),
        }
    }

    /// `variant`, or `{variant: content}`.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let expected = OneOf(variants);
        let visited = match &self.node.value {
            Value::Scalar(_) if self.is_null() => {
                Err(DecodeError::invalid_type(Unexpected::Unit, &expected))
            }
            Value::Scalar(scalar) => visitor.visit_enum(StrDeserializer::new(&scalar.text)),
            Value::Mapping(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Variant { entry }),
                _ => Err(DecodeError::invalid_length(entries.len(), &expected)),
            },
            Value::Sequence(_) => Err(DecodeError::invalid_type(Unexpected::Seq, &expected)),
            Value::Invalid => Err(DecodeError::reported()),
        };
        visited.map_err(|error| error.inside(self.node))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

fn visit_scalar<'de, V: Visitor<'de>>(scalar: &'de Scalar, visitor: V) -> Result<V::Value> {
    match scalar.meaning() {
        Plain::Null => visitor.visit_unit(),
        Plain::Bool(value) => visitor.visit_bool(value),
        Plain::Unsigned(value) => visitor.visit_u64(value),
        Plain::Negative(value) => visitor.visit_i64(value),
        Plain::Float(value) => visitor.visit_f64(value),
        Plain::Unclear => Err(DecodeError::unclear(&scalar.text)),
        Plain::Text => visitor.visit_borrowed_str(&scalar.text),
    }
}

/// The place of a mistake in `node` as a whole: for a collection, which can be long, its beginning.
pub(super) fn place_of(node: &Node) -> Span {
    match node.value {
        Value::Scalar(_) => node.span,
        Value::Sequence(_) | Value::Mapping(_) | Value::Invalid => node.span.begin(),
    }
}

/// The place of a mistake in the value of `entry` as a whole: for a collection, its key.
pub(super) fn place_of_value(entry: &Entry) -> Span {
    match entry.value.value {
        Value::Scalar(_) => entry.value.span,
        Value::Sequence(_) | Value::Mapping(_) | Value::Invalid => entry.key_span,
    }
}

struct Items<'de> {
    items: &'de [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        while let Some(item) = self.items.get(self.next) {
            let index = self.next;
            self.next += 1;
            if item.value != Value::Invalid {
                let decoded = seed.deserialize(NodeDeserializer::new(item));
                return decoded
                    .map(Some)
                    .map_err(|error| error.located(place_of(item)).below(index));
            }
        }
        Ok(None)
    }
}

struct Entries<'de> {
    entries: &'de [Entry],
    /// The entry whose key is read next; its value follows.
    next: usize,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        while let Some(entry) = self.entries.get(self.next) {
            if entry.value.value != Value::Invalid {
                let key = decode_key(entry, seed);
                return key.map(Some).map_err(|error| error.below(self.next));
            }
            self.next += 1;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let index = self.next;
        let entry = self
            .entries
            .get(index)
            .ok_or_else(|| DecodeError::custom("a value without a key"))?;
        self.next += 1;
        decode_value(entry, seed).map_err(|error| error.below(index))
    }
}

fn decode_key<'de, S: DeserializeSeed<'de>>(entry: &'de Entry, seed: S) -> Result<S::Value> {
    seed.deserialize(BorrowedStrDeserializer::new(&entry.key))
        .map_err(|error: DecodeError| error.located(entry.key_span))
}

fn decode_value<'de, S: DeserializeSeed<'de>>(entry: &'de Entry, seed: S) -> Result<S::Value> {
    seed.deserialize(NodeDeserializer::new(&entry.value))
        .map_err(|error| error.located(place_of_value(entry)))
}

/// The only entry of a mapping that is read as an enum.
#[derive(Clone, Copy)]
struct Variant<'de> {
    entry: &'de Entry,
}

impl<'de> Variant<'de> {
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        NodeDeserializer::new(&self.entry.value)
            .visit(visitor)
            .map_err(|error| error.located(self.entry.key_span).below(0))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self)> {
        let variant = decode_key(self.entry, seed)?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        self.newtype_variant_seed(PhantomData)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        decode_value(self.entry, seed).map_err(|error| error.below(0))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.visit(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.visit(visitor)
    }
}
