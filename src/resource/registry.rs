//! A resource of any kind, and what its kind says of it: nothing else has a `match` over kinds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::address::Address;
use super::availability::PartialField;
use super::credentials::RootCredentials;
use super::kind::{Kind, Rank, with_kinds};
use super::managed::{Answer, Known, Managed, Unchangeable, UnmanagedKey, Write};
use super::place::{MountType, Place};
use super::unreadable::Unreadable;
use crate::acl::Capability;
use crate::value::SecretError;

/// A type of resource and its kind, which is its name in the list [`Kind`].
pub(crate) trait Typed: Into<Resource> {
    /// The kind.
    const KIND: Kind;

    /// The resource, if it is of this type.
    fn of(resource: &Resource) -> Option<&Self>;
}

macro_rules! dispatch {
    ($($kind:ident),* $(,)?) => {
        /// A resource of any kind, in its canonical form. Behind a pointer: there are many of the small kinds.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "fields", rename_all = "snake_case", deny_unknown_fields)]
        pub(crate) enum Resource {
            $(#[doc = concat!("See [`", stringify!($kind), "`](super::", stringify!($kind), ").")] $kind(Box<super::$kind>)),*
        }

        $(impl From<super::$kind> for Resource {
            fn from(resource: super::$kind) -> Self {
                Self::$kind(Box::new(resource))
            }
        }

        impl Typed for super::$kind {
            const KIND: Kind = Kind::$kind;

            #[allow(unreachable_patterns, reason = "there may be one kind only")]
            fn of(resource: &Resource) -> Option<&Self> {
                match resource {
                    Resource::$kind(resource) => Some(resource),
                    _ => None,
                }
            }
        })*

        impl Kind {
            /// What people call it: `JWT role`.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$kind => <super::$kind as Managed>::TITLE),* }
            }

            /// The folders of its mount in which its name is asked for, where it gives credentials.
            pub(crate) const fn credentials(self) -> &'static [&'static str] {
                match self { $(Self::$kind => <super::$kind as Managed>::CREDENTIALS),* }
            }

            /// When it is written, relative to the others.
            pub(crate) const fn rank(self) -> Rank {
                match self { $(Self::$kind => <super::$kind as Managed>::RANK),* }
            }

            /// Where Vault keeps it.
            pub(crate) const fn place(self) -> Place {
                match self { $(Self::$kind => <super::$kind as Managed>::PLACE),* }
            }

            /// Its key in the files: in the entry of its mount, otherwise in `vault.yaml` itself.
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$kind => <super::$kind as Managed>::KEY),* }
            }

            /// How the files name those that are left alone.
            pub(crate) const fn unmanaged(self) -> Option<UnmanagedKey> {
                match self { $(Self::$kind => <super::$kind as Managed>::UNMANAGED),* }
            }

            /// Whether what needs it has to wait for its updates too, and not only for its creation.
            pub(crate) const fn gates_updates(self) -> bool {
                match self { $(Self::$kind => <super::$kind as Managed>::GATES_UPDATES),* }
            }

            /// Whether import has a shorter form for it than all of its fields.
            pub(crate) const fn has_short_form(self) -> bool {
                match self { $(Self::$kind => <super::$kind as Managed>::HAS_SHORT_FORM),* }
            }

            /// Whether a write clears the attributes that it does not carry.
            pub(crate) const fn is_replaced(self) -> bool {
                match self { $(Self::$kind => <super::$kind as Managed>::REPLACED),* }
            }

            /// What a write has to say of the value that it replaces.
            pub(crate) fn guard(self, live: Option<&Map<String, Value>>) -> Map<String, Value> {
                match self { $(Self::$kind => <super::$kind as Managed>::guard(live)),* }
            }

            /// Its fields that not every server has.
            #[cfg(test)]
            pub(crate) const fn partial_fields(self) -> &'static [PartialField] {
                match self { $(Self::$kind => <super::$kind as Managed>::PARTIAL),* }
            }

            /// What a policy has to allow for creating one.
            pub(crate) const fn create_needs(self) -> &'static [Capability] {
                match self { $(Self::$kind => <super::$kind as Managed>::CREATE),* }
            }

            /// What a policy has to allow for deleting one.
            pub(crate) const fn delete_needs(self) -> &'static [Capability] {
                match self { $(Self::$kind => <super::$kind as Managed>::DELETE),* }
            }

            /// The canonical form of the fields that Vault answered.
            pub(super) fn parse_fields(self, data: Map<String, Value>) -> Answer<Result<Resource, Unreadable>> {
                match self {
                    $(Self::$kind => {
                        let Answer { held, unmodelled } = <super::$kind as Managed>::parse(data);
                        Answer { held: held.map(Resource::from), unmodelled }
                    }),*
                }
            }

            /// A resource with these fields in canonical form, and nothing else set.
            pub(super) fn of_fields(self, fields: Map<String, Value>) -> Option<Resource> {
                match self {
                    $(Self::$kind => {
                        let resource = serde_json::from_value::<super::$kind>(fields.into()).ok()?;
                        Some(resource.into())
                    }),*
                }
            }

            /// The fields of a resource of which nothing is set.
            pub(crate) fn unset_fields(self) -> Map<String, Value> {
                match self { $(Self::$kind => <super::$kind>::default().fields()),* }
            }
        }

        impl Resource {
            /// Its kind.
            pub(crate) const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind),* }
            }

            /// Every managed field by name, as Vault is sent it and people are shown it.
            pub(crate) fn fields(&self) -> Map<String, Value> {
                match self { $(Self::$kind(resource) => resource.fields()),* }
            }

            /// The type of mount that it is, for the kinds that are mounts.
            pub(crate) fn mount_type(&self) -> Option<MountType<'_>> {
                match self { $(Self::$kind(resource) => resource.mount_type()),* }
            }

            /// What has to be there first, besides the mount that it lives in.
            pub(crate) fn needs(&self) -> Vec<Address> {
                match self { $(Self::$kind(resource) => resource.needs()),* }
            }

            /// The same with what is known only once Vault was read; none where that changes nothing.
            pub(crate) fn resolve(&self, known: Known<'_, Self>) -> Option<Self> {
                match self { $(Self::$kind(resource) => resource.resolve(known.of_type()).map(Self::from)),* }
            }

            /// Adds the secrets that go with a write to its body, and what Vault then shows of them to the resource.
            ///
            /// # Errors
            /// When a secret can't be read.
            pub(crate) fn add_secrets(
                &mut self,
                body: &mut Map<String, Value>,
                credentials: &RootCredentials,
            ) -> Result<(), SecretError> {
                match self { $(Self::$kind(resource) => resource.add_secrets(body, credentials)),* }
            }

            /// Its fields as import writes them: in the order of the documentation, without those that are not set.
            pub(crate) fn written(&self, address: &Address) -> Vec<(String, Value)> {
                match self { $(Self::$kind(resource) => resource.written(address)),* }
            }

            /// Why no file can hold it, if that is so.
            pub(crate) fn unwritable(&self) -> Option<&'static str> {
                match self { $(Self::$kind(resource) => resource.unwritable()),* }
            }

            /// Whether Vault refuses to turn the live one into this, so that it has to be deleted and created again.
            pub(crate) fn replaces(&self, live: &Resource) -> bool {
                match self {
                    $(Self::$kind(resource) => {
                        Typed::of(live).is_some_and(|live| resource.replaces(live))
                    }),*
                }
            }

            /// What is set of it that not every server has.
            pub(crate) fn partial_fields(&self) -> Vec<PartialField> {
                match self { $(Self::$kind(resource) => resource.partial_fields()),* }
            }

            /// Why a write of this takes an attribute away that is set in Vault and that no file can hold, if it does.
            pub(crate) fn loses(&self, attribute: &str) -> Option<&'static str> {
                match self { $(Self::$kind(resource) => resource.loses(attribute)),* }
            }

            /// Takes out of the attributes that a write carries along those that Vault refuses in it.
            pub(crate) fn prune_carried(&self, carried: &mut Map<String, Value>) {
                match self { $(Self::$kind(resource) => resource.prune_carried(carried)),* }
            }

            /// The setting that Vault can't change from the live one to this.
            pub(crate) fn unchangeable(&self, live: &Resource) -> Option<Unchangeable> {
                match self {
                    $(Self::$kind(resource) => {
                        resource.unchangeable(<super::$kind as Typed>::of(live)?)
                    }),*
                }
            }

            /// The request that makes Vault hold exactly this, with every managed field.
            ///
            /// `live` is what Vault holds now.
            pub(crate) fn write(&self, address: &Address, live: Option<&Resource>) -> Write {
                match self {
                    $(Self::$kind(resource) => match live.and_then(<super::$kind as Typed>::of) {
                        Some(live) => resource.update(address, live),
                        None => resource.create(address),
                    }),*
                }
            }
        }
    };
}

