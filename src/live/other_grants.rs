//! Vault -> what grants access besides the managed roles: other auth methods and engines, entities and groups.
//!
//! The files do not manage any of it. It is read to answer who reaches a role, as far as the token may read it, and what
//! can't be read is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use futures::stream::StreamExt;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::Live;
use super::listing::{self, Listing, Unlisted};
use crate::resource::{self, Address, Folder, JwtConfig, JwtRole, MountType, Policy, Table, Typed};
use crate::vault::{self, ReadVault};

/// What grants access besides the roles of the managed JWT methods.
#[derive(Debug, Default)]
pub(crate) struct OtherGrants {
    /// What issues other tokens.
    pub(crate) holders: Vec<Holder>,
    /// The policies that entities and groups add to the tokens of JWT logins.
    pub(crate) additions: Vec<Addition>,
    /// API paths that can't be read or understood, and why.
    pub(crate) unread: BTreeMap<String, String>,
    /// API paths of the files' mounts that the server can't list: only what the files declare was read there.
    pub(crate) unlistable: BTreeSet<String>,
}

/// What grants policies. In messages it is `entity deploy-bot`, `group deployers` or `auth/approle/role/deploy`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grantor {
    /// The entity with this name.
    Entity(String),
    /// The group with this name.
    Group(String),
    /// What another auth method has at this API path.
    OfMethod(String),
}

impl Grantor {
    /// The name, or the API path.
    pub(crate) fn name(&self) -> &str {
        let (Self::Entity(name) | Self::Group(name) | Self::OfMethod(name)) = self;
        name
    }
}

impl fmt::Display for Grantor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entity(name) => write!(f, "entity {name}"),
            Self::Group(name) => write!(f, "group {name}"),
            Self::OfMethod(path) => f.write_str(path),
        }
    }
}

impl Serialize for Grantor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that issues tokens with policies: a role of another auth method, a token role, or an entity without a JWT
/// alias.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Holder {
    /// What it is.
    pub(crate) what: Grantor,
    /// The API path.
    pub(crate) path: String,
    /// The policies of its tokens.
    pub(crate) policies: BTreeSet<String>,
}

/// Policies that an entity or group adds to tokens at each request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Addition {
    /// What adds them.
    pub(crate) what: Grantor,
    /// The API path.
    pub(crate) path: String,
    /// The path of the JWT method.
    pub(crate) mount: String,
    /// Whose tokens get them.
    pub(crate) recipient: Recipient,
    /// The policies.
    pub(crate) policies: BTreeSet<String>,
}

/// Whose tokens get additional policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recipient {
    /// The tokens of the alias with this name.
    Alias(String),
    /// The tokens of JWTs that name this group in the role's `groups_claim`.
    Group(String),
}

/// For each type of auth method that the tests have tried on a server, where what grants policies is listed, and where each item
/// is read.
pub(super) const METHODS: [(&str, &[(&str, &str)]); 6] = [
    ("approle", &[("role", "role")]),
    ("cert", &[("certs", "certs")]),
    ("kubernetes", &[("role", "role")]),
    // The tokens of a namespace.
    ("ns_token", &[("roles", "roles")]),
    ("token", &[("roles", "roles")]),
    ("userpass", &[("users", "users")]),
];

/// The same for types that no server of the tests has, from their documentation. Besides these items, the settings of some of
/// them grant policies to every login, so that what they grant is unknown.
pub(super) const UNTRIED_METHODS: [(&str, &[(&str, &str)]); 11] = [
    ("alicloud", &[("roles", "role")]),
    ("aws", &[("roles", "role")]),
    ("azure", &[("role", "role")]),
    ("cf", &[("roles", "roles")]),
    ("gcp", &[("roles", "role")]),
    (
        "github",
        &[("map/teams", "map/teams"), ("map/users", "map/users")],
    ),
    ("kerberos", &[("groups", "groups")]),
    ("ldap", &[("groups", "groups"), ("users", "users")]),
    ("oci", &[("role", "role")]),
    ("okta", &[("groups", "groups"), ("users", "users")]),
    ("radius", &[("users", "users")]),
];

/// More entities, groups, roles or users in one folder are not read.
pub(super) const MOST_ITEMS: usize = 50_000;

/// The fields of such an item that name policies. GitHub's teams have them in `value`.
const POLICY_FIELDS: [&str; 4] = ["token_policies", "policies", "allowed_policies", "value"];

