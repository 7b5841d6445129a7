//! Paths and the capabilities that requests to them need.

use std::collections::{BTreeMap, BTreeSet};

use crate::acl::{Capability, Parameters, PathError, PathPattern, Rule, Rules};
use crate::resource::{Address, Folder, Place, Resource};

/// Matches every name in a folder: Vault's wildcard for one segment of a path.
const ANY: &str = "+";

/// Stands for the rest of a path.
const REST: &str = "*";

/// What a number of requests need, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs(BTreeMap<String, Need>);

/// What the requests to one path need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// What is at the path, for people.
    pub(super) description: String,
    /// What has to be allowed.
    pub(super) capabilities: BTreeSet<Capability>,
    /// The values that its requests may have; empty allows every value.
    allowed: Parameters,
    /// The values that they may not have.
    denied: Parameters,
}

impl Needs {
    /// The needs by path, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Need)> {
        self.0.iter().map(|(path, need)| (path.as_str(), need))
    }

    /// Needs capabilities on a path; the first description stays.
    pub(super) fn add(
        &mut self,
        path: String,
        description: impl Into<String>,
        capabilities: &[Capability],
    ) {
        let need = self.0.entry(path).or_insert_with(|| Need {
            description: description.into(),
            ..Need::default()
        });
        need.capabilities.extend(capabilities);
    }

    /// Bounds what requests to a path may say.
    pub(super) fn bound(&mut self, path: &str, allowed: Parameters, denied: Parameters) {
        if let Some(need) = self.0.get_mut(path) {
            (need.allowed, need.denied) = (allowed, denied);
        }
    }

    /// Needs what reading a resource needs.
    pub(super) fn read(&mut self, address: &Address) {
        let (path, description) = match address.kind.place() {
            Place::Mount(table) => (
                table.path().to_owned(),
                format!("The {}s", address.kind.title()),
            ),
            Place::Config(..) | Place::Listed(..) | Place::Named(_) => {
                (address.path(), described(address))
            }
        };
        self.add(path, description, &[Capability::Read]);
    }

    /// Needs what finding all resources of a kind in a mount needs.
    pub(super) fn list(&mut self, folder: &Folder) {
        let title = folder.kind().title();
        let description = format!("The names of the {title}s of {}", folder.mount());
        self.add(folder.path(), description, &[Capability::List]);
    }

    /// Needs what creating a resource needs.
    pub(super) fn create(&mut self, address: &Address, resource: &Resource) {
        let path = resource.write(address, None).path;
        self.add(path, described(address), address.kind.create_needs());
    }

    /// Needs what changing a resource needs.
    pub(super) fn update(&mut self, address: &Address, resource: &Resource) {
        let path = resource.write(address, Some(resource)).path;
        self.add(path, described(address), &[Capability::Update]);
    }

    /// Needs what creating and changing any resource of a kind in a mount needs.
    pub(super) fn write_any(&mut self, folder: &Folder) {
        let any = all_of(folder);
        let needed = any.kind.create_needs().iter().copied();
        let needed: Vec<_> = needed.chain([Capability::Update]).collect();
        self.add(any.path(), described(&any), &needed);
    }

    /// Needs what deleting a resource needs.
    pub(super) fn delete(&mut self, address: &Address) {
        self.add(
            address.path(),
            described(address),
            address.kind.delete_needs(),
        );
    }

    /// The rules that allow this and no more.
    ///
    /// # Errors
    /// When a name can't stand in a policy's path.
    pub(super) fn rules(self) -> Result<Rules, PathError> {
        let rules = self.0.into_iter().map(|(path, need)| {
            Ok(Rule {
                description: Some(need.description),
                allowed_parameters: need.allowed,
                denied_parameters: need.denied,
                ..Rule::new(PathPattern::try_from(path)?, need.capabilities)
            })
        });
        rules.collect()
    }
}

/// Every resource of a kind in a mount at once.
pub(super) fn all_of(folder: &Folder) -> Address {
    folder.item(ANY)
}

/// Every policy, as entities and groups may name any.
pub(super) fn every_policy() -> Address {
    Address::of_policy(ANY)
}

/// Every policy whose name begins so.
pub(super) fn all_policies(prefix: &str) -> Address {
    Address::of_policy(format!("{prefix}{REST}"))
}

fn described(address: &Address) -> String {
    let Address { kind, mount, name } = address;
    let title = kind.title();
    match (mount.as_str(), name.as_str()) {
        ("", ANY) => format!("Every {title}"),
        (mount, ANY) => format!("The {title}s of {mount}"),
        ("", name) if name.ends_with(REST) => format!("Every {title} {name}"),
        ("", name) => format!("The {title} {name}"),
        (mount, "") if matches!(kind.place(), Place::Mount(_)) => format!("The {title} {mount}"),
        (mount, "") => format!("The {title} of {mount}"),
        (mount, name) => format!("The {title} {name} of {mount}"),
    }
}
