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

const PROJECT_ID: &str = "{project_id}";
const ENVIRONMENT: &str = "{environment}";

impl RoleNameTemplate {
    /// The name for an environment of a project, or for its jobs that have none.
    pub(crate) fn of(&self, project_id: impl ToString, environment: Option<&str>) -> String {
        match environment {
            Some(environment) => self.name(project_id, environment),
            None => self.default_name(project_id),
        }
    }

    fn name(&self, project_id: impl ToString, environment: &str) -> String {
        let name = self.0.replace(PROJECT_ID, &project_id.to_string());
        name.replace(ENVIRONMENT, environment)
    }

    /// Up to and with the project's id.
    fn default_name(&self, project_id: impl ToString) -> String {
        let end = self
            .0
            .find(PROJECT_ID)
            .map_or(0, |start| start + PROJECT_ID.len());
        self.0[..end].replace(PROJECT_ID, &project_id.to_string())
    }
}

impl TryFrom<String> for RoleNameTemplate {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let rest = text.split_once(PROJECT_ID).map(|(_, rest)| rest);
        let between = rest
            .and_then(|rest| rest.split_once(ENVIRONMENT))
            .map(|(between, _)| between);
        let once = text.matches('{').count() == 2 && text.matches('}').count() == 2;
        if !once
            || between.is_none_or(|between| {
                between.is_empty() || between.starts_with(|c: char| c.is_ascii_digit())
            })
        {
            return Err(Invalid {
                problem: format!("`{text}` does not give every project and environment a name of its own"),
                help: "write `{project_id}`, something that is not a digit, and `{environment}`, such as `{project_id}-{environment}`".into(),
            });
        }
        let template = Self(text);
        for name in [template.name(1, "e"), template.default_name(1)] {
            AwsRoleName::try_from(name)?;
        }
        Ok(template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mappings_role_is_named_by_project_and_environment() {
        let template = RoleNameTemplate::try_from("{project_id}-{environment}".to_owned()).unwrap();
        assert_eq!(template.name(365, "dev"), "365-dev");
        assert_eq!(template.default_name(365), "365");
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
