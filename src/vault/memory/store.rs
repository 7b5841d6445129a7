//! What the server keeps, and where: mounts, what is in them, and policies.
//!
//! <https://developer.hashicorp.com/vault/api-docs>

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Body;
use super::fault::refused;
use crate::acl::Capability;
use crate::vault::capabilities::Operation;
use crate::vault::error::VaultError;
use crate::vault::message::Messages;

const POLICIES: &str = "sys/policies/acl";

/// The content of a server.
#[derive(Clone, Default)]
pub(super) struct Store {
    /// The entries of `sys/auth` and `sys/mounts` by what the paths of their content begin with, such as `auth/gitlab`.
    mounts: BTreeMap<String, Body>,
    /// Everything else, by its path.
    values: BTreeMap<String, Body>,
    /// How many mounts there have been.
    mounted: usize,
}

/// What a path is about.
enum StoreTarget {
    /// A table of mounts: what the paths of their content begin with.
    Table(&'static str),
    /// An entry of a table, by the same.
    Mount(String),
    /// The settings of a mount.
    Tune(String),
    /// A value, at its path as the server keeps it, and whether a write merges into what is there.
    Value(String, bool),
    /// A path that no mount has.
    Nowhere,
    /// A path that its mount does not know.
    Unsupported,
}

/// The capabilities that a request needs. A server looks whether something is there only at some paths.
pub(super) fn needed(operation: Operation, path: &str, exists: bool) -> Vec<Capability> {
    let is_root_protected = path.starts_with("sys/auth/");
    let segments: Vec<&str> = path.split('/').collect();
    let has_existence_check =
        matches!(segments[..], ["auth", _, "role", _] | [_, "config", "root"]);
    let needed = match operation {
        Operation::Read => Capability::Read,
        Operation::List => Capability::List,
        Operation::Delete => Capability::Delete,
        Operation::Write if has_existence_check && !exists => Capability::Create,
        Operation::Write => Capability::Update,
    };
    let sudo = is_root_protected.then_some(Capability::Sudo);
    [needed].into_iter().chain(sudo).collect()
}

impl Store {
    pub(super) fn exists(&self, path: &str) -> bool {
        matches!(self.read(path), Ok(Some(_)))
    }

    pub(super) fn read(&self, path: &str) -> Result<Option<Body>, VaultError> {
        match self.target(path) {
            StoreTarget::Table(prefix) => Ok(Some(self.table(prefix))),
            StoreTarget::Mount(mount) => Ok(self.mounts.get(&mount).cloned()),
            StoreTarget::Value(path, _) => Ok(self.values.get(&path).cloned()),
            StoreTarget::Tune(_) | StoreTarget::Unsupported => Err(unsupported(path)),
            StoreTarget::Nowhere => Err(missing_mount(path)),
        }
    }

    pub(super) fn list(&self, path: &str) -> Result<Vec<String>, VaultError> {
        match self.target(path) {
            StoreTarget::Nowhere => Err(missing_mount(path)),
            StoreTarget::Value(folder, _) => {
                let prefix = format!("{folder}/");
                let names = self
                    .values
                    .keys()
                    .filter_map(|path| path.strip_prefix(&prefix));
                Ok(names.map(str::to_owned).collect())
            }
            _ => Err(unsupported(path)),
        }
    }

