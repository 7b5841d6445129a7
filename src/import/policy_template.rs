//! Policies that differ by environment alone, as one policy with `for_each: environments`.

use std::collections::{BTreeMap, BTreeSet};

use super::environment_name::{PLACEHOLDER, replace_in_value, replaced};
use super::fields::fields;
use super::policy::{self, PolicySource, References};
use super::{Draft, Form, ImportedEntry, ImportedValue};
use crate::resource::{Address, Policy};
use crate::value::{EnvironmentName, EnvironmentRole};

/// What several policies have in common.
#[derive(Debug)]
pub(super) struct PolicyTemplate<'d> {
    name: String,
    pub(super) members: Vec<&'d Address>,
    /// The roles that each policy has rules for, where an environment has several.
    pub(super) roles: BTreeMap<EnvironmentName, BTreeSet<EnvironmentRole>>,
    fields: Vec<ImportedEntry>,
}

/// A policy of one environment, with the placeholder in place of its name.
struct OwnPolicy<'d> {
    address: &'d Address,
    rules: Vec<OwnRule>,
    settings: Vec<ImportedEntry>,
}

/// A rule, with `for_each: roles` if it is for roles of the environment.
#[derive(Clone, PartialEq)]
struct OwnRule {
    written: ImportedValue,
    roles: BTreeSet<EnvironmentRole>,
}

/// The templates whose policies are those of exactly these environments.
pub(super) fn of<'d>(
    draft: &Draft<'d>,
    environments: &BTreeSet<&EnvironmentName>,
) -> Vec<PolicyTemplate<'d>> {
    let references = References::of(draft);
    let mut families: BTreeMap<String, BTreeMap<&EnvironmentName, OwnPolicy<'d>>> = BTreeMap::new();
    for (address, policy) in draft.all_of::<Policy>() {
        if draft.form(address) != Form::Short {
            continue;
        }
        for environment in environments {
            let name = replaced(&address.name, environment.as_str(), PLACEHOLDER);
            if name == address.name {
                continue;
            }
            if let Some(own) = OwnPolicy::of(address, policy, environment, &references) {
                families.entry(name).or_default().insert(environment, own);
            }
        }
    }
    let whole = families
        .into_iter()
        .filter(|(_, members)| members.len() == environments.len());
    whole
        .filter_map(|(name, members)| PolicyTemplate::of(name, &members))
        .collect()
}

impl<'d> OwnPolicy<'d> {
    fn of(
        address: &'d Address,
        policy: &Policy,
        environment: &EnvironmentName,
        references: &References,
    ) -> Option<Self> {
        let source = policy::source(&policy.policy, Form::Short, references);
        let PolicySource::Rules(ImportedValue::List(rules)) = source else {
            return None;
        };
        let mut own: Vec<OwnRule> = Vec::new();
        for mut rule in rules {
            replace_in_value(&mut rule, environment.as_str(), PLACEHOLDER);
            let rule = OwnRule::of(rule);
            match own.last_mut() {
                Some(last) if !rule.roles.is_empty() && last.written == rule.written => {
                    last.roles.extend(rule.roles);
                }
                _ => own.push(rule),
            }
        }
        let settings = fields(address, &policy.clone().into());
        Some(Self {
            address,
            rules: own,
            settings,
        })
    }
}

impl OwnRule {
    fn of(rule: ImportedValue) -> Self {
        let plain = Self {
            written: rule.clone(),
            roles: BTreeSet::new(),
        };
        let ImportedValue::Map(mut entries) = rule else {
            return plain;
        };
        let path = entries.iter_mut().find(|entry| entry.key == "path");
        let Some(ImportedValue::Text(path)) = path.map(|entry| &mut entry.value) else {
            return plain;
        };
        let ending = path
            .rsplit_once(PLACEHOLDER)
            .and_then(|(_, ending)| ending.strip_prefix('-'));
        let Some(role) = ending.and_then(|role| role.parse::<EnvironmentRole>().ok()) else {
            return plain;
        };
        let until = path.len() - role.as_str().len();
        path.replace_range(until.., "{role}");
        entries.insert(1, ImportedEntry::new("for_each", "roles"));
        Self {
            written: ImportedValue::Map(entries),
            roles: BTreeSet::from([role]),
        }
    }
}

impl<'d> PolicyTemplate<'d> {
    /// None where the policies differ by more than the environment and its roles.
    fn of(name: String, members: &BTreeMap<&EnvironmentName, OwnPolicy<'d>>) -> Option<Self> {
        let fullest = members.values().max_by_key(|member| member.rules.len())?;
        for member in members.values() {
            let written: Vec<_> = member.rules.iter().map(|rule| &rule.written).collect();
            let expected = fullest.rules.iter();
            let expected = expected
                .filter(|rule| rule.roles.is_empty() || written.contains(&&rule.written))
                .map(|rule| &rule.written);
            if written != expected.collect::<Vec<_>>() || member.settings != fullest.settings {
                return None;
            }
        }
        let roles = members.iter().map(|(environment, member)| {
            let roles = member.rules.iter().flat_map(|rule| rule.roles.clone());
            ((*environment).clone(), roles.collect())
        });
        let rules = fullest.rules.iter().map(|rule| rule.written.clone());
        let mut fields = vec![
            ImportedEntry::new("for_each", "environments"),
            ImportedEntry::new("rules", ImportedValue::List(rules.collect())),
        ];
        fields.extend(fullest.settings.iter().cloned());
        Some(Self {
            name,
            members: members.values().map(|member| member.address).collect(),
            roles: roles.collect(),
            fields,
        })
    }

    /// The policy of `vault.yaml`.
    pub(super) fn entry(&self, draft: &Draft<'_>) -> ImportedEntry {
        let fields = self.fields.clone();
        match self.members.first() {
            Some(address) => {
                let entries = draft.with_allowed(address, fields);
                ImportedEntry::new(&self.name, entries).about((*address).clone())
            }
            None => ImportedEntry::new(&self.name, fields),
        }
    }
}
