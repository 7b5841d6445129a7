//! JWT roles that differ by environment alone, as one role with `for_each: environments`.

use std::collections::{BTreeMap, BTreeSet};

use super::environment_name::{PLACEHOLDER, fitting, in_role_name, replace_in_value, replaced};
use super::fields::fields;
use super::{Draft, ImportedEntry, ImportedValue};
use crate::resource::{Address, BoundClaimsType, JwtRole};
use crate::value::{BoundClaims, ClaimValues, EnvironmentGlob, EnvironmentName, GroupId};

const ENVIRONMENT: &str = "environment";

/// The claim with the group of a job's project.
pub(super) const NAMESPACE: &str = "namespace_id";

/// The group that a JWT role is for by its name and its claims.
pub(super) fn group_of(address: &Address, role: &JwtRole) -> Option<GroupId> {
    let claim = role.bound_claims.get(NAMESPACE)?;
    let id: GroupId = claim.texts().next()?.parse().ok()?;
    let is_in_name = address.name.contains(&format!("group-{id}-"));
    (is_in_name && claim.iter().count() == 1).then_some(id)
}

/// A JWT role that admits jobs of some environments.
#[derive(Debug, Clone)]
pub(super) struct BoundRole<'d> {
    pub(super) address: &'d Address,
    role: &'d JwtRole,
    /// GitLab's names of the environments.
    pub(super) globs: Vec<&'d str>,
}

/// What several JWT roles have in common.
#[derive(Debug)]
pub(super) struct RoleTemplate<'d> {
    pub(super) mount: &'d str,
    pub(super) name: String,
    pub(super) members: BTreeMap<EnvironmentName, BoundRole<'d>>,
    /// The environments whose roles have more claims than the others.
    pub(super) protected: BTreeSet<EnvironmentName>,
    fields: Vec<ImportedEntry>,
}

impl<'d> BoundRole<'d> {
    fn of(address: &'d Address, role: &'d JwtRole) -> Option<Self> {
        let claim = role.bound_claims.get(ENVIRONMENT)?;
        let globs: Vec<&str> = claim.texts().collect();
        let are_names = globs
            .iter()
            .all(|glob| glob.parse::<EnvironmentGlob>().is_ok());
        let is_whole = !globs.is_empty() && globs.len() == claim.iter().count();
        (is_whole && are_names).then_some(Self {
            address,
            role,
            globs,
        })
    }

    fn has_glob(&self) -> bool {
        self.globs.iter().any(|glob| glob.contains('*'))
    }

    fn compares_globs(&self) -> bool {
        self.role.bound_claims_type == BoundClaimsType::Glob
    }

    /// The claims beside the environment, with the placeholder in place of its name.
    fn other_claims(&self, environment: &EnvironmentName) -> BoundClaims {
        let claims = self.role.bound_claims.iter();
        let others = claims.filter(|(name, _)| *name != ENVIRONMENT);
        let others = others.map(|(name, values)| {
            let filled = values.texts();
            let filled: ClaimValues = filled
                .map(|text| replaced(text, environment.as_str(), PLACEHOLDER))
                .collect();
            let is_whole = values.iter().count() == filled.iter().count();
            let values = if is_whole { filled } else { values.clone() };
            (name.clone(), values)
        });
        others.collect()
    }

    /// The fields of the template, with these claims.
    fn fields(&self, environment: &EnvironmentName, claims: BoundClaims) -> Vec<ImportedEntry> {
        let bound_claims_type = if self.has_glob() {
            BoundClaimsType::String
        } else {
            self.role.bound_claims_type
        };
        let role = JwtRole {
            bound_claims: BoundClaims::new(),
            bound_claims_type,
            ..self.role.clone()
        };
        let mut entries = fields(self.address, &role.into());
        for entry in &mut entries {
            replace_in_value(&mut entry.value, environment.as_str(), PLACEHOLDER);
        }
        let environment: ClaimValues = [PLACEHOLDER.to_owned()].into_iter().collect();
        let mut all = claims;
        all.insert(ENVIRONMENT.to_owned(), environment);
        let before = ["user_claim", "bound_subject", "bound_audiences"];
        let at = entries
            .iter()
            .rposition(|entry| before.contains(&entry.key.as_str()))
            .map_or(0, |last| last + 1);
        entries.insert(at, ImportedEntry::new("bound_claims", written(&all)));
        entries
    }
}

/// Claims as files write them: one value as it is, several as a list.
fn written(claims: &BoundClaims) -> ImportedValue {
    let claims = claims.iter().map(|(name, values)| {
        let mut values: Vec<_> = values
            .iter()
            .map(|value| ImportedValue::from(serde_json::Value::from(value.clone())))
            .collect();
        let value = match values.len() {
            1 => values.remove(0),
            _ => ImportedValue::List(values),
        };
        ImportedEntry::new(name, value)
    });
    ImportedValue::Map(claims.collect())
}

