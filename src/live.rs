//! Vault -> Live: reads the resources that the files declare, own or remove, and nothing else.

mod besides;
mod discover;
mod identity;
mod listing;
mod other_grants;
#[cfg(test)]
mod tests;
mod unlisted;

use std::collections::{BTreeMap, BTreeSet};

use futures::FutureExt;
use futures::stream::TryStreamExt;
use serde_json::{Map, Value};
use tokio::try_join;

use crate::desired::Desired;
use crate::progress::Progress;
use crate::resource::{
    Accessors, Address, Folder, Held, Kind, POLICIES, Place, Resource, Table, Unchangeable,
    Unreadable,
};
use crate::vault::{self, ReadVault, ServerId, ServerVersion, VaultError};

pub(crate) use besides::Besides;
pub(crate) use discover::{DiscoverError, Discovery, Selection};
pub(crate) use identity::IDENTITY;
pub(crate) use listing::Unlisted;
use listing::{Listing, Policies};
pub(crate) use other_grants::{Addition, Grantor, OtherGrants, Recipient};

/// What Vault holds of the resources that the files declare, own or remove.
#[derive(Debug, Clone, Default)]
pub(crate) struct Live {
    /// The server that answered.
    pub(crate) server: ServerId,
    /// Its program and version.
    pub(crate) version: ServerVersion,
    /// The resources that exist.
    pub(crate) resources: BTreeMap<Address, Resource>,
    /// What else is there: it can't be read into the type of its kind.
    pub(crate) unreadable: BTreeMap<Address, Unreadable>,
    /// Attributes that are set and that the files can't hold.
    pub(crate) unmodelled: BTreeMap<Address, Vec<String>>,
    /// The accessors of the files' auth mounts.
    pub(crate) accessors: Accessors,
    /// Folders of roles that could not be listed, and why. Only the roles of the files are known there.
    pub(crate) unlisted: BTreeMap<String, Unlisted>,
    /// Roles under `unmanaged`, which are not read.
    pub(crate) left_alone: Vec<Address>,
    /// Policies that the files lack and whose names begin as those of a `for_each` do.
    pub(crate) foreign: BTreeSet<Address>,
    /// Whether there may be such policies, because the token may not list them.
    pub(crate) hides_policies: bool,
}

/// Vault could not be read, or what the files have can't be there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LiveError {
    /// A request failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A mount differs from the files in a setting that can't be changed.
    #[error(
        "{path} is mounted {error}, when it mounts: write in the files what is there, choose another path, or disable \
         that mount by hand"
    )]
    Unchangeable {
        /// The API path.
        path: String,
        /// What differs.
        error: Unchangeable,
    },
    /// The files have a resource of a kind that this server lacks.
    #[error("this server has no {}s, and the files have {path}", kind.title())]
    NoSuchKind {
        /// The kind.
        kind: Kind,
        /// The API path.
        path: String,
    },
}

impl LiveError {
    /// What to do about it, where the message does not say so already.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Vault(error) => error.help(),
            Self::NoSuchKind { path, .. } => Some(format!(
                "remove {path} from the files, or use a server that has such resources"
            )),
            Self::Unchangeable { .. } => None,
        }
    }
}

impl Live {
    /// Reads everything that the files declare, own or remove.
    ///
    /// # Errors
    /// When a request fails, or a mount has another type than in the files.
    pub(crate) async fn read(
        vault: &impl ReadVault,
        desired: &Desired,
        progress: &Progress,
    ) -> Result<Self, LiveError> {
        let mut live = Self::of(vault);
        // All at once: a small plan spends most of its time on waiting for answers.
        let folders = desired.owned.iter();
        let (tables, listings, policies) = try_join!(
            read_tables(vault, desired),
            listing::all(vault, folders).map(Ok),
            listing::policies_beside(vault, desired),
        )?;
        live.insert_mounts(desired, tables);
        live.check_unchangeable(desired)?;
        live.insert_foreign(desired, policies);
        let single = desired
            .named()
            .filter(|address| matches!(address.kind.place(), Place::Config(..) | Place::Named(_)));
        let mut addresses: Vec<Address> = single
            .filter(|address| live.has_mount_of(address))
            .cloned()
            .collect();
        addresses.extend(live.listed_in_all(vault, desired, listings).await?);
        live.read_each(vault, addresses, progress).await?;
        Ok(live)
    }

