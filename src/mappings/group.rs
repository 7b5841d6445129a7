//! `projects/**/group.yaml`: which IAM role the jobs of all projects of a group get, by environment.

use std::collections::{BTreeMap, BTreeSet};

use litemap::LiteMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::allow::Allowed;
use super::environment_mapping::EnvironmentMapping;
use super::project::compact;
use crate::value::{Date, GitLabEnvironment, GroupId, GroupPath};

/// A group's mappings: which IAM role the jobs of every project directly in the group get, and in the subgroups that are
/// listed. The file is `group.yaml` in the group's folder.
///
/// ```yaml mappings/projects/somenamespace/group.yaml
/// group: somenamespace
/// id: 72
/// subgroups: [73, 74]
/// environments:
///   dev: arn:aws:iam::123456789012:role/somenamespace
/// ```
///
/// A JWT names the group directly above its project alone, by `namespace_id`. So each of these ids has roles and policies of its
/// own, and the policies have no template: nothing in them depends on who else logs in. For the id 73 and `dev`:
///
/// - the AWS role `group-73-dev`, by `mappings.group_role_name`;
/// - for each JWT role with `for_each: environments`, such as `aws-{environment}`, the JWT role `aws-group-73-dev`: it has the
///   settings of that role, its `protected_bound_claims` if the environment is protected, and in `bound_claims` also
///   `namespace_id: "73"` and the environment;
/// - the policy `aws-group-73-dev`, which allows this AWS role, and is the only one of the JWT role.
///
/// A project that moves to another group can't log in with the role any more. A project that has a mapping of its own for
/// the environment gets that one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    /// The group's path in GitLab: its address without the host.
    pub(crate) group: GroupPath,
    /// The group's number in GitLab, on its page under the name. The number decides; the path is for people.
    pub(crate) id: GroupId,
    /// The numbers of the subgroups whose projects get the IAM roles too. A subgroup that is not listed gets nothing.
    #[serde(default)]
    pub(crate) subgroups: BTreeSet<GroupId>,
    /// The IAM role of the jobs of each environment: what a job has under `environment:`.
    #[serde(default, deserialize_with = "compact")]
    #[schemars(with = "BTreeMap<GitLabEnvironment, EnvironmentMapping>")]
    pub(crate) environments: LiteMap<GitLabEnvironment, EnvironmentMapping>,
    /// The last day, in UTC, on which the jobs get any of these roles.
    pub(crate) expires: Option<Date>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    #[serde(default)]
    pub(crate) allow: Allowed,
}

impl Group {
    /// The group itself and its subgroups.
    pub(crate) fn ids(&self) -> impl Iterator<Item = GroupId> + '_ {
        let subgroups = self.subgroups.iter().copied();
        std::iter::once(self.id).chain(subgroups.filter(|id| *id != self.id))
    }
}
