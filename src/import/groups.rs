//! The JWT roles, policies and AWS roles that follow from a group's file, and the group files. Vault does not know which group
//! is a subgroup of which: those with the same mappings share a file, unless GitLab says that none is above the others.

use std::collections::{BTreeMap, BTreeSet};

use super::environment_name::{PLACEHOLDER, fitting};
use super::fields::fields;
use super::projects::{Mapped, Mappings, environments_of};
use super::role_template::{NAMESPACE, group_of};
use super::{ByEnvironment, Draft, Files, Form, ImportedEntry, ImportedValue};
use crate::acl::{self, Capability, Rule};
use crate::files::file_stem;
use crate::live::Discovery;
use crate::resource::{self, Address, AwsRole, JwtRole, Kind, Policy, Typed};
use crate::value::{EnvironmentName, EnvironmentRole, GroupId, GroupPath, GroupRoleNameTemplate};
use crate::yaml;

const UNKNOWN: &str = "Vault does not know the group's path: write it here, and move the file to the folder of that path";
const WHICH: &str = "Nor does it know which of these ids is the group, and which are subgroups";

// Why a JWT role for the jobs of a group is written as it is.
const NO_TEMPLATE: &str = "no JWT role has `for_each: environments`, whose settings it would get";
const OTHER_NAME: &str = "its name does not follow from one with `for_each: environments`, as in aws-group-ID-ENVIRONMENT";
const OTHER_POLICIES: &str = "it gives other policies than the one of its own name";
const OTHER_RULES: &str =
    "its policy is not `update` of AWS roles with names as in group-ID-ENVIRONMENT alone";
const OTHER_ROLES: &str = "an AWS role of its policy is missing, or has what a mapping can't have";
const FOR_PLATFORM: &str =
    "what is to be allowed in the mapping of its AWS role, no group's file may allow";
/// The objection of a plan of the files.
const DIFFERS: &str = "a group's file would give it other settings";

/// The groups that may get a file.
pub(crate) fn groups(discovery: &Discovery) -> BTreeSet<GroupId> {
    let roles = resource::of_type::<JwtRole>(&discovery.live.resources);
    roles
        .filter_map(|(address, role)| group_of(address, role))
        .collect()
}

/// What group files hold in place of roles and policies.
#[derive(Debug, Default)]
pub(super) struct Groups<'d> {
    groups: BTreeMap<GroupId, ImportedGroup<'d>>,
    /// The subgroups in the file of each group that has one.
    files: BTreeMap<GroupId, Vec<GroupId>>,
    /// The JWT roles that are for groups and follow from no file.
    others: BTreeMap<&'d Address, &'static str>,
}

#[derive(Debug, Default)]
struct ImportedGroup<'d> {
    /// The AWS roles.
    mapped: Vec<Mapped<'d>>,
    /// The JWT roles and policies that follow from these.
    derived: BTreeSet<Address>,
}

impl<'d> Groups<'d> {
    /// Those of the engine that has the projects' roles: the files know one such engine.
    pub(super) fn of(
        draft: &Draft<'d>,
        shared: &ByEnvironment<'_>,
        mappings: &Mappings<'d>,
    ) -> Self {
        let mut all = Self::default();
        let Some(engine) = mappings.secrets else {
            return all;
        };
        let bound = draft.all_of::<JwtRole>();
        let bound = bound.filter(|(_, role)| role.bound_claims.contains_key(NAMESPACE));
        for (address, role) in bound.filter(|(_, role)| uses(draft, engine, role)) {
            let search = GroupSearch {
                draft,
                shared,
                engine,
                address,
                role,
            };
            match search.roles() {
                Ok((id, mapped)) => {
                    let group = all.groups.entry(id).or_default();
                    let policy = Address::of_policy(&address.name);
                    group.derived.extend([address.clone(), policy]);
                    for one in mapped {
                        if group
                            .mapped
                            .iter()
                            .all(|there| there.address != one.address)
                        {
                            group.mapped.push(one);
                        }
                    }
                }
                Err(reason) => {
                    all.others.insert(address, reason);
                }
            }
        }
        all.files = all.files(draft);
        all
    }

