//! The kinds of things in Vault that the files can own: one file each, and one list, `kinds!`.
//!
//! Every kind has one canonical type. Files and Vault's answers are deserialized into it by the
//! same code, and a resource has changed if and only if the two values differ by `==`.

mod address;
mod auth_mount;
mod aws_lease;
mod aws_role;
mod aws_root;
mod jwt_config;
mod jwt_role;
mod kind;
mod mount;
mod place;
mod policy;
mod secrets_mount;

pub(crate) use address::{Address, Folder};
pub(crate) use auth_mount::{AuthMount, ListingVisibility, MountTokenType};
pub(crate) use aws_lease::AwsLease;
pub(crate) use aws_role::{AwsRole, CredentialType};
pub(crate) use aws_root::{AwsRoot, RootCredentials};
pub(crate) use jwt_config::JwtConfig;
pub(crate) use jwt_role::{BoundClaimsType, JwtRole, RoleType, TokenType};
pub(crate) use kind::{Answer, Known, Managed, Rank, Typed, UnmanagedKey, Unreadable, Write};
pub(crate) use place::{MountType, Place, Table};
pub(crate) use policy::{Accessors, Policy};
pub(crate) use secrets_mount::SecretsMount;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::acl::Capability;
use crate::value::SecretError;

/// Declares the enums over all kinds from the one list of them.
macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// A kind of resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Kind {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind),*
        }

        /// A resource of any kind, in its canonical form. Behind a pointer: there are many of the small kinds.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "fields", rename_all = "snake_case", deny_unknown_fields)]
        pub(crate) enum Resource {
            $(#[doc = concat!("See [`", stringify!($kind), "`].")] $kind(Box<$kind>)),*
        }

        $(impl From<$kind> for Resource {
            fn from(resource: $kind) -> Self {
                Self::$kind(Box::new(resource))
            }
        }

        impl Typed for $kind {
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
            /// Every kind.
            pub(crate) const ALL: &[Self] = &[$(Self::$kind),*];

            /// What people call it: `JWT role`.
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$kind => <$kind as Managed>::TITLE),* }
            }

            /// When it is written, relative to the others.
            pub(crate) const fn rank(self) -> Rank {
                match self { $(Self::$kind => <$kind as Managed>::RANK),* }
            }

            /// Where Vault keeps it.
            pub(crate) const fn place(self) -> Place {
                match self { $(Self::$kind => <$kind as Managed>::PLACE),* }
            }

            /// Its key in the files: in the entry of its mount, otherwise in `vault.yaml` itself.
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$kind => <$kind as Managed>::KEY),* }
            }

            /// How the files name those that are left alone.
            pub(crate) const fn unmanaged(self) -> Option<UnmanagedKey> {
                match self { $(Self::$kind => <$kind as Managed>::UNMANAGED),* }
            }

            /// Whether what needs it has to wait for its updates too, and not only for its creation.
            pub(crate) const fn gates_updates(self) -> bool {
                match self { $(Self::$kind => <$kind as Managed>::GATES_UPDATES),* }
            }

            /// Whether import has a shorter form for it than all of its fields.
            pub(crate) const fn has_short_form(self) -> bool {
                match self { $(Self::$kind => <$kind as Managed>::HAS_SHORT_FORM),* }
            }

            /// Whether a write clears the attributes that it does not carry.
            pub(crate) const fn is_replaced(self) -> bool {
                match self { $(Self::$kind => <$kind as Managed>::REPLACED),* }
            }

            /// What a policy has to allow for creating one.
            pub(crate) const fn create_needs(self) -> &'static [Capability] {
                match self { $(Self::$kind => <$kind as Managed>::CREATE),* }
            }

            /// What a policy has to allow for deleting one.
            pub(crate) const fn delete_needs(self) -> &'static [Capability] {
                match self { $(Self::$kind => <$kind as Managed>::DELETE),* }
            }

            /// The canonical form of what Vault answered.
            ///
            /// # Errors
            /// When a field holds something that this kind of resource can't hold.
            pub(crate) fn parse(self, data: Map<String, Value>) -> Result<Answer<Resource>, Unreadable> {
                match self {
                    $(Self::$kind => Ok(<$kind as Managed>::parse(data)?.map(Resource::from))),*
                }
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
            pub(crate) fn resolve(&self, known: Known<'_>) -> Option<Self> {
                match self { $(Self::$kind(resource) => resource.resolve(known).map(Self::from)),* }
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

            /// The request that makes Vault hold exactly this, with every managed field.
            ///
            /// `live` is what Vault holds now.
            pub(crate) fn write(&self, address: &Address, live: Option<&Resource>) -> Write {
                match self {
                    $(Self::$kind(resource) => match live {
                        Some(_) => resource.update(address),
                        None => resource.create(address),
                    }),*
                }
            }
        }
    };
}

kinds! {
    AuthMount,
    SecretsMount,
    JwtConfig,
    AwsRoot,
    AwsLease,
    Policy,
    JwtRole,
    AwsRole,
}

impl Kind {
    /// The kinds that live in mounts of this type.
    pub(crate) fn in_mount(mount_type: MountType<'_>) -> impl Iterator<Item = Self> {
        let all = Self::ALL.iter().copied();
        all.filter(move |kind| kind.place().mount_type() == Some(mount_type))
    }
}

/// The resources of one type, with their addresses, in the order of reports.
pub(crate) fn of_type<'r, T: Typed + 'r>(
    resources: &'r BTreeMap<Address, Resource>,
) -> impl Iterator<Item = (&'r Address, &'r T)> {
    let resources = resources.iter();
    resources.filter_map(|(address, resource)| Some((address, T::of(resource)?)))
}