    fn of(vault: &impl ReadVault) -> Self {
        Self {
            server: vault.server_id(),
            version: vault.server_version(),
            ..Self::default()
        }
    }

    /// Adds the mounts of the files that exist.
    fn insert_mounts(&mut self, desired: &Desired, tables: Vec<(Table, Map<String, Value>)>) {
        for (table, mut mounts) in tables {
            for address in mounts_of(desired, table) {
                if let Some(entry) = entry_of(&mut mounts, address) {
                    self.insert_mount(address.clone(), entry);
                }
            }
        }
    }

    /// Refuses mounts with settings that can't be changed to what the files declare.
    fn check_unchangeable(&self, desired: &Desired) -> Result<(), LiveError> {
        for address in self.addresses() {
            let wanted = desired.resources.get(address);
            let Some((wanted, held)) = wanted.zip(self.held(address)) else {
                continue;
            };
            let live = held.to_replace(address.kind);
            let error = live.and_then(|live| wanted.unchangeable(&live));
            if let Some(error) = error.filter(|error| held.has(error.field)) {
                let path = address.path();
                return Err(LiveError::Unchangeable { path, error });
            }
        }
        Ok(())
    }

    /// What is there, whether or not it can be read.
    pub(crate) fn held(&self, address: &Address) -> Option<Held> {
        let unreadable = self.unreadable.get(address).cloned();
        let readable = self.resources.get(address).cloned();
        unreadable
            .map(Held::Unreadable)
            .or(readable.map(Held::Readable))
    }

