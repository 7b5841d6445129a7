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
mod policy;
mod secrets_mount;

pub(crate) use address::Address;
pub(crate) use auth_mount::{AuthMount, ListingVisibility, MountTokenType};
pub(crate) use aws_lease::AwsLease;
pub(crate) use aws_role::{AwsRole, CredentialType};
pub(crate) use aws_root::AwsRoot;
pub(crate) use jwt_config::{HIDDEN_KEY, JwtConfig};
pub(crate) use jwt_role::{BoundClaimsType, JwtRole, RoleType, TokenType};
pub(crate) use kind::{Answer, Managed, Rank, Read, Unreadable, Write};
pub(crate) use policy::{Accessors, Policy};
pub(crate) use secrets_mount::SecretsMount;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::acl::Capability;

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

            /// How it is read from Vault.
            pub(crate) const fn read(self) -> Read {
                match self { $(Self::$kind => <$kind as Managed>::READ),* }
            }

            /// The kind of mount that it lives in, if it does.
            pub(crate) const fn mount(self) -> Option<Self> {
                match self { $(Self::$kind => <$kind as Managed>::MOUNT),* }
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

            fn path(self, address: &Address) -> String {
                match self { $(Self::$kind => <$kind as Managed>::path(address)),* }
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
