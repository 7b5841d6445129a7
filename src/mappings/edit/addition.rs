//! What `add` is to add.

use std::str::FromStr;

use crate::desired::MappingOwner;
use crate::mappings::checks::{place_of_group, place_of_project};
use crate::mappings::environment_mapping::{EnvironmentMapping, ROLES};
use crate::mappings::mapping_entry::MappingEntry;
use crate::value::{
    Date, EnvironmentRole, GitLabEnvironment, GroupId, GroupPath, Invalid, ProjectId, ProjectPath,
    RoleArn, Ttl,
};
use crate::yaml::{self, NewEntry, NewValue, TextEntry};

/// The mappings to add to a project or group.
#[derive(Debug)]
pub(crate) struct MappingsToAdd {
    /// Whose jobs.
    pub(crate) owner: MappingOwnerToAdd,
    /// The IAM roles, each environment once.
    pub(crate) mappings: Vec<NewMapping>,
}

/// Whose mappings are added.
#[derive(Debug)]
pub(crate) enum MappingOwnerToAdd {
    /// A project.
    Project {
        /// Its path.
        path: ProjectPath,
        /// Its number in GitLab.
        id: ProjectId,
    },
    /// A group.
    Group {
        /// Its path.
        path: GroupPath,
        /// Its number in GitLab.
        id: GroupId,
    },
}

impl MappingOwnerToAdd {
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Project { path, .. } => path.as_str(),
            Self::Group { path, .. } => path.as_str(),
        }
    }

    pub(super) fn id(&self) -> u64 {
        match self {
            Self::Project { id, .. } => id.get(),
            Self::Group { id, .. } => id.get(),
        }
    }

    /// The key of the path in its file.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::Project { .. } => "project",
            Self::Group { .. } => "group",
        }
    }

    /// Where its file is in the mappings folder.
    pub(super) fn place(&self) -> String {
        self.place_of(self.path())
    }

    /// Where the file of another path of this kind is.
    pub(super) fn place_of(&self, path: &str) -> String {
        match self {
            Self::Project { .. } => place_of_project(path),
            Self::Group { .. } => place_of_group(path),
        }
    }

    /// Whether a mapping is of it.
    pub(super) fn is(&self, owner: &MappingOwner) -> bool {
        match self {
            Self::Project { id, .. } => owner.project_id() == Some(*id),
            Self::Group { id, .. } => owner.group_id() == Some(*id),
        }
    }
}

/// An environment and its IAM role, written `dev=arn:aws:iam::123456789012:role/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewMapping {
    /// The environment; none for jobs that have none.
    pub(crate) environment: Option<GitLabEnvironment>,
    /// The name of the role, if the environment has several.
    pub(crate) role: Option<EnvironmentRole>,
    /// The IAM role.
    pub(crate) role_arn: RoleArn,
    /// The longest TTL of its credentials, if one is given.
    pub(crate) max_sts_ttl: Option<Ttl>,
    /// The last day with access, if there is one.
    pub(crate) expires: Option<Date>,
}

impl NewMapping {
    /// The IAM role of jobs without an environment.
    pub(crate) fn default_role(role_arn: RoleArn) -> Self {
        Self {
            environment: None,
            role: None,
            role_arn,
            max_sts_ttl: None,
            expires: None,
        }
    }

    pub(super) fn entry(&self) -> MappingEntry {
        let mut entry = MappingEntry::from(self.role_arn.clone());
        entry.max_sts_ttl = self.max_sts_ttl.unwrap_or_default();
        entry.expires = self.expires;
        entry
    }

    /// Whether a file has it: settings that are not given may be any.
    pub(super) fn is_in(&self, there: &MappingEntry) -> bool {
        let is_same_ttl = self.max_sts_ttl.is_none_or(|ttl| ttl == there.max_sts_ttl);
        let is_same_end = self.expires.is_none() || self.expires == there.expires;
        there.role_arn == self.role_arn && is_same_ttl && is_same_end
    }

    fn key(&self) -> &str {
        let environment = self.environment.as_ref();
        environment.map_or("default", GitLabEnvironment::as_str)
    }

    /// The settings beside the ARN.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let ttl = self.max_sts_ttl.map(|ttl| ("max_sts_ttl", ttl.to_string()));
        let end = self.expires.map(|day| ("expires", day.to_string()));
        ttl.into_iter().chain(end).collect()
    }

    /// The entry as a line of a file that a person wrote.
    pub(super) fn text_entry(&self) -> TextEntry<'_> {
        let role = self.role.as_ref().map(|role| vec![ROLES, role.as_str()]);
        TextEntry {
            key: self.key(),
            inner: role.unwrap_or_default(),
            value: self.role_arn.as_str(),
            settings: self.settings(),
        }
    }

    /// The entry under `roles` of an environment that has several.
    pub(super) fn role_entry(&self) -> TextEntry<'_> {
        TextEntry {
            key: self.role.as_ref().map_or("", EnvironmentRole::as_str),
            inner: Vec::new(),
            value: self.role_arn.as_str(),
            settings: self.settings(),
        }
    }

    /// The mapping of the environment, with this role alone.
    pub(super) fn environment_mapping(&self) -> EnvironmentMapping {
        match &self.role {
            None => EnvironmentMapping::One(self.entry()),
            Some(role) => EnvironmentMapping::Several([(role.clone(), self.entry())].into()),
        }
    }

    /// The value as it is written in a file.
    pub(crate) fn value(&self) -> String {
        self.role_entry().value()
    }

    fn new_entry(&self) -> NewEntry<()> {
        match &self.role {
            None => self.entry_named(self.key()),
            Some(role) => {
                let role = vec![self.entry_named(role.as_str())];
                NewEntry::new(self.key(), vec![NewEntry::new(ROLES, role)])
            }
        }
    }

    fn entry_named(&self, key: &str) -> NewEntry<()> {
        let settings = self.settings();
        if settings.is_empty() {
            return NewEntry::new(key, self.role_arn.as_str());
        }
        let arn = NewEntry::new("role_arn", self.role_arn.as_str());
        let settings = settings
            .iter()
            .map(|(key, value)| NewEntry::new(*key, value.as_str()));
        let all: Vec<NewEntry<()>> = std::iter::once(arn).chain(settings).collect();
        NewEntry::new(key, all)
    }
}

impl FromStr for NewMapping {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let Some((environment, role_arn)) = text.split_once('=') else {
            return Err(Invalid {
                problem: "there is no `=` in it".into(),
                help: "write the environment, `=` and the ARN of its IAM role, such as `dev=arn:aws:iam::123456789012:role/NAME`".into(),
            });
        };
        Ok(Self {
            environment: Some(environment.trim().parse()?),
            ..Self::default_role(role_arn.trim().parse()?)
        })
    }
}

impl MappingsToAdd {
    /// The text of a new file.
    pub(super) fn new_file(&self) -> String {
        let (environments, default): (Vec<_>, Vec<_>) = self
            .mappings
            .iter()
            .partition(|new| new.environment.is_some());
        let mut entries: Vec<NewEntry<()>> = vec![
            NewEntry::new(self.owner.key(), self.owner.path()),
            NewEntry::new("id", NewValue::Plain(self.owner.id().into())),
        ];
        if !environments.is_empty() {
            let environments = environments.into_iter().map(NewMapping::new_entry);
            entries.push(NewEntry::new(
                "environments",
                environments.collect::<Vec<_>>(),
            ));
        }
        entries.extend(default.into_iter().map(NewMapping::new_entry));
        yaml::write(&[entries]).text
    }
}