impl Live {
    /// Reads what else grants access. It adds the JWT roles and AWS roles of unmanaged mounts, and all policies that are
    /// named, to the resources, so the result must not be used for a plan.
    pub(crate) async fn read_other_grants(&mut self, vault: &impl ReadVault) -> OtherGrants {
        let mut other_grants = OtherGrants::default();
        self.read_other_methods(vault, &mut other_grants).await;
        self.read_other_engines(vault, &mut other_grants).await;
        self.read_identity(vault, &mut other_grants).await;
        let mut other_grants = self.finish(vault, other_grants).await;
        self.add_unlisted(&mut other_grants);
        other_grants
    }

    pub(super) async fn finish(
        &mut self,
        vault: &impl ReadVault,
        mut other_grants: OtherGrants,
    ) -> OtherGrants {
        other_grants.holders.sort();
        other_grants.additions.sort();
        self.read_policies(vault, &mut other_grants).await;
        other_grants
    }

    async fn read_other_methods(&mut self, vault: &impl ReadVault, other_grants: &mut OtherGrants) {
        for (path, mount) in other_grants.get(vault, Table::Auth.path()).await {
            let path = path.trim_end_matches('/');
            let address = Address::of_auth_mount(path);
            if self.has(&address) {
                continue;
            }
            let mount_type = mount.get("type").and_then(Value::as_str);
            let mount_type = mount_type.unwrap_or_default().to_owned();
            if mount_type == MountType::JWT.name || mount_type == "oidc" {
                self.insert_mount(address, mount);
                let config = std::iter::once(Address::of_mount(JwtConfig::KIND, path));
                self.read_others(vault, config, other_grants).await;
                self.read_mount(vault, MountType::JWT, path, other_grants)
                    .await;
                continue;
            }
            let of_type = |(known, _): &&(&str, _)| *known == mount_type;
            let tried = METHODS.iter().find(of_type);
            if tried.is_none() {
                let why = format!(
                    "it is not known to this program which policies the logins of a method of type {mount_type} get"
                );
                other_grants.unread.insert(format!("auth/{path}"), why);
            }
            let method = tried.or_else(|| UNTRIED_METHODS.iter().find(of_type));
            for (folder, items) in method.into_iter().flat_map(|(_, folders)| *folders) {
                let (folder, items) = (
                    format!("auth/{path}/{folder}"),
                    format!("auth/{path}/{items}"),
                );
                other_grants.read_holders(vault, &folder, &items).await;
            }
        }
    }

    /// Reads the AWS engines that the files do not have, which may assume the same IAM roles.
    async fn read_other_engines(&mut self, vault: &impl ReadVault, other_grants: &mut OtherGrants) {
        for (path, mount) in other_grants.get(vault, Table::Secrets.path()).await {
            let path = path.trim_end_matches('/');
            let address = Address::of_mount(Table::Secrets.kind(), path);
            if mount["type"] == MountType::AWS.name && !self.has(&address) {
                self.read_mount(vault, MountType::AWS, path, other_grants)
                    .await;
            }
        }
    }

    /// Reads everything that Vault lists in a mount.
    async fn read_mount(
        &mut self,
        vault: &impl ReadVault,
        mount_type: MountType<'_>,
        mount: &str,
        other_grants: &mut OtherGrants,
    ) {
        let mut found = Vec::new();
        for folder in Folder::all_in(mount_type, mount) {
            let why = match listing::list(vault, &folder).await {
                Ok(Listing::Names(names)) => {
                    found.extend(names.into_iter().map(|name| folder.item(name)));
                    continue;
                }
                Ok(Listing::NoSuchKind) => continue,
                Ok(Listing::Unlisted(Unlisted::Unsupported)) => {
                    "this server can't list what it has there".to_owned()
                }
                Ok(Listing::Unlisted(Unlisted::Denied(error))) | Err(error) => error.to_string(),
            };
            other_grants.unread.insert(folder.path(), why);
        }
        self.read_others(vault, found.into_iter(), other_grants)
            .await;
    }