    fn files(&self, draft: &Draft<'_>) -> BTreeMap<GroupId, Vec<GroupId>> {
        let path = |id: &GroupId| draft.paths.of_group(*id).map(GroupPath::as_str);
        let mut ids: Vec<GroupId> = self.groups.keys().copied().collect();
        ids.sort_by_key(|id| (path(id).map_or(usize::MAX, str::len), *id));
        let mut files: BTreeMap<GroupId, Vec<GroupId>> = BTreeMap::new();
        for id in ids {
            let may_be_above = |above: &GroupId| match (path(above), path(&id)) {
                (Some(above), Some(below)) => below
                    .strip_prefix(above)
                    .is_some_and(|rest| rest.starts_with('/')),
                _ => true,
            };
            let mut mains = files.iter_mut();
            let main = mains.find(|(main, _)| {
                may_be_above(main) && self.groups[main].is_like(&self.groups[&id])
            });
            match main {
                Some((_, subgroups)) => subgroups.push(id),
                None => {
                    files.insert(id, Vec::new());
                }
            }
        }
        files
    }

    /// Whether a role or policy follows from a group's file.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.groups.values().any(|group| group.has(address))
    }

    /// The AWS roles in group files.
    pub(super) fn aws_roles(&self) -> impl Iterator<Item = &'d Address> {
        let groups = self.groups.values();
        groups.flat_map(|group| group.mapped.iter().map(|mapped| mapped.address))
    }

    /// How many group files there are, and how many of them have an invented path.
    pub(super) fn count(&self, draft: &Draft<'_>) -> (usize, usize) {
        let ids = self.files.keys();
        let unknown = ids.filter(|id| draft.paths.of_group(**id).is_none());
        (self.files.len(), unknown.count())
    }

    /// Why a JWT role is not in a group's file.
    pub(super) fn comment(&self, address: &Address) -> Option<String> {
        let reason = self.others.get(address)?;
        Some(format!("Not in a group's file: {reason}"))
    }

    /// The JWT roles that follow from a file which makes what there is an objection to.
    fn objected<'o>(
        &self,
        draft: &Draft<'_>,
        objections: impl Iterator<Item = &'o Address>,
    ) -> BTreeSet<Address> {
        let live = &draft.discovery.live.resources;
        let objected = objections.flat_map(|address| {
            let made_besides = |id: &GroupId| {
                !live.contains_key(address) && address.name.contains(&format!("group-{id}-"))
            };
            let groups = self.groups.iter();
            let derived = groups.flat_map(move |(id, group)| {
                let is_whole = made_besides(id);
                let derived = group.derived.iter();
                derived.filter(move |one| {
                    is_whole || one.name == address.name && group.derived.contains(address)
                })
            });
            derived.filter(|one| one.kind == Kind::JwtRole)
        });
        objected.cloned().collect()
    }

    /// Adds a file for each group.
    pub(super) fn write(&self, draft: &Draft<'_>, files: &mut Files) {
        for (id, subgroups) in &self.files {
            let group = &self.groups[id];
            let number = |id: &GroupId| ImportedValue::Plain(id.get().into());
            let (path, comment) = match draft.paths.of_group(*id) {
                Some(path) => (path.to_string(), Vec::new()),
                None if subgroups.is_empty() => (format!("unknown/group-{id}"), vec![UNKNOWN]),
                None => (format!("unknown/group-{id}"), vec![UNKNOWN, WHICH]),
            };
            let comment = comment.into_iter().map(str::to_owned);
            let mut entries = vec![
                ImportedEntry::new("group", &*path).with_comment(comment),
                ImportedEntry::new("id", number(id)),
            ];
            if !subgroups.is_empty() {
                let subgroups = ImportedValue::List(subgroups.iter().map(number).collect());
                entries.push(ImportedEntry::new("subgroups", subgroups));
            }
            entries.extend(environments_of(draft, group.mapped.iter().collect()));
            let folder = format!("projects/{}", file_stem(&path));
            let path = files.free(&folder, "group", "yaml");
            files.add(path, yaml::write(&[entries]));
        }
    }
}

impl ImportedGroup<'_> {
    /// Whether another group has the same mappings.
    fn is_like(&self, other: &Self) -> bool {
        let has = |group: &Self, one: &Mapped<'_>| group.mapped.iter().any(|two| two.is_like(one));
        self.mapped.len() == other.mapped.len() && self.mapped.iter().all(|one| has(other, one))
    }

    fn has(&self, address: &Address) -> bool {
        let mut mapped = self.mapped.iter();
        self.derived.contains(address) || mapped.any(|mapped| mapped.address == address)
    }
}

