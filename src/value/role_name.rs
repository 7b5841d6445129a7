//! How the AWS roles of mappings are named.

use std::fmt::Display;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AwsRoleName, Invalid};

/// How a mapping's role is named: a text with `{project_id}` and `{environment}` in it, in this order, such as
/// `{project_id}-{environment}`. What stands between them, and does not begin with a digit, keeps one project's role from
/// having another's name. The role of a project's `default` is named by what comes before it: `{project_id}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = r"^[A-Za-z0-9_.@-]*\{project_id\}[A-Za-z_.@-][A-Za-z0-9_.@-]*\{environment\}[A-Za-z0-9_.@-]*$"))]
pub(crate) struct RoleNameTemplate(#[schemars(with = "String")] NameParts);

/// How the role of a group's mapping is named: a text with `{group_id}` and `{environment}` in it, in this order. Each
/// subgroup has roles of its own, by its own id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = r"^[A-Za-z0-9_.@-]*\{group_id\}[A-Za-z_.@-][A-Za-z0-9_.@-]*\{environment\}[A-Za-z0-9_.@-]*$"))]
pub(crate) struct GroupRoleNameTemplate(#[schemars(with = "String")] NameParts);

/// What stands before, between and after the id and the environment.
#[derive(Debug, Clone)]
struct NameParts {
    before: String,
    between: String,
    after: String,
}

const PROJECT_ID: &str = "{project_id}";
const GROUP_ID: &str = "{group_id}";
const ENVIRONMENT: &str = "{environment}";

impl RoleNameTemplate {
    /// The name for an environment of a project, or for its jobs that have none.
    pub(crate) fn of(&self, project_id: impl Display, environment: Option<&str>) -> String {
        match environment {
            Some(environment) => self.0.fill(project_id, environment),
            None => format!("{}{project_id}", self.0.before),
        }
    }

    /// The project's id and the environment of a role with this name, if it is the name of one.
    pub(crate) fn parts<'n>(&self, name: &'n str) -> Option<(&'n str, Option<&'n str>)> {
        let rest = name.strip_prefix(self.0.before.as_str())?;
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        let (id, rest) = rest.split_at(digits.unwrap_or(rest.len()));
        if rest.is_empty() {
            return Some((id, None));
        }
        let environment = rest.strip_prefix(self.0.between.as_str())?;
        Some((id, Some(environment.strip_suffix(self.0.after.as_str())?)))
    }

    /// Whether a project's role may have the name of a group's, as a project and a group may have the same number.
    pub(crate) fn may_equal(&self, groups: &GroupRoleNameTemplate) -> bool {
        let (project, group) = (&self.0.before, &groups.0.before);
        let longer = project.strip_prefix(group.as_str());
        let rest = longer.or_else(|| group.strip_prefix(project.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit()))
    }
}

impl GroupRoleNameTemplate {
    /// The name for an environment of the projects in a group.
    pub(crate) fn of(&self, group_id: impl Display, environment: &str) -> String {
        self.0.fill(group_id, environment)
    }
}

/// The name when `mappings.group_role_name` is absent.
impl Default for GroupRoleNameTemplate {
    fn default() -> Self {
        Self(NameParts {
            before: "group-".to_owned(),
            between: "-".to_owned(),
            after: String::new(),
        })
    }
}

impl TryFrom<String> for RoleNameTemplate {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let template = Self(NameParts::parse(&text, PROJECT_ID)?);
        AwsRoleName::try_from(template.of(1, Some("e")))?;
        AwsRoleName::try_from(template.of(1, None))?;
        Ok(template)
    }
}

impl TryFrom<String> for GroupRoleNameTemplate {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let template = Self(NameParts::parse(&text, GROUP_ID)?);
        AwsRoleName::try_from(template.of(1, "e"))?;
        Ok(template)
    }
}

impl NameParts {
    /// A template that gives each id and environment a name of its own.
    fn parse(text: &str, id: &str) -> Result<Self, Invalid> {
        let is_literal = |part: &str| !part.contains(['{', '}']);
        let is_between =
            |part: &str| !part.is_empty() && !part.starts_with(|c: char| c.is_ascii_digit());
        let parts = text.split_once(id).and_then(|(before, rest)| {
            let (between, after) = rest.split_once(ENVIRONMENT)?;
            Some([before, between, after])
        });
        if let Some([before, between, after]) = parts
            && [before, between, after].into_iter().all(is_literal)
            && is_between(between)
        {
            return Ok(Self {
                before: before.to_owned(),
                between: between.to_owned(),
                after: after.to_owned(),
            });
        }
        let of = if id == GROUP_ID { "group" } else { "project" };
        Err(Invalid {
            problem: format!("`{text}` does not give every {of} and environment a name of its own"),
            help: format!(
                "write `{id}`, something that is not a digit, and `{ENVIRONMENT}`, such as `{id}-{ENVIRONMENT}`"
            ),
        })
    }

    fn fill(&self, id: impl Display, environment: &str) -> String {
        let Self {
            before,
            between,
            after,
        } = self;
        format!("{before}{id}{between}{environment}{after}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mappings_role_is_named_by_project_and_environment() {
        let template = RoleNameTemplate::try_from("{project_id}-{environment}".to_owned()).unwrap();
        assert_eq!(template.of(365, Some("dev")), "365-dev");
        assert_eq!(template.of(365, None), "365");
    }

    #[test]
    fn names_of_projects_and_groups_that_begin_alike_may_be_equal() {
        for (project, group, expected) in [
            ("", "group-", false),
            ("", "", true),
            ("x-", "x-", true),
            ("a", "a1", true),
            ("a1", "a", true),
            ("p-", "g-", false),
            ("group-", "g-", false),
        ] {
            let names = format!("{project}{{project_id}}-{{environment}}");
            let groups = format!("{group}{{group_id}}-{{environment}}");
            let names = RoleNameTemplate::try_from(names).unwrap();
            let groups = GroupRoleNameTemplate::try_from(groups).unwrap();
            assert_eq!(names.may_equal(&groups), expected, "{project} {group}");
        }
    }

    #[test]
    fn a_template_that_could_give_two_mappings_one_name_is_refused() {
        for text in [
            "{project_id}",
            "{environment}",
            "{project_id}{environment}",
            "{project_id}0{environment}",
            "{environment}-{project_id}",
            "{project_id}-{enviroment}",
            "x",
            "{project_id}/{environment}",
            "-{project_id}-{environment}",
        ] {
            assert!(
                RoleNameTemplate::try_from(text.to_owned()).is_err(),
                "{text}"
            );
        }
    }
}
