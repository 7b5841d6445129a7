//! The kinds of things in Vault that the files can own: one file each, and one list, [`kind`].
//!
//! Every kind has one canonical type. Files and Vault's answers are deserialized into it by the
//! same code, and a resource has changed if and only if the two values differ by `==`.

mod address;
mod auth_mount;
mod availability;
mod aws_lease;
mod aws_role;
mod aws_root;
mod aws_static_role;
mod credentials;
mod held;
mod jwt_cel_role;
mod jwt_config;
mod jwt_role;
mod kind;
mod managed;
mod mount;
mod place;
mod policy;
mod registry;
mod secrets_mount;
mod unreadable;

pub(crate) use address::{Address, Folder};
pub(crate) use auth_mount::AuthMount;
#[cfg(test)]
pub(crate) use auth_mount::MountTokenType;
pub(crate) use availability::{Availability, PartialField};
pub(crate) use aws_lease::AwsLease;
pub(crate) use aws_role::{AwsRole, CredentialType};
pub(crate) use aws_root::AwsRoot;
pub(crate) use aws_static_role::AwsStaticRole;
pub(crate) use credentials::RootCredentials;
pub(crate) use held::Held;
pub(crate) use jwt_cel_role::JwtCelRole;
pub(crate) use jwt_config::{GOOGLE, JwtConfig};
pub(crate) use jwt_role::{BoundClaimsType, JwtRole, RoleType, TokenType};
pub(crate) use kind::{Kind, Rank};
pub(crate) use managed::{Accessors, Known, Managed, Unchangeable, UnmanagedKey, Write};
pub(crate) use mount::UserLockout;
#[cfg(test)]
pub(crate) use mount::{ListingVisibility, MountOptions};
pub(crate) use place::{MountType, Place, Table};
pub(crate) use policy::{CAS, POLICIES, Policy};
pub(crate) use registry::{Resource, Typed, of_type};
pub(crate) use secrets_mount::SecretsMount;
pub(crate) use unreadable::Unreadable;
