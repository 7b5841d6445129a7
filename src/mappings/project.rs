//! `projects/**/*.yaml`: which IAM role the jobs of a project get, by environment.

use std::collections::BTreeMap;

use litemap::LiteMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::Deserializer;

use super::allow::Allowed;
use super::environment_mapping::{EnvironmentMapping, ROLES};
use super::mapping_entry::MappingEntry;
use crate::value::{Date, EnvironmentRole, GitLabEnvironment, ProjectId, ProjectPath};

/// A project's mappings: which IAM role its jobs get. The file has the project's path.
///
/// ```yaml mappings/projects/somenamespace/someproject.yaml
/// project: somenamespace/someproject
/// id: 365
/// environments:
///   dev: arn:aws:iam::123456789012:role/gitlab-service-role
///   prod: {role_arn: arn:aws:iam::123456789013:role/gitlab-service-role, max_sts_ttl: 1h}
/// default: arn:aws:iam::123456789012:role/gitlab-build
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Project {
    /// The project's path in GitLab: its address without the host.
    pub(crate) project: ProjectPath,
    /// The project's number in GitLab, on its page under the name. The number decides; the path is for people.
    pub(crate) id: ProjectId,
    /// The IAM role of the jobs of each environment: what a job has under `environment:`, or the name of an entry of
    /// `mappings.environments`, whose jobs all share it.
    #[serde(default, deserialize_with = "compact")]
    #[schemars(with = "BTreeMap<GitLabEnvironment, EnvironmentMapping>")]
    pub(crate) environments: LiteMap<GitLabEnvironment, EnvironmentMapping>,
    /// The IAM role of jobs without an environment.
    pub(crate) default: Option<MappingEntry>,
    /// The last day, in UTC, on which the jobs get any of these roles.
    pub(crate) expires: Option<Date>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    #[serde(default)]
    pub(crate) allow: Allowed,
}

/// Most projects have one environment or two, and a map made for many would be most of what a project takes in memory.
pub(super) fn compact<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<LiteMap<GitLabEnvironment, EnvironmentMapping>, D::Error> {
    let environments = BTreeMap::deserialize(deserializer)?;
    let mut compact = LiteMap::with_capacity(environments.len());
    compact.extend(environments);
    Ok(compact)
}

impl Project {
    /// Its mappings; the default has no environment.
    pub(crate) fn mappings(&self) -> impl Iterator<Item = WrittenMapping<'_>> {
        let default = self.default.iter().map(|entry| WrittenMapping {
            environment: None,
            role: None,
            entry,
        });
        written(&self.environments).chain(default)
    }
}

/// A mapping of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WrittenMapping<'f> {
    /// The environment by GitLab's name, or by that of its entry.
    pub(crate) environment: Option<&'f GitLabEnvironment>,
    /// Its name, if the environment has several.
    pub(crate) role: Option<&'f EnvironmentRole>,
    /// The IAM role and its settings.
    pub(crate) entry: &'f MappingEntry,
}

impl<'f> WrittenMapping<'f> {
    /// The keys that lead to it in its file.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'f str> + Clone + use<'f> {
        let role = self.role.map(|role| [ROLES, role.as_str()]);
        keys_of(self.environment.map(GitLabEnvironment::as_str)).chain(role.into_iter().flatten())
    }
}

/// The mappings of environments.
pub(super) fn written(
    environments: &LiteMap<GitLabEnvironment, EnvironmentMapping>,
) -> impl Iterator<Item = WrittenMapping<'_>> {
    environments.iter().flat_map(|(environment, mapping)| {
        mapping.entries().map(move |(role, entry)| WrittenMapping {
            environment: Some(environment),
            role,
            entry,
        })
    })
}

/// The keys that lead to an environment in its project's file, or to the default.
pub(super) fn keys_of(environment: Option<&str>) -> impl Iterator<Item = &str> + Clone {
    let section = match environment {
        Some(_) => "environments",
        None => "default",
    };
    [section].into_iter().chain(environment)
}
