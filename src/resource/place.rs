//! Where Vault keeps the resources of a kind.

use std::fmt;

use super::Kind;

/// One of Vault's two tables of mounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Table {
    /// Auth methods: <https://developer.hashicorp.com/vault/api-docs/system/auth>.
    Auth,
    /// Secrets engines: <https://developer.hashicorp.com/vault/api-docs/system/mounts>.
    Secrets,
}

impl Table {
    /// Both tables.
    pub(crate) const ALL: [Self; 2] = [Self::Auth, Self::Secrets];

    /// The API path that lists all of its mounts, keyed by mount path and a slash.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Auth => "sys/auth",
            Self::Secrets => "sys/mounts",
        }
    }

    /// Its section in the files, which is also the name of Vault's command about it.
    pub(crate) const fn section(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Secrets => "secrets",
        }
    }

    /// The kind of its mounts.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Auth => Kind::AuthMount,
            Self::Secrets => Kind::SecretsMount,
        }
    }

    /// What the API paths of a mount's content begin with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Auth => "auth/",
            Self::Secrets => "",
        }
    }
}

/// The type of a mount: it decides what can be in there. Two types may use the same paths for different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct MountType<'a> {
    /// The table that the mount is in.
    pub(crate) table: Table,
    /// The type, as Vault names it.
    pub(crate) name: &'a str,
}

impl MountType<'static> {
    /// Logins with a signed JWT.
    pub(crate) const JWT: Self = Self {
        table: Table::Auth,
        name: "jwt",
    };
    /// Credentials of AWS.
    pub(crate) const AWS: Self = Self {
        table: Table::Secrets,
        name: "aws",
    };
}

impl MountType<'_> {
    /// Whether Vault makes such a mount by itself, once in each namespace.
    pub(crate) fn is_vaults_own(self) -> bool {
        let name = self.name.strip_prefix("ns_").unwrap_or(self.name);
        match self.table {
            Table::Auth => name == "token",
            Table::Secrets => matches!(
                name,
                "agent-registry" | "agent_registry" | "cubbyhole" | "identity" | "system"
            ),
        }
    }
}

impl fmt::Display for MountType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Where Vault keeps the resources of a kind. Their API paths follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// They are the mounts of a table.
    Mount(Table),
    /// There is one in each mount of this type, at this path below the mount.
    Config(MountType<'static>, &'static str),
    /// There are any number in each mount of this type, in this folder, which Vault lists.
    Listed(MountType<'static>, &'static str),
    /// There are any number at this path. Only those that the files name are read.
    Named(&'static str),
}

impl Place {
    /// The type of mount that the resources live in.
    pub(crate) const fn mount_type(self) -> Option<MountType<'static>> {
        match self {
            Self::Config(mount_type, _) | Self::Listed(mount_type, _) => Some(mount_type),
            Self::Mount(_) | Self::Named(_) => None,
        }
    }

    /// The table of the mounts that the resources are or live in.
    pub(crate) const fn table(self) -> Option<Table> {
        match self {
            Self::Mount(table) => Some(table),
            Self::Config(mount_type, _) | Self::Listed(mount_type, _) => Some(mount_type.table),
            Self::Named(_) => None,
        }
    }

    /// Whether Vault can say which ones there are in a mount.
    pub(crate) const fn is_listed(self) -> bool {
        matches!(self, Self::Listed(..))
    }

    /// Whether an address of this place has the path of a mount, and whether it has a name.
    pub(super) const fn parts(self) -> (bool, bool) {
        match self {
            Self::Mount(_) | Self::Config(..) => (true, false),
            Self::Listed(..) => (true, true),
            Self::Named(_) => (false, true),
        }
    }

    /// The API path without `v1/` of one resource.
    pub(super) fn path(self, mount: &str, name: &str) -> String {
        match self {
            Self::Mount(table) => format!("{}/{mount}", table.path()),
            Self::Config(mount_type, path) => {
                format!("{}{mount}/{path}", mount_type.table.prefix())
            }
            Self::Listed(mount_type, folder) => {
                format!("{}{mount}/{folder}/{name}", mount_type.table.prefix())
            }
            Self::Named(folder) => format!("{folder}/{name}"),
        }
    }

    /// The API path without `v1/` that lists the resources of one mount.
    pub(super) fn folder(self, mount: &str) -> Option<String> {
        match self {
            Self::Listed(mount_type, folder) => {
                Some(format!("{}{mount}/{folder}", mount_type.table.prefix()))
            }
            Self::Mount(_) | Self::Config(..) | Self::Named(_) => None,
        }
    }
}
