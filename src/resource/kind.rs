//! What every kind of resource says of itself.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Address, Kind};
use crate::acl::Capability;

/// The order of writes; deletes go the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rank {
    /// Auth methods and secrets engines.
    Mounts,
    /// Configuration of a mount.
    Config,
    /// Policies, which may name a mount's accessor.
    Policies,
    /// Roles, which hand out policies and credentials.
    Roles,
}

/// How the resources of a kind are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// From one answer that lists all of them at this path, keyed by mount path and a slash.
    Table(&'static str),
    /// Each at its own path; which ones are looked at is for the files to say.
    One,
    /// Each at its own path, found by listing the folder that they are in.
    Listed,
}

/// A request that writes a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Write {
    /// The API path without `v1/`.
    pub(crate) path: String,
    /// The JSON object to send.
    pub(crate) body: Map<String, Value>,
}

/// A resource as Vault answered it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer<T> {
    /// Its canonical form.
    pub(crate) resource: T,
    /// Attributes that are set in Vault and that no file can hold.
    pub(crate) unmodelled: Map<String, Value>,
}

impl<T> Answer<T> {
    pub(super) fn map<U>(self, wrap: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            resource: wrap(self.resource),
            unmodelled: self.unmodelled,
        }
    }
}

/// An answer of Vault's that is not of the shape its API documents.
#[derive(Debug, thiserror::Error)]
#[error("Vault's {title} is not of the form that its API documents: {error}")]
pub(crate) struct Unreadable {
    title: &'static str,
    error: serde_json::Error,
}

/// One kind of resource: its canonical type and where Vault keeps it.
pub(crate) trait Managed: Clone + PartialEq + Serialize + DeserializeOwned {
    /// What people call it: `JWT role`.
    const TITLE: &'static str;
    /// When it is written, relative to the others.
    const RANK: Rank;
    /// How it is read.
    const READ: Read;
    /// The kind of mount that it lives in.
    const MOUNT: Option<Kind>;
    /// What a policy has to allow for creating one. Vault asks for `create` only where it looks whether something is
    /// there already.
    const CREATE: &'static [Capability] = &[Capability::Update];
    /// What a policy has to allow for deleting one.
    const DELETE: &'static [Capability] = &[Capability::Delete];
    /// Attributes that Vault answers and that nobody sets.
    const READ_ONLY: &'static [&'static str] = &[];
    /// Attributes that no file can hold, with the value they have when nobody set them.
    const UNSET: &'static [(&'static str, &'static str)] = &[];
    /// Whether a write clears what it does not carry, so that it has to carry the unmodelled attributes too.
    const REPLACED: bool = false;

    /// The API path without `v1/` at which it is read, written and deleted.
    fn path(address: &Address) -> String;

    /// Brings an answer of Vault's into the shape of this type's fields.
    fn flatten(data: Map<String, Value>) -> Map<String, Value> {
        data
    }

    /// The request that creates it.
    fn create(&self, address: &Address) -> Write {
        Write {
            path: Self::path(address),
            body: self.fields(),
        }
    }

    /// The request that makes an existing one equal to this.
    fn update(&self, address: &Address) -> Write {
        self.create(address)
    }

    /// Every managed field by name.
    fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            other => unreachable!("a resource serializes to an object, not to {other:?}"),
        }
    }

    /// The canonical form of what Vault answered.
    ///
    /// # Errors
    /// When a field holds something that this type can't hold.
    fn parse(data: Map<String, Value>) -> Result<Answer<Self>, Unreadable> {
        let unreadable = |error| Unreadable {
            title: Self::TITLE,
            error,
        };
        let mut fields = Self::flatten(data);
        let mut unmodelled = Map::new();
        let known = known_fields::<Self>();
        fields.retain(|name, value| {
            let is_known = known.contains(&name.as_str());
            let is_ours = is_known || Self::READ_ONLY.contains(&name.as_str());
            if !is_ours && is_set::<Self>(name, value) {
                unmodelled.insert(name.clone(), value.take());
            }
            is_known && !value.is_null()
        });
        let resource = serde_json::from_value(Value::Object(fields)).map_err(unreadable)?;
        Ok(Answer {
            resource,
            unmodelled,
        })
    }
}

/// The names of a type's fields, as its `Deserialize` gives them.
fn known_fields<T: DeserializeOwned>() -> &'static [&'static str] {
    serde_aux::prelude::serde_introspect::<T>()
}

fn is_set<T: Managed>(name: &str, value: &Value) -> bool {
    let empty = match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    };
    let unset = T::UNSET.iter().any(|(field, text)| {
        *field == name && serde_json::from_str(text).ok().as_ref() == Some(value)
    });
    !empty && !unset
}
