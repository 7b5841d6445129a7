//! The roles that are mappings of projects, and the project files; those of groups are in [`super::Groups`].

use std::collections::{BTreeMap, BTreeSet};

use super::fields::fields;
use super::{ByEnvironment, Draft, Files, Form, ImportedEntry, ImportedValue, ProjectPaths};
use crate::files::stem_of_project;
use crate::live::Discovery;
use crate::mappings::is_taken_by_aws;
use crate::resource::{Address, AwsRole, Kind, Resource, Typed};
use crate::value::{EnvironmentName, EnvironmentRole, ProjectId, RoleArn, account_of};
use crate::yaml;

/// The names of the roles of projects; [`Mapped::of_project`] splits such names.
const ROLE_NAME: &str = "{project_id}-{environment}";

/// The projects that may get a file.
pub(crate) fn projects(discovery: &Discovery) -> BTreeSet<ProjectId> {
    let resources = discovery.live.resources.keys();
    let roles = resources.filter(|address| address.kind == Kind::AwsRole);
    let ids = roles.filter_map(|address| {
        let id = address.name.split('-').next()?;
        id.parse::<ProjectId>().ok()
    });
    ids.collect()
}

/// The roles of one engine that are mappings of projects.
#[derive(Debug, Default)]
pub(super) struct Mappings<'d> {
    /// The mount path of the engine, if there is one.
    pub(super) secrets: Option<&'d str>,
    /// The mappings of each project.
    pub(super) projects: BTreeMap<ProjectId, Vec<Mapped<'d>>>,
    roles: BTreeSet<&'d Address>,
}

impl<'d> Mappings<'d> {
    /// Those of the engine that has the most of them: the files know one such engine.
    pub(super) fn of(draft: &Draft<'d>, shared: &ByEnvironment<'_>) -> Self {
        let engines = draft.mounts_of(Kind::AwsRole);
        let of_engine = |(address, _): (&'d Address, _)| {
            let roles = draft.inside(Kind::AwsRole, &address.mount);
            let mapped: Vec<_> = roles
                .filter(|(address, _)| draft.form(address) == Form::Short)
                .filter_map(|(address, role)| Mapped::of_project(address, role, shared))
                .collect();
            (&*address.mount, mapped)
        };
        let most = engines.map(of_engine).reduce(|most, next| {
            if next.1.len() > most.1.len() {
                next
            } else {
                most
            }
        });
        let Some((secrets, mapped)) = most else {
            return Self::default();
        };
        let roles = mapped.iter().map(|(_, mapping)| mapping.address).collect();
        let mut projects: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (project, mapping) in mapped {
            projects.entry(project).or_default().push(mapping);
        }
        Self {
            secrets: Some(secrets),
            projects,
            roles,
        }
    }

    /// The roles that are in a project's file.
    pub(super) fn addresses(&self) -> impl Iterator<Item = &'d Address> {
        self.roles.iter().copied()
    }

    /// Whether a role is in a project's file.
    pub(super) fn has(&self, address: &Address) -> bool {
        self.roles.contains(address)
    }

    /// How many projects have an invented path.
    pub(super) fn without_path(&self, paths: &ProjectPaths) -> usize {
        self.projects
            .keys()
            .filter(|id| paths.of(**id).is_none())
            .count()
    }

    /// The section `mappings` of `vault.yaml`.
    pub(super) fn rules(
        &self,
        draft: &Draft<'_>,
        shared: &ByEnvironment<'_>,
    ) -> Vec<ImportedEntry> {
        let Some(secrets) = self.secrets else {
            return Vec::new();
        };
        let mut rules = vec![
            ImportedEntry::new("secrets", secrets),
            ImportedEntry::new("role_name", ROLE_NAME),
        ];
        let texts = |texts: BTreeSet<&str>| {
            let texts = texts.into_iter().map(ImportedValue::from);
            ImportedValue::List(texts.collect())
        };
        // Projects may go on to name roles of the accounts that are in use.
        let roles = draft.all_of::<AwsRole>();
        let arns = roles.flat_map(|(_, role)| role.role_arns.iter());
        let accounts: BTreeSet<&str> = arns.filter_map(account_of).collect();
        let lists = [
            ("allowed_accounts", accounts),
            ("project_allows", self.allowed(draft)),
        ];
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        rules.extend(lists.map(|(key, list)| ImportedEntry::new(key, texts(list))));
        let environments = shared.entries(&self.used_roles());
        if !environments.is_empty() {
            rules.push(ImportedEntry::new("environments", environments));
        }
        rules
    }

    /// The lints that are found in mappings and that their files may allow.
    fn allowed(&self, draft: &Draft<'_>) -> BTreeSet<&'static str> {
        let allowed = self.roles.iter();
        let allowed = allowed.filter_map(|role| draft.allowed.get(*role));
        allowed.flatten().copied().collect()
    }

    /// The names of roles that mappings have, by environment.
    fn used_roles(&self) -> BTreeMap<EnvironmentName, BTreeSet<EnvironmentRole>> {
        let mut used: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for mapped in self.projects.values().flatten() {
            if let (Some(environment), Some(role)) = (&mapped.environment, &mapped.role) {
                let roles = used.entry(environment.clone()).or_default();
                roles.insert(role.clone());
            }
        }
        used
    }

    /// Adds a file for each project.
    pub(super) fn write(&self, draft: &Draft<'_>, files: &mut Files) {
        let paths = draft.paths;
        for (id, mappings) in &self.projects {
            let (path, comment) = match paths.of(*id) {
                Some(path) => (path.to_string(), None),
                None => (format!("unknown/project-{id}"), Some(UNKNOWN)),
            };
            let project =
                ImportedEntry::new("project", &*path).with_comment(comment.map(str::to_owned));
            let id = ImportedEntry::new("id", ImportedValue::Plain(id.get().into()));
            let (environments, default): (Vec<_>, Vec<_>) = mappings
                .iter()
                .partition(|mapping| mapping.environment.is_some());
            let mut entries = vec![project, id];
            entries.extend(environments_of(draft, environments));
            entries.extend(default.into_iter().map(|mapping| mapping.entry(draft)));
            let path = files.free("projects", &stem_of_project(&path), "yaml");
            files.add(path, yaml::write(&[entries]));
        }
    }
}