    /// Reads the policies that JWT roles, other tokens, entities and groups name. A policy that does not exist allows nothing.
    async fn read_policies(&mut self, vault: &impl ReadVault, other_grants: &mut OtherGrants) {
        let roles = resource::of_type::<JwtRole>(&self.resources);
        let of_roles = roles.flat_map(|(_, role)| role.token_policies.iter());
        let of_holders = other_grants
            .holders
            .iter()
            .flat_map(|holder| &holder.policies);
        let added = other_grants
            .additions
            .iter()
            .flat_map(|addition| &addition.policies);
        let others = of_holders.chain(added).map(String::as_str);
        let names: BTreeSet<&str> = of_roles.chain(others).chain(["default"]).collect();
        let mut addresses: Vec<Address> = names.into_iter().map(Address::of_policy).collect();
        addresses.retain(|address| !self.has(address));
        for address in &addresses {
            self.resources
                .insert(address.clone(), Policy::default().into());
        }
        self.read_others(vault, addresses.iter().cloned(), other_grants)
            .await;
        for address in &addresses {
            // A policy without a resource is reported as unknown wherever it is used.
            if other_grants.unread.remove(&address.path()).is_some() {
                self.resources.remove(address);
            }
        }
    }

    async fn read_others(
        &mut self,
        vault: &impl ReadVault,
        addresses: impl Iterator<Item = Address>,
        other_grants: &mut OtherGrants,
    ) {
        let mut answers = vault::each(vault, addresses, async |address| {
            let answer = vault.get(&address.path()).await;
            (address, answer)
        });
        while let Some((address, answer)) = answers.next().await {
            match answer {
                Ok(Some(data)) => self.insert(address, data),
                Ok(None) => {}
                Err(error) => {
                    other_grants
                        .unread
                        .insert(address.path(), error.to_string());
                }
            }
        }
    }
}

impl OtherGrants {
    pub(super) async fn get(&mut self, vault: &impl ReadVault, path: &str) -> Map<String, Value> {
        match vault.get(path).await {
            Ok(data) => data.unwrap_or_default(),
            Err(error) => {
                self.unread.insert(path.to_owned(), error.to_string());
                Map::new()
            }
        }
    }

    pub(super) async fn list(&mut self, vault: &impl ReadVault, path: &str) -> Vec<String> {
        match vault.list(path).await {
            Ok(names) => names,
            Err(error) => {
                self.unread.insert(path.to_owned(), error.to_string());
                Vec::new()
            }
        }
    }

    /// The items of a folder that can grant access. Records one item that can't be read, and the number of the others.
    pub(super) async fn items(
        &mut self,
        vault: &impl ReadVault,
        folder: &str,
        items: &str,
        is_of_use: impl Fn(&Map<String, Value>) -> bool,
    ) -> Vec<(String, Map<String, Value>)> {
        let mut names = self.list(vault, folder).await;
        if names.len() > MOST_ITEMS {
            let why = format!("only {MOST_ITEMS} of {} are read", names.len());
            self.unread.insert(folder.to_owned(), why);
            names.truncate(MOST_ITEMS);
        }
        let mut found = Vec::new();
        let mut unread = 0;
        let mut answers = vault::each(vault, names, async |name| {
            let path = format!("{items}/{name}");
            let answer = vault.get(&path).await;
            (name, answer)
        });
        while let Some((name, answer)) = answers.next().await {
            match answer {
                Ok(data) => {
                    let data = data.filter(&is_of_use);
                    found.extend(data.map(|data| (name, data)));
                }
                Err(error) if unread == 0 => {
                    unread = 1;
                    self.unread
                        .insert(format!("{items}/{name}"), error.to_string());
                }
                Err(_) => unread += 1,
            }
        }
        if unread > 1 {
            self.unread
                .insert(items.to_owned(), format!("{unread} of them can't be read"));
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        found
    }

    async fn read_holders(&mut self, vault: &impl ReadVault, folder: &str, items: &str) {
        for (name, data) in self.items(vault, folder, items, |_| true).await {
            let path = format!("{items}/{name}");
            let policies: BTreeSet<String> = POLICY_FIELDS
                .into_iter()
                .flat_map(|field| texts(data.get(field)))
                .collect();
            let globs = texts(data.get("allowed_policies_glob"));
            if !globs.is_empty() {
                let why = format!("its tokens may have any policy like {}", globs.join(", "));
                self.unread.insert(path.clone(), why);
            }
            self.holders.push(Holder {
                path: path.clone(),
                what: Grantor::OfMethod(path),
                policies,
            });
        }
    }
}

/// The strings of a list, or of a comma-separated string, in lower case.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(list)) => {
            let texts = list.iter().filter_map(Value::as_str);
            texts.map(str::to_lowercase).collect()
        }
        Some(Value::String(text)) => {
            let texts = text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty());
            texts.map(str::to_lowercase).collect()
        }
        _ => Vec::new(),
    }
}
