//! The roles and policies that Vault has for each environment, as one each with `for_each: environments`, and the
//! environments that these are for.

use std::collections::{BTreeMap, BTreeSet};

use super::policy_template::{self, PolicyTemplate};
use super::role_template::{self, RoleTemplate};
use super::{Draft, ImportedEntry, ImportedValue};
use crate::resource::{Address, Kind};
use crate::value::{EnvironmentName, EnvironmentRole};

/// What is written once for all environments.
#[derive(Debug, Default)]
pub(super) struct ByEnvironment<'d> {
    /// All with the same environments.
    roles: Vec<RoleTemplate<'d>>,
    policies: Vec<PolicyTemplate<'d>>,
}

impl<'d> ByEnvironment<'d> {
    /// The templates of the most environments. None unless they are for most of the AWS roles that have an environment.
    pub(super) fn of(draft: &Draft<'d>) -> Self {
        if !draft.by_environment {
            return Self::default();
        }
        let mounts = draft.mounts_of(Kind::JwtRole);
        let mut roles: Vec<RoleTemplate<'d>> = mounts
            .flat_map(|(address, _)| role_template::of_mount(draft, &address.mount))
            .collect();
        let sizes = roles.iter().map(|role| role.members.len());
        let Some(most) = sizes.max() else {
            return Self::default();
        };
        let largest = roles.iter().find(|role| role.members.len() == most);
        let chosen = largest.map(environments_of).unwrap_or_default();
        roles.retain(|role| environments_of(role) == chosen);
        let names = chosen.iter().map(|(name, _)| name).collect();
        let policies = policy_template::of(draft, &names);
        let found = Self { roles, policies };
        if found.are_for_most(draft) {
            found
        } else {
            Self::default()
        }
    }

    fn are_for_most(&self, draft: &Draft<'_>) -> bool {
        let roles = draft.all(Kind::AwsRole);
        let of_projects = roles.filter_map(|(address, _)| {
            let (id, rest) = address.name.split_once('-')?;
            id.parse::<u64>().ok().map(|_| rest)
        });
        let (own, others): (Vec<_>, Vec<_>) =
            of_projects.partition(|rest| self.split(rest).is_some());
        others.len() <= own.len()
    }

    /// Whether a role or policy is one of those that a template makes.
    pub(super) fn has(&self, address: &Address) -> bool {
        let roles = self.roles.iter().flat_map(|role| role.members.values());
        let policies = self.policies.iter().flat_map(|policy| &policy.members);
        let mut all = roles.map(|role| role.address).chain(policies.copied());
        all.any(|member| member == address)
    }

    /// Whether there is nothing of which the files have one for all environments.
    pub(super) fn is_empty(&self) -> bool {
        self.roles.is_empty()
    }

    /// The environment and the role in what follows the project's number in the name of an AWS role.
    pub(super) fn split(&self, rest: &str) -> Option<(EnvironmentName, Option<EnvironmentRole>)> {
        let names = || self.names();
        if let Some(name) = names().find(|name| name.as_str() == rest) {
            return Some((name.clone(), None));
        }
        names().find_map(|name| {
            let role = rest.strip_prefix(name.as_str())?.strip_prefix('-')?;
            let role: EnvironmentRole = role.parse().ok()?;
            self.has_rule_for(name, &role)
                .then(|| (name.clone(), Some(role)))
        })
    }

    fn names(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.roles
            .first()
            .into_iter()
            .flat_map(|role| role.members.keys())
    }

    fn has_rule_for(&self, name: &EnvironmentName, role: &EnvironmentRole) -> bool {
        self.policies.iter().any(|policy| {
            policy
                .roles
                .get(name)
                .is_some_and(|roles| roles.contains(role))
        })
    }

    /// The roles that there is one of for each environment: their mounts, and their names with the placeholder.
    pub(super) fn role_names(&self) -> impl Iterator<Item = (&'d str, &str)> {
        self.roles
            .iter()
            .map(|role| (role.mount, role.name.as_str()))
    }

    /// What a mount has of a kind.
    pub(super) fn of_mount(
        &self,
        draft: &Draft<'_>,
        kind: Kind,
        mount: &str,
    ) -> impl Iterator<Item = ImportedEntry> {
        self.roles
            .iter()
            .filter(move |role| kind == Kind::JwtRole && role.mount == mount)
            .map(move |role| role.entry(draft))
    }

    /// The policies.
    pub(super) fn policies(&self, draft: &Draft<'_>) -> impl Iterator<Item = ImportedEntry> {
        self.policies.iter().map(|policy| policy.entry(draft))
    }

    /// The entries of `mappings.environments`. The roles that mappings of an environment use need no declaration.
    pub(super) fn entries(
        &self,
        used: &BTreeMap<EnvironmentName, BTreeSet<EnvironmentRole>>,
    ) -> Vec<ImportedEntry> {
        let Some(role) = self.roles.first() else {
            return Vec::new();
        };
        let entries = role.members.iter().map(|(name, member)| {
            let mut settings = Vec::new();
            match member.globs.as_slice() {
                [one] if *one == name.as_str() => {}
                [one] => settings.push(ImportedEntry::new("match", *one)),
                several => {
                    let names = several.iter().map(|glob| ImportedValue::from(*glob));
                    settings.push(ImportedEntry::new(
                        "match",
                        ImportedValue::List(names.collect()),
                    ));
                }
            }
            if self.roles.iter().any(|role| role.protected.contains(name)) {
                settings.push(ImportedEntry::new(
                    "protected",
                    ImportedValue::Plain(true.into()),
                ));
            }
            let declared = self
                .policies
                .iter()
                .filter_map(|policy| policy.roles.get(name));
            let declared: BTreeSet<_> = declared.flatten().collect();
            let unused = declared.into_iter().filter(|role| {
                !used
                    .get(name)
                    .is_some_and(|used| used.contains(role.as_str()))
            });
            let unused: Vec<_> = unused
                .map(|role| ImportedValue::from(role.as_str()))
                .collect();
            if !unused.is_empty() {
                settings.push(ImportedEntry::new("roles", ImportedValue::List(unused)));
            }
            ImportedEntry::new(name.as_str(), settings).about(member.address.clone())
        });
        entries.collect()
    }
}

/// The environments of a template with GitLab's names of them.
fn environments_of<'d>(role: &RoleTemplate<'d>) -> Vec<(EnvironmentName, Vec<&'d str>)> {
    let members = role.members.iter();
    members
        .map(|(name, member)| (name.clone(), member.globs.clone()))
        .collect()
}
