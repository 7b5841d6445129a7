//! Vault -> Live: reads what the files are about, and nothing else.

mod discover;

use std::collections::BTreeMap;

use futures::stream::{StreamExt, TryStreamExt};
use serde_json::{Map, Value};

use crate::acl::Capability;
use crate::desired::Desired;
use crate::progress::Progress;
use crate::resource::{Accessors, Address, Kind, Read, Resource, Unreadable};
use crate::vault::{Reader, ServerId, VaultError};

pub(crate) use discover::{DiscoverError, Discovery, Selection};

/// What Vault holds of the things that the files are about.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live {
    /// The server that answered.
    pub(crate) server: ServerId,
    /// The resources that are there.
    pub(crate) resources: BTreeMap<Address, Resource>,
    /// Attributes that are set and that no file can hold.
    pub(crate) unmodelled: BTreeMap<Address, Vec<String>>,
    /// The accessors of the files' auth mounts.
    pub(crate) accessors: Accessors,
    /// Folders of roles that the token may not list, and why: only the files' own roles are seen there.
    pub(crate) unlisted: BTreeMap<String, String>,
}

/// Vault could not be read, or holds something that the files can't be compared with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LiveError {
    /// A request failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// An answer makes no sense.
    #[error("can't understand {path}: {error}")]
    Unreadable {
        /// The API path.
        path: String,
        /// What is wrong with the answer.
        error: Unreadable,
    },
    /// Another method or engine is mounted where the files have theirs.
    #[error(
        "{path} is mounted with the type `{found}`, and the files have `{wanted}` there; \
         a mount's type can't change: choose another path in the files, or disable that mount by hand"
    )]
    MountType {
        /// The API path.
        path: String,
        /// The type in Vault.
        found: String,
        /// The type in the files.
        wanted: String,
    },
}

impl LiveError {
    /// What to do about it, where the message does not say so already.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Vault(error) => error.help(),
            Self::Unreadable { path, .. } => Some(format!(
                "correct or delete {path} by hand; a role that is not for the files to say can be left alone under \
                 `unmanaged`"
            )),
            Self::MountType { .. } => None,
        }
    }
}

impl Live {
    /// Reads everything that the files declare, own or remove.
    ///
    /// # Errors
    /// When a request fails, or a mount of the files' has another type.
    pub(crate) async fn read(
        vault: &Reader,
        desired: &Desired,
        progress: &Progress,
    ) -> Result<Self, LiveError> {
        let mut live = Self::of(vault);
        live.read_mounts(vault, desired.named()).await?;
        live.check_types(desired)?;
        let single = desired
            .named()
            .filter(|address| address.kind.read() == Read::One);
        let mut addresses: Vec<Address> = single
            .filter(|address| live.has_mount_of(address))
            .cloned()
            .collect();
        addresses.extend(live.list(vault, desired).await?);
        live.read_each(vault, addresses, progress).await?;
        Ok(live)
    }

    fn of(vault: &Reader) -> Self {
        Self {
            server: vault.server_id(),
            ..Self::default()
        }
    }

    /// The mounts among these, one request for each kind.
    async fn read_mounts(
        &mut self,
        vault: &Reader,
        addresses: impl Iterator<Item = &Address> + Clone,
    ) -> Result<(), LiveError> {
        let of_kind = |kind| {
            let addresses = addresses.clone();
            addresses.filter(move |address| address.kind == kind)
        };
        let wanted = tables().filter(|(kind, _)| of_kind(*kind).next().is_some());
        let mut tables = vault.each(wanted, async |(kind, table)| {
            Ok::<_, LiveError>((kind, vault.get(table).await?))
        });
        while let Some((kind, mounts)) = tables.try_next().await? {
            let mut mounts = mounts.unwrap_or_default();
            for address in of_kind(kind) {
                let Some(Value::Object(mount)) = mounts.remove(&format!("{}/", address.mount))
                else {
                    continue;
                };
                self.insert_mount(address.clone(), mount)?;
            }
        }
        Ok(())
    }

    /// A mount of another type is not ours to tune.
    fn check_types(&self, desired: &Desired) -> Result<(), LiveError> {
        for (address, found) in &self.resources {
            let Some(wanted) = desired.resources.get(address) else {
                continue;
            };
            let mount_type = |resource: &Resource| match resource.fields().remove("type") {
                Some(Value::String(text)) => text,
                _ => String::new(),
            };
            let (found, wanted) = (mount_type(found), mount_type(wanted));
            if found != wanted {
                let path = address.path();
                return Err(LiveError::MountType {
                    path,
                    found,
                    wanted,
                });
            }
        }
        Ok(())
    }