with_kinds!(dispatch);

impl Kind {
    /// The kinds that live in mounts of this type.
    pub(crate) fn in_mount(mount_type: MountType<'_>) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(move |kind| kind.place().mount_type() == Some(mount_type))
    }
}

impl MountType<'_> {
    /// Whether the files can own what is in such a mount, and not only its settings.
    pub(crate) fn has_content(self) -> bool {
        Kind::in_mount(self).next().is_some()
    }
}

impl Resource {
    /// Whether a resource with this address can live in it, by its type of mount.
    pub(crate) fn holds(&self, address: &Address) -> bool {
        address.kind.place().mount_type() == self.mount_type()
    }
}

impl<'a> Known<'a, Resource> {
    fn of_type<T: Typed>(self) -> Known<'a, T> {
        Known {
            accessors: self.accessors,
            credentials: self.credentials,
            live: self.live.and_then(T::of),
        }
    }
}

/// The resources of one type, with their addresses, in the order of reports.
pub(crate) fn of_type<'r, T: Typed + 'r>(
    resources: &'r BTreeMap<Address, Resource>,
) -> impl Iterator<Item = (&'r Address, &'r T)> {
    let resources = resources.iter();
    resources.filter_map(|(address, resource)| Some((address, T::of(resource)?)))
}
