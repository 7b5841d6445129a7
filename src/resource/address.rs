//! Which resource is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kind::{Kind, Rank};
use super::place::{MountType, Place, Table};

/// One resource: its kind, the mount that it is or lives in, and its name there.
///
/// The order is that in which reports list resources: by rank, kind, mount and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub(crate) struct Address {
    /// Its kind.
    pub(crate) kind: Kind,
    /// The path of the mount, without a slash at the end; empty where the kind lives in no mount.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) mount: String,
    /// The name of a role or policy; empty for mounts and their configuration.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
}

/// The parts of an address as a saved plan holds them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    kind: Kind,
    #[serde(default)]
    mount: String,
    #[serde(default)]
    name: String,
}

/// Parts that are not the address of a resource of their kind.
#[derive(Debug, thiserror::Error)]
#[error("a {} is addressed by {}", kind.title(), needed(*kind))]
pub(crate) struct AddressParts {
    kind: Kind,
}

fn needed(kind: Kind) -> &'static str {
    match kind.place().parts() {
        (true, true) => "a mount and a name",
        (true, false) => "a mount and no name",
        (false, _) => "a name and no mount",
    }
}

impl TryFrom<Parts> for Address {
    type Error = AddressParts;

    fn try_from(parts: Parts) -> Result<Self, AddressParts> {
        let Parts { kind, mount, name } = parts;
        if (!mount.is_empty(), !name.is_empty()) == kind.place().parts() {
            Ok(Self { kind, mount, name })
        } else {
            Err(AddressParts { kind })
        }
    }
}

/// All resources of a listed kind in one mount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Folder {
    kind: Kind,
    mount: String,
}

impl Folder {
    /// The folders of a mount of this type, one for each kind that Vault lists there.
    pub(crate) fn all_in(mount_type: MountType<'_>, mount: &str) -> impl Iterator<Item = Self> {
        Kind::in_mount(mount_type)
            .filter(|kind| kind.place().is_listed())
            .map(|kind| Self {
                kind,
                mount: mount.to_owned(),
            })
    }

    /// The kind of what is in it.
    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// The path of the mount.
    pub(crate) fn mount(&self) -> &str {
        &self.mount
    }

    /// The mount that it is in.
    pub(crate) fn mount_address(&self) -> Address {
        let mount_type = self.kind.place().mount_type();
        let kind = mount_type.map_or(self.kind, |mount_type| mount_type.table.kind());
        Address::of_mount(kind, &self.mount)
    }

    /// The API path without `v1/` that lists it.
    pub(crate) fn path(&self) -> String {
        self.kind.place().folder(&self.mount).unwrap_or_default()
    }

    /// The resource of this name in it.
    pub(crate) fn item(&self, name: impl fmt::Display) -> Address {
        Address::of_role(self.kind, &self.mount, name)
    }
}

impl Address {
    /// A mount, or the configuration of one.
    pub(crate) fn of_mount(kind: Kind, mount: impl fmt::Display) -> Self {
        Self {
            kind,
            mount: mount.to_string(),
            name: String::new(),
        }
    }

    /// Its keys in `vault.yaml`, where that declares it.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let place = self.kind.place();
        let section = place.table().map(Table::section);
        let key = (!matches!(place, Place::Mount(_))).then(|| self.kind.key());
        let parts = [section, Some(&*self.mount), key, Some(&*self.name)];
        let parts = parts.into_iter().flatten();
        parts.filter(|part| !part.is_empty()).collect()
    }

    /// An auth mount.
    pub(crate) fn of_auth_mount(mount: impl fmt::Display) -> Self {
        Self::of_mount(Kind::AuthMount, mount)
    }

    /// A role in a mount.
    pub(crate) fn of_role(kind: Kind, mount: impl fmt::Display, name: impl fmt::Display) -> Self {
        Self {
            kind,
            mount: mount.to_string(),
            name: name.to_string(),
        }
    }

    /// A policy.
    pub(crate) fn of_policy(name: impl fmt::Display) -> Self {
        Self {
            kind: Kind::Policy,
            mount: String::new(),
            name: name.to_string(),
        }
    }

    /// The API path without `v1/`.
    pub(crate) fn path(&self) -> String {
        self.kind.place().path(&self.mount, &self.name)
    }

    /// The mount that it lives in, and that has to be there before it can be written.
    pub(crate) fn depends_on(&self) -> Option<Self> {
        let mount_type = self.kind.place().mount_type()?;
        Some(Self::of_mount(mount_type.table.kind(), &self.mount))
    }

    /// The folder that it is listed in.
    pub(crate) fn folder(&self) -> Option<Folder> {
        self.kind.place().is_listed().then(|| Folder {
            kind: self.kind,
            mount: self.mount.clone(),
        })
    }

    fn sort_key(&self) -> (Rank, Kind, &str, &str) {
        (self.kind.rank(), self.kind, &self.mount, &self.name)
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.sort_key().cmp(&other.sort_key())
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}
