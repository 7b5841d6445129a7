//! What every kind of resource says of itself.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::address::Address;
use super::availability::PartialField;
use super::credentials::RootCredentials;
use super::kind::Rank;
use super::place::{MountType, Place};
use super::unreadable::Unreadable;
use crate::acl::Capability;
use crate::value::SecretError;

/// How `unmanaged` in the files names the resources of a kind that no command touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnmanagedKey {
    /// The key under `unmanaged`.
    pub(crate) key: &'static str,
    /// What the key holds, for the documentation.
    pub(crate) description: &'static str,
    /// Whether Vault lowercases the names, so that case means nothing in a glob.
    pub(crate) ignores_case: bool,
}

/// The accessors of auth mounts, by mount path.
pub(crate) type Accessors = BTreeMap<String, String>;

/// What is known only once Vault was read.
#[derive(Debug)]
pub(crate) struct Known<'a, T> {
    /// The accessors of the auth mounts.
    pub(crate) accessors: &'a Accessors,
    /// Where the files say that the resource's key comes from.
    pub(crate) credentials: Option<&'a RootCredentials>,
    /// The resource as it is in Vault.
    pub(crate) live: Option<&'a T>,
}

/// A request that writes a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Write {
    /// The API path without `v1/`.
    pub(crate) path: String,
    /// The JSON object to send.
    pub(crate) body: Map<String, Value>,
}

/// What Vault answered, as a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer<T> {
    /// Its canonical form, or why it has none.
    pub(crate) held: T,
    /// Attributes that are set in Vault and that no file can hold.
    pub(crate) unmodelled: Map<String, Value>,
}

/// A field that Vault sets once, when it makes the resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("with `{field}: {found}`, and the files have `{wanted}` there; Vault sets that once")]
pub(crate) struct Unchangeable {
    /// Its name.
    pub(crate) field: &'static str,
    /// What Vault has.
    pub(crate) found: String,
    /// What the files have.
    pub(crate) wanted: String,
}

/// One kind of resource: its canonical type, and all that is particular to it.
pub(crate) trait Managed:
    Clone + Default + PartialEq + Serialize + DeserializeOwned
{
    /// What people call it: `JWT role`.
    const TITLE: &'static str;
    /// When it is written, relative to the others.
    const RANK: Rank;
    /// Where Vault keeps it.
    const PLACE: Place;
    /// Its key in the files: in the entry of the mount that it lives in, otherwise in `vault.yaml` itself.
    const KEY: &'static str;
    /// How the files name those that are left alone. A listed kind has such a key.
    const UNMANAGED: Option<UnmanagedKey> = None;
    /// Where it gives credentials: the folders of its mount in which its name is asked for.
    const CREDENTIALS: &'static [&'static str] = &[];
    /// Whether what needs it has to wait for its updates too, and not only for its creation.
    const GATES_UPDATES: bool = false;
    /// Whether import has a shorter form for it than all of its fields.
    const HAS_SHORT_FORM: bool = false;
    /// What a policy has to allow for creating one. Vault asks for `create` only where it looks whether something is
    /// there already.
    const CREATE: &'static [Capability] = &[Capability::Update];
    /// What a policy has to allow for deleting one.
    const DELETE: &'static [Capability] = &[Capability::Delete];
    /// Attributes that Vault answers and that nobody sets.
    const READ_ONLY: &'static [&'static str] = &[];
    /// Attributes that no file can hold, with the value they have when nobody set them.
    const UNSET: &'static [(&'static str, &'static str)] = &[];
    /// Fields that not every server has.
    const PARTIAL: &'static [PartialField] = &[];
    /// Fields that every answer has: without them, it is not understood.
    const ESSENTIAL: &'static [&'static str] = &[];
    /// Fields that may hold a secret, where an answer is not of the form that Vault's API documents.
    const CONFIDENTIAL: &'static [&'static str] = &[];
    /// Whether a write clears what it does not carry, so that it has to carry the unmodelled attributes too.
    const REPLACED: bool = false;

    /// Brings an answer of Vault's into the shape of this type's fields.
    fn flatten(data: Map<String, Value>) -> Map<String, Value> {
        data
    }

    /// The request that creates it.
    fn create(&self, address: &Address) -> Write {
        Write {
            path: address.path(),
            body: self.fields(),
        }
    }

    /// The request that makes an existing one equal to this.
    fn update(&self, address: &Address, _live: &Self) -> Write {
        self.create(address)
    }

    /// Whether Vault refuses to turn the live one into this, so that it has to be deleted and created again.
    fn replaces(&self, _live: &Self) -> bool {
        false
    }

    /// What a write has to say of the value that it replaces, as Vault answered it, so that a write of someone else
    /// in between is not lost; empty if there is no value.
    fn guard(_live: Option<&Map<String, Value>>) -> Map<String, Value> {
        Map::new()
    }

    /// What is set of it that not every server has.
    fn partial_fields(&self) -> Vec<PartialField> {
        partial_fields(self)
    }

    /// Why a write of this takes an attribute away that is set in Vault and that no file can hold, if it does.
    fn loses(&self, _attribute: &str) -> Option<&'static str> {
        None
    }

    /// Takes out of the attributes that a write carries along those that Vault refuses in it.
    fn prune_carried(&self, carried: &mut Map<String, Value>) {
        carried.retain(|attribute, _| self.loses(attribute).is_none());
    }

    /// The setting that Vault can't change from the live one to this.
    fn unchangeable(&self, _live: &Self) -> Option<Unchangeable> {
        None
    }

    /// Every managed field by name.
    fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            other => unreachable!("a resource serializes to an object, not to {other:?}"),
        }
    }

    /// The type of mount that it is, for the kinds that are mounts.
    fn mount_type(&self) -> Option<MountType<'_>> {
        None
    }

    /// What has to be there first, besides the mount that it lives in.
    fn needs(&self) -> Vec<Address> {
        Vec::new()
    }

    /// The same with what is known only once Vault was read; none where that changes nothing.
    fn resolve(&self, _known: Known<'_, Self>) -> Option<Self> {
        None
    }

    /// Adds the secrets that go with a write to its body, and what Vault then shows of them to the resource.
    ///
    /// # Errors
    /// When a secret can't be read.
    fn add_secrets(
        &mut self,
        _body: &mut Map<String, Value>,
        _credentials: &RootCredentials,
    ) -> Result<(), SecretError> {
        Ok(())
    }

    /// Its fields as import writes them: in the order of the documentation, without those that are not set.
    fn written(&self, _address: &Address) -> Vec<(String, Value)> {
        set_fields(self)
    }

    /// Why no file can hold it, if that is so.
    fn unwritable(&self) -> Option<&'static str> {
        None
    }

    /// The canonical form of what Vault answered.
    fn parse(data: Map<String, Value>) -> Answer<Result<Self, Unreadable>> {
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
        Answer {
            held: read(fields),
            unmodelled,
        }
    }
}