    /// The addresses at which something is, whether or not it can be read.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.resources.keys().chain(self.unreadable.keys())
    }

    /// API paths that could not be listed: what the files lack there was not seen.
    pub(crate) fn unlisted_paths(&self) -> BTreeSet<String> {
        let policies = self.hides_policies.then_some(POLICIES);
        let folders = self.unlisted.keys().map(String::as_str);
        folders.chain(policies).map(str::to_owned).collect()
    }

    /// Whether something is there.
    pub(crate) fn has(&self, address: &Address) -> bool {
        self.resources.contains_key(address) || self.unreadable.contains_key(address)
    }

    /// The roles in the mounts of the files, except unmanaged ones. Answers about mounts that do not exist are ignored.
    async fn listed_in_all(
        &mut self,
        vault: &impl ReadVault,
        desired: &Desired,
        listings: Vec<(&Folder, Result<Listing, VaultError>)>,
    ) -> Result<Vec<Address>, LiveError> {
        let mut found = Vec::new();
        for (folder, listing) in listings {
            if self.has(&folder.mount_address()) {
                let listing = listing::once_mounted(vault, folder, listing).await?;
                found.extend(self.listed(desired, folder, listing)?);
            }
        }
        Ok(found)
    }

    /// The roles of one mount; where they can't be listed, only those in the files.
    fn listed(
        &mut self,
        desired: &Desired,
        folder: &Folder,
        listing: Listing,
    ) -> Result<Vec<Address>, LiveError> {
        let wanted = desired.resources.keys();
        let mut wanted = wanted.filter(|address| address.folder().as_ref() == Some(folder));
        match listing {
            Listing::Names(names) => {
                let (left_alone, ours) = names
                    .into_iter()
                    .map(|name| folder.item(name))
                    .partition(|role: &Address| desired.unmanaged.covers(role.kind, &role.name));
                self.left_alone.extend::<Vec<_>>(left_alone);
                Ok(ours)
            }
            Listing::Unlisted(why) => {
                self.unlisted.insert(folder.path(), why);
                Ok(wanted.cloned().collect())
            }
            Listing::NoSuchKind => match wanted.next() {
                None => Ok(Vec::new()),
                Some(address) => Err(LiveError::NoSuchKind {
                    kind: address.kind,
                    path: address.path(),
                }),
            },
        }
    }

    /// Adds the policies that the files lack and whose names begin as those of a `for_each` do.
    fn insert_foreign(&mut self, desired: &Desired, policies: Policies) {
        match policies {
            Policies::NotAsked => {}
            Policies::Hidden => self.hides_policies = true,
            Policies::Names(names) => {
                let foreign = names.into_iter();
                let foreign = foreign.filter(|name| desired.is_foreign_policy(name));
                self.foreign = foreign.map(Address::of_policy).collect();
            }
        }
    }

    async fn read_each(
        &mut self,
        vault: &impl ReadVault,
        addresses: Vec<Address>,
        progress: &Progress,
    ) -> Result<(), LiveError> {
        progress.start("Reading", addresses.len());
        let mut answers = vault::each(vault, addresses, async |address| {
            let data = vault.get(&address.path()).await?;
            Ok::<_, LiveError>((address, data))
        });
        while let Some((address, data)) = answers.try_next().await? {
            progress.step();
            if let Some(data) = data {
                self.insert(address, data);
            }
        }
        progress.finish();
        Ok(())
    }

    fn insert_mount(&mut self, address: Address, entry: Value) {
        if let (Place::Mount(Table::Auth), Some(Value::String(accessor))) =
            (address.kind.place(), entry.get("accessor"))
        {
            self.accessors
                .insert(address.mount.clone(), accessor.clone());
        }
        self.insert(address, entry);
    }

    fn insert(&mut self, address: Address, data: impl Into<Value>) {
        let answer = address.kind.parse(data);
        if !answer.unmodelled.is_empty() {
            let names = answer.unmodelled.into_iter().map(|(name, _)| name);
            self.unmodelled.insert(address.clone(), names.collect());
        }
        match answer.held {
            Held::Readable(resource) => drop(self.resources.insert(address, resource)),
            Held::Unreadable(value) => {
                self.resources.remove(&address);
                self.unreadable.insert(address, value);
            }
        }
    }

    fn has_mount_of(&self, address: &Address) -> bool {
        let mount = address.depends_on();
        mount.is_none_or(|mount| self.has(&mount))
    }
}

/// The tables that have mounts of the files.
async fn read_tables(
    vault: &impl ReadVault,
    desired: &Desired,
) -> Result<Vec<(Table, Map<String, Value>)>, VaultError> {
    let wanted = Table::ALL.into_iter();
    let wanted = wanted.filter(|table| mounts_of(desired, *table).next().is_some());
    let tables = vault::each(vault, wanted, async |table| {
        let mounts = vault.get(table.path()).await?;
        Ok((table, mounts.unwrap_or_default()))
    });
    tables.try_collect().await
}

/// The mounts of one table that the files have or remove.
fn mounts_of(desired: &Desired, table: Table) -> impl Iterator<Item = &Address> {
    let named = desired.named();
    named.filter(move |address| address.kind.place() == Place::Mount(table))
}

/// The entry of a mount in its table.
fn entry_of(mounts: &mut Map<String, Value>, address: &Address) -> Option<Value> {
    mounts.remove(&format!("{}/", address.mount))
}

/// What is at one address now; what `apply` compares a write with.
///
/// # Errors
/// When a request fails.
pub(crate) async fn read_one(
    vault: &impl ReadVault,
    address: &Address,
) -> Result<Option<Held>, VaultError> {
    let data = match address.kind.place() {
        Place::Mount(table) => {
            let mut mounts = vault.get(table.path()).await?.unwrap_or_default();
            entry_of(&mut mounts, address)
        }
        Place::Config(..) | Place::Listed(..) | Place::Named(_) => {
            vault.get(&address.path()).await?.map(Value::Object)
        }
    };
    Ok(data.map(|data| address.kind.parse(data).held))
}