impl Draft<'_> {
    /// Writes as they are the roles of groups whose files make what there is an objection to. Returns whether there are any.
    pub(super) fn give_up_groups<'o>(
        &mut self,
        objections: impl Iterator<Item = &'o Address>,
    ) -> bool {
        let shared = ByEnvironment::of(self);
        let groups = Groups::of(self, &shared, &Mappings::of(self, &shared));
        let objected = groups.objected(self, objections);
        let is_some = !objected.is_empty();
        self.without_file.extend(objected);
        is_some
    }
}

/// Whether a policy of a role names an AWS role of the engine.
fn uses(draft: &Draft<'_>, engine: &str, role: &JwtRole) -> bool {
    let prefix = format!("\"{engine}/sts/");
    let names = role.token_policies.iter();
    let mut texts = names.filter_map(|name| policy_of(draft, name));
    texts.any(|policy| policy.policy.contains(&prefix))
}

fn policy_of<'d>(draft: &Draft<'d>, name: &str) -> Option<&'d Policy> {
    let address = Address::of_policy(name);
    let policy = draft.discovery.live.resources.get(&address)?;
    Policy::of(policy).filter(|_| draft.has(&address))
}

/// The search for what a JWT role would be in a group's file.
struct GroupSearch<'s, 'd> {
    draft: &'s Draft<'d>,
    shared: &'s ByEnvironment<'s>,
    engine: &'s str,
    address: &'d Address,
    role: &'d JwtRole,
}

impl<'d> GroupSearch<'_, 'd> {
    fn roles(&self) -> Result<(GroupId, Vec<Mapped<'d>>), &'static str> {
        if self.shared.is_empty() {
            return Err(NO_TEMPLATE);
        }
        let (id, environment) = self.jobs().ok_or(OTHER_NAME)?;
        if self.draft.without_file.contains(self.address) {
            return Err(DIFFERS);
        }
        let policies = self.role.token_policies.iter();
        if policies.ne([self.address.name.as_str()]) {
            return Err(OTHER_POLICIES);
        }
        let names = self.named(id, &environment).ok_or(OTHER_RULES)?;
        let mapped = names.into_iter().map(|role| {
            let name =
                GroupRoleNameTemplate::default().of(id, &environment.with_role(role.as_ref()));
            let address = Address::of_role(Kind::AwsRole, self.engine, name);
            let live = &self.draft.discovery.live.resources;
            let (address, resource) = live.get_key_value(&address).ok_or(OTHER_ROLES)?;
            if self.draft.form(address) == Form::Plain && AwsRole::of(resource).is_some() {
                return Err(FOR_PLATFORM);
            }
            let mapped = Mapped::new(address, resource, Some(environment.clone()), role);
            mapped
                .filter(|_| self.draft.has(address))
                .ok_or(OTHER_ROLES)
        });
        Ok((id, mapped.collect::<Result<_, _>>()?))
    }

    /// The group and the environment by the role's name.
    fn jobs(&self) -> Option<(GroupId, EnvironmentName)> {
        let id = group_of(self.address, self.role)?;
        let mut templates = self.shared.role_names();
        let environment = templates.find_map(|(mount, template)| {
            let template = template.replace(PLACEHOLDER, &format!("group-{id}-{PLACEHOLDER}"));
            fitting(&template, &self.address.name).filter(|_| mount == self.address.mount)
        });
        Some((id, environment?))
    }

    /// The names of the AWS roles that the role's policy allows, where it is the one that a group's file makes.
    fn named(
        &self,
        id: GroupId,
        environment: &EnvironmentName,
    ) -> Option<Vec<Option<EnvironmentRole>>> {
        let policy = policy_of(self.draft, &self.address.name)?;
        let address = Address::of_policy(&self.address.name);
        let rules = acl::parse_lossless(&policy.policy)?;
        let has_settings = !fields(&address, &policy.clone().into()).is_empty();
        if has_settings || rules.is_empty() || self.draft.form(&address) != Form::Short {
            return None;
        }
        let own = GroupRoleNameTemplate::default().of(id, environment.as_str());
        let own = format!("{}/sts/{own}", self.engine);
        let names = rules.iter().map(|rule| {
            let path = rule.path.clone();
            let rest = path.as_str().strip_prefix(&own)?;
            let role = match rest.strip_prefix('-') {
                Some(role) => Some(role.parse::<EnvironmentRole>().ok()?),
                None if rest.is_empty() => None,
                None => return None,
            };
            (*rule == Rule::new(path, [Capability::Update])).then_some(role)
        });
        names.collect()
    }
}