/// The resource with these fields, none of which is null.
fn read<T: Managed>(fields: Map<String, Value>) -> Result<T, Unreadable> {
    let essential = T::ESSENTIAL.iter().copied();
    let missing: Vec<&str> = essential
        .filter(|name| !fields.contains_key(*name))
        .collect();
    let fields = Value::Object(fields);
    match T::deserialize(&fields) {
        Ok(resource) if missing.is_empty() => Ok(resource),
        _ => {
            let unreadable = Unreadable::of(&fields, T::CONFIDENTIAL, T::fields);
            Err(unreadable.without(&missing))
        }
    }
}

/// The fields that differ from those of a resource of which nothing is set, in the order of the type.
pub(super) fn set_fields<T: Managed>(resource: &T) -> Vec<(String, Value)> {
    let unset = T::default().fields();
    let mut fields = resource.fields();
    fields.retain(|name, value| unset.get(name) != Some(value));
    let names = known_fields::<T>().iter();
    names
        .filter_map(|name| fields.remove_entry(*name))
        .collect()
}

/// The fields that are set and that not every server has.
pub(super) fn partial_fields<T: Managed>(resource: &T) -> Vec<PartialField> {
    if T::PARTIAL.is_empty() {
        return Vec::new();
    }
    let set = set_fields(resource);
    let is_set = |field: &&PartialField| set.iter().any(|(name, _)| name == field.shown);
    T::PARTIAL.iter().filter(is_set).copied().collect()
}

/// The names of a type's fields, as its `Deserialize` gives them.
fn known_fields<T: DeserializeOwned>() -> &'static [&'static str] {
    serde_aux::prelude::serde_introspect::<T>()
}

fn is_set<T: Managed>(name: &str, value: &Value) -> bool {
    let mut unset = T::UNSET.iter();
    if let Some((_, text)) = unset.find(|(field, _)| *field == name) {
        // What nobody set is not what is empty: `false` may be intended.
        let default: Option<Value> = serde_json::from_str(text).ok();
        let is_absent = value.is_null() || value.as_str() == Some("");
        return !is_absent && default.as_ref() != Some(value);
    }
    let is_empty = match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    };
    !is_empty
}
