//! Whose jobs get an AWS role.

use std::fmt;
use std::time::SystemTime;

use crate::value::{
    Date, EnvironmentName, EnvironmentRole, GroupId, GroupPath, ProjectId, ProjectPath, RoleArn,
};

/// Which jobs get an AWS role.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    /// Whose jobs.
    pub(crate) owner: MappingOwner,
    /// The environment by its name in Vault; none for jobs without one.
    pub(crate) environment: Option<EnvironmentName>,
    /// Which of several roles of the environment it is.
    pub(crate) role: Option<EnvironmentRole>,
    /// The IAM role.
    pub(crate) role_arn: RoleArn,
    /// The last day on which they get it.
    pub(crate) expires: Option<Date>,
}

impl Mapping {
    /// Why its AWS role is deleted, if it has expired: `expired on 2026-12-31`.
    pub(crate) fn end(&self) -> Option<String> {
        self.expires.map(|day| format!("expired on {day}"))
    }

    /// Whether it has expired at a time.
    pub(crate) fn is_over(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|day| day.is_over(now))
    }
}

/// Whose jobs a mapping is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MappingOwner {
    /// A project.
    Project {
        /// Its path.
        path: ProjectPath,
        /// Its number.
        id: ProjectId,
    },
    /// Every project directly in a group.
    Group {
        /// The path that the group's file has.
        path: GroupPath,
        /// The number that the group's file has.
        group: GroupId,
        /// The number of the group, or of a subgroup that the file lists.
        id: GroupId,
    },
}

impl MappingOwner {
    /// The path.
    pub(crate) fn path(&self) -> &str {
        match self {
            Self::Project { path, .. } => path.as_str(),
            Self::Group { path, .. } => path.as_str(),
        }
    }

    /// The number in GitLab.
    pub(crate) fn id(&self) -> u64 {
        match self {
            Self::Project { id, .. } => id.get(),
            Self::Group { id, .. } => id.get(),
        }
    }

    /// As people call it beside its number.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Group { path, group, id } if group != id => format!("subgroup of {path}"),
            _ => self.path().to_owned(),
        }
    }

    /// The claim that holds the number in the jobs' JWTs.
    pub(crate) fn claim(&self) -> &'static str {
        match self {
            Self::Project { .. } => "project_id",
            Self::Group { .. } => "namespace_id",
        }
    }

    /// The number of the group or subgroup; none for a project.
    pub(crate) fn group_id(&self) -> Option<GroupId> {
        match self {
            Self::Project { .. } => None,
            Self::Group { id, .. } => Some(*id),
        }
    }

    /// The project's number; none for a group.
    pub(crate) fn project_id(&self) -> Option<ProjectId> {
        match self {
            Self::Project { id, .. } => Some(*id),
            Self::Group { .. } => None,
        }
    }
}

/// As people call it.
impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            MappingOwner::Project { path, .. } => path.fmt(f)?,
            MappingOwner::Group { path, group, id } if group == id => write!(f, "group {path}")?,
            MappingOwner::Group { path, id, .. } => write!(f, "subgroup {id} of {path}")?,
        }
        match &self.environment {
            Some(environment) => write!(f, ", {environment}")?,
            None => f.write_str(", default")?,
        }
        match &self.role {
            Some(role) => write!(f, ", role {role}"),
            None => Ok(()),
        }
    }
}
