//! How the AWS roles of mappings are named.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{AwsRoleName, Invalid};

/// How a mapping's role is named: a text with `{project_id}` and `{environment}` in it, in this order, such as
/// `{project_id}-{environment}`. What stands between them, and does not begin with a digit, keeps one project's role from
/// having another's name. The role of a project's `default` is named by what comes before it: `{project_id}`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = r"^[A-Za-z0-9_.@-]*\{project_id\}[A-Za-z_.@-][A-Za-z0-9_.@-]*\{environment\}[A-Za-z0-9_.@-]*$"))]
pub(crate) struct RoleNameTemplate(String);

/// How the role of a group's mapping is named: a text with `{group_id}` and `{environment}` in it, in this order. Each
/// subgroup has roles of its own, by its own id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = r"^[A-Za-z0-9_.@-]*\{group_id\}[A-Za-z_.@-][A-Za-z0-9_.@-]*\{environment\}[A-Za-z0-9_.@-]*$"))]
pub(crate) struct GroupRoleNameTemplate(String);

const PROJECT_ID: &str = "{project_id}";
const GROUP_ID: &str = "{group_id}";
const ENVIRONMENT: &str = "{environment}";

impl RoleNameTemplate {
    /// The name for an environment of a project, or for its jobs that have none.
    pub(crate) fn of(&self, project_id: impl ToString, environment: Option<&str>) -> String {
        let template = match environment {
            Some(environment) => self.0.replace(ENVIRONMENT, environment),
            None => self.default_part().to_owned(),
        };
        template.replace(PROJECT_ID, &project_id.to_string())
    }

    /// Whether a project's role may have the name of a group's, as a project and a group may have the same number.
    pub(crate) fn may_equal(&self, groups: &GroupRoleNameTemplate) -> bool {
        let before = |text: &str, id| text.split(id).next().unwrap_or_default().to_owned();
        let (project, group) = (before(&self.0, PROJECT_ID), before(&groups.0, GROUP_ID));
        let longer = project.strip_prefix(group.as_str());
        let rest = longer.or_else(|| group.strip_prefix(project.as_str()));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Up to and with the project's id.
    fn default_part(&self) -> &str {
        let id = self.0.find(PROJECT_ID);
        &self.0[..id.map_or(0, |start| start + PROJECT_ID.len())]
    }
}

impl GroupRoleNameTemplate {
    /// The name for an environment of the projects in a group.
    pub(crate) fn of(&self, group_id: impl ToString, environment: &str) -> String {
        let template = self.0.replace(ENVIRONMENT, environment);
        template.replace(GROUP_ID, &group_id.to_string())
    }
}

/// The name when `mappings.group_role_name` is absent.
impl Default for GroupRoleNameTemplate {
    fn default() -> Self {
        Self(format!("group-{GROUP_ID}-{ENVIRONMENT}"))
    }
}

impl TryFrom<String> for RoleNameTemplate {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        check(&text, PROJECT_ID)?;
        let template = Self(text);
        AwsRoleName::try_from(template.of(1, Some("e")))?;
        AwsRoleName::try_from(template.of(1, None))?;
        Ok(template)
    }
}

impl TryFrom<String> for GroupRoleNameTemplate {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        check(&text, GROUP_ID)?;
        let template = Self(text);
        AwsRoleName::try_from(template.of(1, "e"))?;
        Ok(template)
    }
}

/// Whether each id and environment have a name of their own.
fn check(text: &str, id: &str) -> Result<(), Invalid> {
    let rest = text.split_once(id).map(|(_, rest)| rest);
    let between = rest
        .and_then(|rest| rest.split_once(ENVIRONMENT))
        .map(|(between, _)| between);
    let once = text.matches('{').count() == 2 && text.matches('}').count() == 2;
    let is_between =
        |text: &str| !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit());
    if once && between.is_some_and(is_between) {
        return Ok(());
    }
    let of = if id == GROUP_ID { "group" } else { "project" };
    Err(Invalid {
        problem: format!("`{text}` does not give every {of} and environment a name of its own"),
        help: format!(
            "write `{id}`, something that is not a digit, and `{ENVIRONMENT}`, such as `{id}-{ENVIRONMENT}`"
        ),
    })
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