/// The templates of a mount's roles.
pub(super) fn of_mount<'d>(draft: &Draft<'d>, mount: &'d str) -> Vec<RoleTemplate<'d>> {
    let roles = draft.all_of::<JwtRole>();
    let roles = roles.filter(|(address, role)| {
        let is_of_group = group_of(address, role).is_some();
        address.mount == mount && (!is_of_group || draft.without_file.contains(*address))
    });
    let bound = roles.filter_map(|(address, role)| BoundRole::of(address, role));
    let mut families: BTreeMap<String, BTreeMap<EnvironmentName, BoundRole<'d>>> = BTreeMap::new();
    let mut strays = Vec::new();
    for role in bound {
        match in_role_name(&role.address.name, &role.globs) {
            Some(environment) => {
                let name = replaced(&role.address.name, environment.as_str(), PLACEHOLDER);
                families.entry(name).or_default().insert(environment, role);
            }
            None => strays.push(role),
        }
    }
    if let Some(largest) = families.iter().max_by_key(|(_, members)| members.len()) {
        let name = largest.0.clone();
        let is_alone = |members: &BTreeMap<_, _>| members.len() == 1;
        let (alone, together) = std::mem::take(&mut families)
            .into_iter()
            .partition(|(other, members)| *other != name && is_alone(members));
        families = together;
        let alone: BTreeMap<String, BTreeMap<EnvironmentName, BoundRole<'d>>> = alone;
        strays.extend(alone.into_values().flat_map(BTreeMap::into_values));
        let members = families.entry(name.clone()).or_default();
        let strays = adopt(members, &name, strays);
        for role in strays {
            if let Some(environment) = in_role_name(&role.address.name, &role.globs) {
                let name = replaced(&role.address.name, environment.as_str(), PLACEHOLDER);
                families.entry(name).or_default().insert(environment, role);
            }
        }
    }
    let templates = families
        .into_iter()
        .filter_map(|(name, members)| RoleTemplate::of(mount, name, members));
    templates.collect()
}

/// Adds the roles that a template's name fits, unless jobs that they admit have a role of it. Returns the others.
fn adopt<'d>(
    members: &mut BTreeMap<EnvironmentName, BoundRole<'d>>,
    template: &str,
    roles: Vec<BoundRole<'d>>,
) -> Vec<BoundRole<'d>> {
    let mut others = Vec::new();
    for role in roles {
        let environment = fitting(template, &role.address.name);
        let is_admitted = members
            .values()
            .flat_map(|member| &member.globs)
            .any(|glob| role.globs.contains(glob));
        match environment.filter(|name| !is_admitted && !members.contains_key(name.as_str())) {
            Some(environment) => {
                members.insert(environment, role);
            }
            None => others.push(role),
        }
    }
    others
}

impl<'d> RoleTemplate<'d> {
    /// None where the roles differ by more than the environment and the claims that protected ones have besides.
    fn of(
        mount: &'d str,
        name: String,
        members: BTreeMap<EnvironmentName, BoundRole<'d>>,
    ) -> Option<Self> {
        let all_globs = members.values().all(BoundRole::compares_globs);
        let as_needed = |role: &BoundRole<'_>| role.compares_globs() == role.has_glob();
        if !all_globs && !members.values().all(as_needed) {
            return None;
        }
        let claims = members
            .iter()
            .map(|(environment, role)| (environment, role.other_claims(environment)));
        let claims: BTreeMap<_, _> = claims.collect();
        let base = claims.values().min_by_key(|claims| claims.len())?.clone();
        let fullest = claims.values().max_by_key(|claims| claims.len())?.clone();
        let has = |claims: &BoundClaims| *claims == base || *claims == fullest;
        let extends = base
            .iter()
            .all(|(name, values)| fullest.get(name) == Some(values));
        if !extends || !claims.values().all(has) {
            return None;
        }
        let protected = claims
            .iter()
            .filter(|(_, claims)| **claims != base)
            .map(|(environment, _)| (*environment).clone())
            .collect();
        let mut each = members
            .iter()
            .map(|(environment, role)| role.fields(environment, base.clone()));
        let mut fields = each.next()?;
        if each.any(|other| other != fields) {
            return None;
        }
        let more: BoundClaims = fullest
            .into_iter()
            .filter(|(name, _)| !base.contains_key(name))
            .collect();
        if !more.is_empty() {
            let at = fields.iter().position(|entry| entry.key == "bound_claims");
            let entry = ImportedEntry::new("protected_bound_claims", written(&more));
            fields.insert(at.map_or(0, |at| at + 1), entry);
        }
        fields.insert(0, ImportedEntry::new("for_each", "environments"));
        Some(Self {
            mount,
            name,
            members,
            protected,
            fields,
        })
    }

    /// The role of `vault.yaml`.
    pub(super) fn entry(&self, draft: &Draft<'_>) -> ImportedEntry {
        let fields = self.fields.clone();
        match self.members.values().next() {
            Some(role) => {
                let entries = draft.with_allowed(role.address, fields);
                ImportedEntry::new(&self.name, entries).about(role.address.clone())
            }
            None => ImportedEntry::new(&self.name, fields),
        }
    }
}