    pub(super) fn write(&mut self, path: &str, body: Body) -> Result<(), VaultError> {
        match self.target(path) {
            StoreTarget::Mount(mount) if self.mounts.contains_key(&mount) => {
                // "path is already in use"
                return Err(refused(Operation::Write, path, 400));
            }
            StoreTarget::Mount(mount) => self.mount(mount, body),
            StoreTarget::Tune(mount) => self.tune(path, &mount, body)?,
            StoreTarget::Value(at, merges) => {
                let mut value = self
                    .values
                    .remove(&at)
                    .filter(|_| merges)
                    .unwrap_or_default();
                value.extend(body);
                // No server answers a secret.
                value.remove("secret_key");
                if let Some(name) = at.strip_prefix(POLICIES) {
                    value.insert("name".to_owned(), name[1..].into());
                }
                self.values.insert(at, value);
            }
            StoreTarget::Table(_) | StoreTarget::Unsupported => return Err(unsupported(path)),
            StoreTarget::Nowhere => return Err(missing_mount(path)),
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, path: &str) -> Result<(), VaultError> {
        match self.target(path) {
            StoreTarget::Mount(mount) => {
                self.mounts.remove(&mount);
                let inside = format!("{mount}/");
                self.values.retain(|path, _| !path.starts_with(&inside));
            }
            StoreTarget::Value(path, _) => drop(self.values.remove(&path)),
            StoreTarget::Nowhere => return Err(missing_mount(path)),
            StoreTarget::Table(_) | StoreTarget::Tune(_) | StoreTarget::Unsupported => {
                return Err(unsupported(path));
            }
        }
        Ok(())
    }

    fn target(&self, path: &str) -> StoreTarget {
        if let Some(rest) = path.strip_prefix("sys/") {
            return system(rest);
        }
        let inside = self.mounts.iter().find_map(|(mount, entry)| {
            let rest = path.strip_prefix(mount.as_str())?.strip_prefix('/')?;
            Some((mount, entry, rest))
        });
        let Some((mount, entry, rest)) = inside else {
            return StoreTarget::Nowhere;
        };
        let segments: Vec<&str> = rest.split('/').collect();
        match (entry["type"].as_str().unwrap_or_default(), &segments[..]) {
            // The names of these roles have no upper case, and a write keeps what it does not carry.
            ("jwt", ["role", name]) => {
                StoreTarget::Value(format!("{mount}/role/{}", name.to_lowercase()), true)
            }
            ("jwt", ["config" | "role"] | ["cel", "role"] | ["cel", "role", _])
            | ("identity", ["entity" | "group", "id"] | ["entity" | "group", "id", _])
            | (
                "aws",
                ["config", "root" | "lease"]
                | ["roles" | "static-roles"]
                | ["roles" | "static-roles", _],
            ) => StoreTarget::Value(path.to_owned(), false),
            _ => StoreTarget::Unsupported,
        }
    }

    fn table(&self, prefix: &str) -> Body {
        let is_auth = |mount: &str| mount.starts_with("auth/");
        let mounts = self
            .mounts
            .iter()
            .filter(|(mount, _)| is_auth(mount) == (prefix == "auth/"));
        let entry = |(mount, entry): (&String, &Body)| {
            let path = mount.strip_prefix(prefix).unwrap_or(mount);
            (format!("{path}/"), Value::Object(entry.clone()))
        };
        mounts.map(entry).collect()
    }

    fn mount(&mut self, mount: String, mut entry: Body) {
        self.mounted += 1;
        let kind = entry["type"].as_str().unwrap_or_default();
        let accessor = format!("{kind}_{}", self.mounted);
        entry.insert("accessor".to_owned(), accessor.into());
        entry.entry("config").or_insert_with(|| json!({}));
        self.mounts.insert(mount, entry);
    }

    fn tune(&mut self, path: &str, mount: &str, mut body: Body) -> Result<(), VaultError> {
        let entry = self.mounts.get_mut(mount);
        let entry = entry.ok_or_else(|| refused(Operation::Write, path, 400))?;
        entry.extend(body.remove_entry("description"));
        if let Some(Value::Object(config)) = entry.get_mut("config") {
            config.extend(body);
        }
        Ok(())
    }
}

/// Paths below `sys/`.
fn system(rest: &str) -> StoreTarget {
    match rest {
        "auth" => return StoreTarget::Table("auth/"),
        "mounts" => return StoreTarget::Table(""),
        _ => {}
    }
    if let Some(mount) = rest.strip_prefix("auth/") {
        return StoreTarget::Mount(format!("auth/{mount}"));
    }
    if let Some(mount) = rest.strip_prefix("mounts/") {
        return match mount.strip_suffix("/tune") {
            Some(mount) => StoreTarget::Tune(mount.to_owned()),
            None => StoreTarget::Mount(mount.to_owned()),
        };
    }
    if rest.starts_with("policies/acl") {
        return StoreTarget::Value(format!("sys/{}", rest.to_lowercase()), false);
    }
    StoreTarget::Unsupported
}

fn missing_mount(path: &str) -> VaultError {
    VaultError::MissingMount {
        path: path.to_owned(),
    }
}

fn unsupported(path: &str) -> VaultError {
    VaultError::UnsupportedPath {
        path: path.to_owned(),
        messages: Messages::default(),
    }
}