    /// The roles in the files' mounts, but for those that are not managed.
    async fn list(&mut self, vault: &Reader, desired: &Desired) -> Result<Vec<Address>, LiveError> {
        let mounts = self.resources.keys();
        let ours: Vec<Address> = mounts
            .filter(|address| desired.resources.contains_key(address))
            .cloned()
            .collect();
        let folders = ours.iter().flat_map(|mount| {
            let kinds = Kind::ALL.iter().copied();
            kinds
                .filter(|kind| kind.mount() == Some(mount.kind) && kind.read() == Read::Listed)
                .map(|kind| Address::of_mount(kind, &mount.mount))
        });
        let mut lists = vault.each(folders, async |folder| {
            let names = vault.list(folder.path().trim_end_matches('/')).await;
            (folder, names)
        });
        let mut found = Vec::new();
        while let Some((folder, names)) = lists.next().await {
            found.extend(self.listed(desired, &folder, names)?);
        }
        Ok(found)
    }

    /// The roles of one mount; only those in the files where the token may read roles but not list them.
    fn listed(
        &mut self,
        desired: &Desired,
        folder: &Address,
        names: Result<Vec<String>, VaultError>,
    ) -> Result<Vec<Address>, LiveError> {
        let (kind, mount) = (folder.kind, &folder.mount);
        match names {
            Ok(names) => Ok(names
                .into_iter()
                .filter(|name| !desired.unmanaged.covers(kind, name))
                .map(|name| Address::of_role(kind, mount, name))
                .collect()),
            Err(error) if error.lacks(Capability::List) => {
                let why = [Some(error.to_string()), error.help()];
                let why: Vec<String> = why.into_iter().flatten().collect();
                let path = folder.path().trim_end_matches('/').to_owned();
                self.unlisted.insert(path, why.join("; "));
                let wanted = desired.resources.keys();
                Ok(wanted
                    .filter(|address| address.kind == kind && address.mount == *mount)
                    .cloned()
                    .collect())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn read_each(
        &mut self,
        vault: &Reader,
        addresses: Vec<Address>,
        progress: &Progress,
    ) -> Result<(), LiveError> {
        fetch(vault, addresses, progress, |address, data| {
            self.insert(address, data)
        })
        .await
    }

    fn insert_mount(
        &mut self,
        address: Address,
        mount: Map<String, Value>,
    ) -> Result<(), LiveError> {
        if let (Kind::AuthMount, Some(Value::String(accessor))) =
            (address.kind, mount.get("accessor"))
        {
            self.accessors
                .insert(address.mount.clone(), accessor.clone());
        }
        self.insert(address, mount)
    }

    fn insert(&mut self, address: Address, data: Map<String, Value>) -> Result<(), LiveError> {
        let answer = address
            .kind
            .parse(data)
            .map_err(|error| LiveError::Unreadable {
                path: address.path(),
                error,
            })?;
        if !answer.unmodelled.is_empty() {
            let names = answer.unmodelled.into_iter().map(|(name, _)| name);
            self.unmodelled.insert(address.clone(), names.collect());
        }
        self.resources.insert(address, answer.resource);
        Ok(())
    }

    fn has_mount_of(&self, address: &Address) -> bool {
        let mount = address.depends_on();
        mount.is_none_or(|mount| self.resources.contains_key(&mount))
    }
}

/// One resource as it is now; what `apply` compares a write with.
///
/// # Errors
/// As [`Live::read`].
pub(crate) async fn read_one(
    vault: &Reader,
    address: &Address,
) -> Result<Option<Resource>, LiveError> {
    let data = match address.kind.read() {
        Read::Table(table) => {
            let mut mounts = vault.get(table).await?.unwrap_or_default();
            match mounts.remove(&format!("{}/", address.mount)) {
                Some(Value::Object(mount)) => Some(mount),
                _ => None,
            }
        }
        Read::One | Read::Listed => vault.get(&address.path()).await?,
    };
    let parsed = data.map(|data| address.kind.parse(data)).transpose();
    let parsed = parsed.map_err(|error| LiveError::Unreadable {
        path: address.path(),
        error,
    })?;
    Ok(parsed.map(|answer| answer.resource))
}

/// Hands on what Vault answers at these addresses, where it has something, as it comes.
async fn fetch(
    vault: &Reader,
    addresses: Vec<Address>,
    progress: &Progress,
    mut found: impl FnMut(Address, Map<String, Value>) -> Result<(), LiveError>,
) -> Result<(), LiveError> {
    progress.start("Reading", addresses.len());
    let mut answers = vault.each(addresses, async |address| {
        let data = vault.get(&address.path()).await?;
        Ok::<_, LiveError>((address, data))
    });
    while let Some((address, data)) = answers.try_next().await? {
        progress.step();
        if let Some(data) = data {
            found(address, data)?;
        }
    }
    progress.finish();
    Ok(())
}

fn tables() -> impl Iterator<Item = (Kind, &'static str)> {
    Kind::ALL.iter().filter_map(|kind| match kind.read() {
        Read::Table(table) => Some((*kind, table)),
        Read::One | Read::Listed => None,
    })
}