const UNKNOWN: &str =
    "Vault does not know the project's path: write it here, and move the file to the same path";

/// A role that is the mapping of a project or group.
#[derive(Debug)]
pub(super) struct Mapped<'d> {
    pub(super) address: &'d Address,
    resource: &'d Resource,
    /// The environment; none for jobs that have none.
    environment: Option<EnvironmentName>,
    /// Its name, where the environment has several.
    role: Option<EnvironmentRole>,
}

impl<'d> Mapped<'d> {
    /// A role whose name and fields a project file can hold, and its project.
    fn of_project(
        address: &'d Address,
        resource: &'d Resource,
        shared: &ByEnvironment<'_>,
    ) -> Option<(ProjectId, Self)> {
        let (id, (environment, role)) = match address.name.split_once('-') {
            // An environment that is not one of the shared ones would get a JWT role that Vault lacks.
            Some((id, rest)) if !shared.is_empty() => {
                let (environment, role) = shared.split(rest)?;
                (id, (Some(environment), role))
            }
            Some((id, rest)) => (id, (Some(rest.parse().ok()?), None)),
            None => (&*address.name, (None, None)),
        };
        let project: ProjectId = id.parse().ok()?;
        let mapped = Self::new(address, resource, environment, role)?;
        (project.to_string() == id).then_some((project, mapped))
    }

    /// The mapping of an environment, if its file can hold the role's fields.
    pub(super) fn new(
        address: &'d Address,
        resource: &'d Resource,
        environment: Option<EnvironmentName>,
        role: Option<EnvironmentRole>,
    ) -> Option<Self> {
        is_mapping(AwsRole::of(resource)?).then_some(Self {
            address,
            resource,
            environment,
            role,
        })
    }

    /// Whether another mapping has the same entry.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.environment, &self.role, self.resource)
            == (&other.environment, &other.role, other.resource)
    }

    fn entry(&self, draft: &Draft<'_>) -> ImportedEntry {
        let environment = self.environment.as_ref().map(EnvironmentName::as_str);
        let role = self.role.as_ref().map(EnvironmentRole::as_str);
        let mut settings = draft.with_allowed(self.address, fields(self.address, self.resource));
        for setting in &mut settings {
            if let ("role_arns", ImportedValue::List(arns)) =
                (setting.key.as_str(), &mut setting.value)
            {
                setting.value = arns.remove(0);
                setting.key = "role_arn".into();
            }
        }
        let value = match settings.as_mut_slice() {
            [arn] => std::mem::replace(&mut arn.value, ImportedValue::Map(Vec::new())),
            _ => ImportedValue::Map(settings),
        };
        ImportedEntry::new(role.or(environment).unwrap_or("default"), value)
            .about(self.address.clone())
    }
}

/// The key `environments` with these mappings, each a role, or several with names under `roles`. None without mappings.
pub(super) fn environments_of(
    draft: &Draft<'_>,
    mut mapped: Vec<&Mapped<'_>>,
) -> Option<ImportedEntry> {
    let mut entries: Vec<ImportedEntry> = Vec::new();
    // In the order of Vault's names, a role of `prod-eu` may be between two of `prod`.
    mapped.sort_by_key(|mapping| (&mapping.environment, &mapping.role));
    for same in mapped.chunk_by(|one, other| one.environment == other.environment) {
        let (named, plain): (Vec<&Mapped<'_>>, Vec<&Mapped<'_>>) =
            same.iter().partition(|mapping| mapping.role.is_some());
        entries.extend(plain.into_iter().map(|mapping| mapping.entry(draft)));
        if let Some(environment) = named.first().and_then(|first| first.environment.as_ref()) {
            let roles: Vec<_> = named.iter().map(|mapping| mapping.entry(draft)).collect();
            let roles = vec![ImportedEntry::new("roles", roles)];
            entries.push(ImportedEntry::new(environment.as_str(), roles));
        }
    }
    (!entries.is_empty()).then(|| ImportedEntry::new("environments", entries))
}

/// Whether a role has no setting that a mapping does not have, and no value that a mapping may not have.
fn is_mapping(role: &AwsRole) -> bool {
    let mapping = AwsRole {
        role_arns: role.role_arns.clone(),
        default_sts_ttl: role.default_sts_ttl,
        max_sts_ttl: role.max_sts_ttl,
        external_id: role.external_id.clone(),
        session_tags: role.session_tags.clone(),
        policy_arns: role.policy_arns.clone(),
        ..AwsRole::default()
    };
    let mut arns = role.role_arns.iter();
    let arn = arns.next().map(str::parse::<RoleArn>);
    matches!(arn, Some(Ok(_))) && arns.next().is_none() && mapping == *role && is_taken_by_aws(role)
}
