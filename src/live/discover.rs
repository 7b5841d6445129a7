//! Vault -> everything that files could hold, for `import`, which has no files yet.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;
use serde_json::Value;

use super::listing::{self, Listing, Unlisted};
use super::{Live, LiveError};
use crate::progress::Progress;
use crate::resource::{self, Address, Folder, JwtRole, Kind, MountType, POLICIES, Table};
use crate::value::PolicyName;
use crate::vault::{ReadVault, VaultError};

/// What to import.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The paths of auth methods, of any type; all JWT methods when empty.
    pub(crate) auth: Vec<String>,
    /// The paths of secrets engines, of any type; all AWS engines when empty.
    pub(crate) secrets: Vec<String>,
    /// Policies, as globs over their names, besides those that the JWT roles name.
    pub(crate) policies: Vec<String>,
}

/// What Vault holds of the selection.
#[derive(Debug, Default)]
pub(crate) struct Discovery {
    /// The resources that files could hold.
    pub(crate) live: Live,
    /// The resources that no file can hold, each with the reason.
    pub(crate) unreadable: BTreeMap<Address, String>,
}

/// Why there is nothing to import.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiscoverError {
    /// Vault could not be read.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// Nothing is mounted at a path that was asked for.
    #[error("nothing is mounted at {path}; `vault {table} list` says what is")]
    NoMount {
        /// The API path.
        path: String,
        /// `auth` or `secrets`.
        table: &'static str,
    },
    /// The mount that was asked for has a type that no file can hold.
    #[error("{path} is of type `{found}`, which belongs to Vault itself; no file can hold it")]
    OtherType {
        /// The API path.
        path: String,
        /// Its type in Vault.
        found: String,
    },
    /// No policy has this name.
    #[error("no policy is named {0}")]
    NoPolicy(String),
    /// Not a glob.
    #[error(transparent)]
    Glob(#[from] globset::Error),
}

impl From<VaultError> for DiscoverError {
    fn from(error: VaultError) -> Self {
        Self::Live(error.into())
    }
}

impl Discovery {
    /// Reads the mounts that are selected, all that is in them, and the policies that their roles name.
    ///
    /// # Errors
    /// When a request fails, or something that was asked for by name is not there.
    pub(crate) async fn read(
        vault: &impl ReadVault,
        selection: &Selection,
        progress: &Progress,
    ) -> Result<Self, DiscoverError> {
        let mut discovery = Self {
            live: Live::of(vault),
            unreadable: BTreeMap::new(),
        };
        for (table, wanted) in Table::ALL
            .into_iter()
            .zip([&selection.auth, &selection.secrets])
        {
            discovery.read_table(vault, table, wanted).await?;
        }
        let inside = discovery.inside_mounts(vault).await?;
        discovery.live.read_each(vault, inside, progress).await?;
        let policies = discovery.policies(vault, &selection.policies).await?;
        discovery.live.read_each(vault, policies, progress).await?;
        let unreadable = discovery.live.unreadable.iter();
        let unreadable = unreadable.map(|(address, value)| (address.clone(), value.to_string()));
        discovery.unreadable.extend(unreadable);
        Ok(discovery)
    }

    async fn read_table(
        &mut self,
        vault: &impl ReadVault,
        table: Table,
        wanted: &[String],
    ) -> Result<(), DiscoverError> {
        let mut mounts = vault.get(table.path()).await?.unwrap_or_default();
        let chosen: Vec<String> = match wanted {
            [] => mounts.keys().cloned().collect(),
            paths => paths
                .iter()
                .map(|path| format!("{}/", path.trim_matches('/')))
                .collect(),
        };
        for path in chosen {
            let address = Address::of_mount(table.kind(), path.trim_end_matches('/'));
            let Some(mount) = mounts.remove(&path) else {
                if wanted.is_empty() {
                    continue;
                }
                return Err(DiscoverError::NoMount {
                    path: address.path(),
                    table: table.section(),
                });
            };
            let found = mount.get("type").and_then(Value::as_str);
            let found = found.unwrap_or_default().to_owned();
            let mount_type = MountType {
                table,
                name: &found,
            };
            let is_named = !wanted.is_empty();
            if is_named && mount_type.is_vaults_own() {
                return Err(DiscoverError::OtherType {
                    path: address.path(),
                    found,
                });
            } else if is_named || mount_type.has_content() {
                self.live.insert_mount(address, mount);
            } else if table == Table::Auth && found == "oidc" {
                // It is the same plugin as `jwt` with other settings, so people expect that its roles can be managed.
                let reason = format!(
                    "it is of type `{found}`: only its settings can be imported, with `--auth {}`",
                    address.mount
                );
                self.unreadable.insert(address, reason);
            }
        }
        Ok(())
    }

    /// The content of the mounts: their configuration, and the roles that they list.
    async fn inside_mounts(&mut self, vault: &impl ReadVault) -> Result<Vec<Address>, LiveError> {
        let mut addresses = Vec::new();
        let unlisted = &mut self.live.unlisted;
        for (mount, resource) in &self.live.resources {
            let Some(mount_type) = resource.mount_type() else {
                continue;
            };
            let configs = Kind::in_mount(mount_type).filter(|kind| !kind.place().is_listed());
            addresses.extend(configs.map(|kind| Address::of_mount(kind, &mount.mount)));
            for folder in Folder::all_in(mount_type, &mount.mount) {
                match listing::list(vault, &folder).await? {
                    Listing::Names(names) => {
                        addresses.extend(names.into_iter().map(|name| folder.item(name)));
                    }
                    // Files without the existing roles would delete them as soon as a token may list.
                    Listing::Unlisted(Unlisted::Denied(error)) => return Err(error.into()),
                    Listing::Unlisted(why @ Unlisted::Unsupported) => {
                        unlisted.insert(folder.path(), why);
                    }
                    Listing::NoSuchKind => {}
                }
            }
        }
        Ok(addresses)
    }

    async fn policies(
        &mut self,
        vault: &impl ReadVault,
        globs: &[String],
    ) -> Result<Vec<Address>, DiscoverError> {
        let mut names = self.policies_of_roles();
        if !globs.is_empty() {
            let there = vault.list(POLICIES).await?;
            for glob in globs {
                let matcher = Glob::new(&glob.to_lowercase())?.compile_matcher();
                let may_be = |name: &str| name != "default" || glob == "default";
                let mut matched = there
                    .iter()
                    .filter(|name| *name != "root" && may_be(name) && matcher.is_match(name))
                    .peekable();
                if matched.peek().is_none() {
                    return Err(DiscoverError::NoPolicy(glob.clone()));
                }
                names.extend(matched.cloned());
            }
        }
        let (good, odd): (Vec<_>, Vec<_>) = names
            .into_iter()
            .map(|name| {
                name.parse::<PolicyName>()
                    .map_err(|invalid| (name, invalid))
            })
            .partition(Result::is_ok);
        let odd = odd.into_iter().filter_map(Result::err);
        self.unreadable
            .extend(odd.map(|(name, invalid)| (Address::of_policy(name), invalid.problem)));
        Ok(good.into_iter().flatten().map(Address::of_policy).collect())
    }

    /// The policies that the JWT roles name, except Vault's own and templates over claims.
    fn policies_of_roles(&self) -> BTreeSet<String> {
        let roles = resource::of_type::<JwtRole>(&self.live.resources);
        let named = roles.flat_map(|(_, role)| role.token_policies.iter());
        named
            .filter(|name| !matches!(*name, "default" | "root") && !name.contains("{{"))
            .map(str::to_owned)
            .collect()
    }
}
