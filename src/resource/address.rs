//! Which resource is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Kind, Rank};

/// One resource: its kind, the mount it is or lives in, and its name there.
///
/// The order is that in which reports list resources: by rank, kind, mount and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Address {
    /// Its kind.
    pub(crate) kind: Kind,
    /// The path of the mount, without slash; empty for policies.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) mount: String,
    /// The name of a role or policy; empty for mounts and their configuration.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
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
        self.kind.path(self)
    }

    /// The mount that has to be there before this can be written.
    pub(crate) fn depends_on(&self) -> Option<Self> {
        let mount = self.kind.mount()?;
        Some(Self::of_mount(mount, &self.mount))
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
