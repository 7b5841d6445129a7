//! `vault.yaml`: the platform.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::acl;
use crate::desired::Guardrails;
use crate::resource::{
    AuthMount, AwsLease, AwsRole, AwsRoot, JwtConfig, JwtRole, ListingVisibility, MountTokenType,
    SecretsMount,
};
use crate::value::{
    AccountId, AwsRoleName, EnvironmentName, Invalid, JwtRoleName, MountPath, PolicyName, Ttl,
};

/// The platform: what is the same for all projects.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Platform {
    /// The version of this file's format: 1.
    #[schemars(required)]
    pub(crate) version: Option<Version>,
    /// Auth methods, by mount path.
    #[serde(default)]
    pub(crate) auth: BTreeMap<MountPath, AuthEntry>,
    /// Secrets engines, by mount path.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<MountPath, SecretsEntry>,
    /// ACL policies, by name.
    #[serde(default)]
    pub(crate) policies: BTreeMap<PolicyName, PolicyEntry>,
    /// How the project files become AWS roles.
    pub(crate) mappings: Option<MappingRules>,
    /// When apply refuses to delete.
    #[serde(default)]
    pub(crate) guardrails: Guardrails,
    /// Roles that apply never touches, as globs.
    #[serde(default)]
    pub(crate) unmanaged: UnmanagedEntry,
    /// Mounts and policies to delete, named one by one.
    #[serde(default)]
    #[schemars(with = "Vec<RemovedEntry>")]
    pub(crate) removed: Vec<Removed>,
}

/// The format of the files.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(try_from = "i64")]
#[schemars(extend("enum" = [1]))]
pub(crate) struct Version(());

impl TryFrom<i64> for Version {
    type Error = Invalid;

    fn try_from(version: i64) -> Result<Self, Invalid> {
        if version == 1 {
            return Ok(Self(()));
        }
        Err(Invalid {
            problem: format!("this vault-provisioner does not know version {version} of the file"),
            help: "write 1, or use the release that the file is for".into(),
        })
    }
}

/// An auth method with its configuration and roles.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthEntry {
    /// The method.
    pub(crate) r#type: AuthType,
    /// A text for people.
    #[serde(default)]
    pub(crate) description: String,
    /// The TTL of tokens that name none; 0 is the server's default.
    #[serde(default)]
    pub(crate) default_lease_ttl: Ttl,
    /// The longest TTL of tokens; 0 is the server's default.
    #[serde(default)]
    pub(crate) max_lease_ttl: Ttl,
    /// The type of token that roles of type `default` issue.
    #[serde(default)]
    pub(crate) token_type: MountTokenType,
    /// Whether the method is shown to those who have not logged in.
    #[serde(default)]
    pub(crate) listing_visibility: ListingVisibility,
    /// How signatures are checked; not managed when absent.
    pub(crate) config: Option<JwtConfig>,
    /// Who may log in, and as what.
    #[serde(default)]
    pub(crate) roles: BTreeMap<JwtRoleName, JwtRole>,
}

/// The auth methods that can be managed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AuthType {
    /// <https://developer.hashicorp.com/vault/docs/auth/jwt>
    Jwt,
}

impl AuthEntry {
    /// The mount itself.
    pub(crate) fn mount(&self) -> AuthMount {
        let AuthType::Jwt = self.r#type;
        AuthMount {
            r#type: "jwt".into(),
            description: self.description.clone(),
            default_lease_ttl: self.default_lease_ttl,
            max_lease_ttl: self.max_lease_ttl,
            token_type: self.token_type,
            listing_visibility: self.listing_visibility,
        }
    }
}

/// A secrets engine with its configuration and roles.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretsEntry {
    /// The engine.
    pub(crate) r#type: SecretsType,
    /// A text for people.
    #[serde(default)]
    pub(crate) description: String,
    /// The TTL of leases that name none; 0 is the server's default.
    #[serde(default)]
    pub(crate) default_lease_ttl: Ttl,
    /// The longest TTL of leases; 0 is the server's default.
    #[serde(default)]
    pub(crate) max_lease_ttl: Ttl,
    /// How the engine reaches AWS; not managed when absent.
    pub(crate) config: Option<AwsRoot>,
    /// How long the keys of IAM users are leased; not managed when absent.
    pub(crate) lease: Option<AwsLease>,
    /// Shared roles; the mappings add the rest.
    #[serde(default)]
    pub(crate) roles: BTreeMap<AwsRoleName, AwsRole>,
}

/// The secrets engines that can be managed.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SecretsType {
    /// <https://developer.hashicorp.com/vault/docs/secrets/aws>
    Aws,
}

impl SecretsEntry {
    /// The mount itself.
    pub(crate) fn mount(&self) -> SecretsMount {
        let SecretsType::Aws = self.r#type;
        SecretsMount {
            r#type: "aws".into(),
            description: self.description.clone(),
            default_lease_ttl: self.default_lease_ttl,
            max_lease_ttl: self.max_lease_ttl,
        }
    }
}

/// A policy, as rules or as a file of Vault's policy language.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["rules"]}, {"required": ["file"]}]))]
pub(crate) struct PolicyEntry {
    /// The rules.
    #[schemars(length(min = 1))]
    pub(crate) rules: Option<acl::Rules>,
    /// The path of an HCL file in the mappings folder.
    pub(crate) file: Option<String>,
}

/// How the project files become AWS roles.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MappingRules {
    /// The mount path of the secrets engine that gets the roles.
    pub(crate) secrets: MountPath,
    /// The name of a role, with `{project_id}` and `{environment}`.
    pub(crate) role_name: RoleNameTemplate,
    /// The AWS accounts that mappings may name; all when absent.
    pub(crate) allowed_accounts: Option<Vec<AccountId>>,
    /// The environments whose roles get `protected_bound_claims`.
    #[serde(default)]
    pub(crate) protected_environments: BTreeSet<EnvironmentName>,
}

/// The name that a mapping's role gets: `{project_id}-{environment}`.
///
/// What stands between the two is what keeps one project's role from bearing another's name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = r"^[A-Za-z0-9_.@-]*\{project_id\}[A-Za-z_.@-][A-Za-z0-9_.@-]*\{environment\}[A-Za-z0-9_.@-]*$"))]
pub(crate) struct RoleNameTemplate(String);

const PROJECT_ID: &str = "{project_id}";
const ENVIRONMENT: &str = "{environment}";

impl RoleNameTemplate {
    /// The name for an environment of a project.
    pub(crate) fn name(&self, project_id: impl ToString, environment: &str) -> String {
        let name = self.0.replace(PROJECT_ID, &project_id.to_string());
        name.replace(ENVIRONMENT, environment)
    }

    /// The name for the jobs of a project that have no environment: up to and with the project's id.
    pub(crate) fn default_name(&self, project_id: impl ToString) -> String {
        let end = self
            .0
            .find(PROJECT_ID)
            .map_or(0, |start| start + PROJECT_ID.len());
        self.0[..end].replace(PROJECT_ID, &project_id.to_string())
    }

    /// The project's number and the environment of a name that this template gives.
    pub(crate) fn read<'n>(&self, name: &'n str) -> Option<(&'n str, Option<&'n str>)> {
        let (before, rest) = self.0.split_once(PROJECT_ID)?;
        let (between, after) = rest.split_once(ENVIRONMENT)?;
        let name = name.strip_prefix(before)?;
        let digits = name.bytes().take_while(u8::is_ascii_digit).count();
        let (id, rest) = name.split_at(digits);
        if id.is_empty() || rest.is_empty() {
            return (!id.is_empty()).then_some((id, None));
        }
        let environment = rest.strip_prefix(between)?.strip_suffix(after)?;
        (!environment.is_empty()).then_some((id, Some(environment)))
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

/// Globs over the names of roles.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UnmanagedEntry {
    /// Roles of the AWS engines.
    pub(crate) aws_roles: Vec<String>,
    /// Roles of the JWT methods.
    pub(crate) jwt_roles: Vec<String>,
}

/// One thing to delete.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RemovedEntry")]
pub(crate) enum Removed {
    /// An auth method, by its mount path.
    Auth(MountPath),
    /// A secrets engine, by its mount path.
    Secrets(MountPath),
    /// A policy, by its name.
    Policy(PolicyName),
}

/// One thing to delete: `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "`{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`"
)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
struct RemovedEntry {
    /// An auth method, by its mount path.
    auth: Option<MountPath>,
    /// A secrets engine, by its mount path.
    secrets: Option<MountPath>,
    /// A policy, by its name.
    policy: Option<PolicyName>,
}

impl TryFrom<RemovedEntry> for Removed {
    type Error = Invalid;

    fn try_from(entry: RemovedEntry) -> Result<Self, Invalid> {
        match (entry.auth, entry.secrets, entry.policy) {
            (Some(path), None, None) => Ok(Self::Auth(path)),
            (None, Some(path), None) => Ok(Self::Secrets(path)),
            (None, None, Some(name)) => Ok(Self::Policy(name)),
            _ => Err(Invalid {
                problem: "each item names one thing to remove".into(),
                help: "write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`".into(),
            }),
        }
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
    fn a_name_is_read_back() {
        let template = |text: &str| RoleNameTemplate::try_from(text.to_owned()).unwrap();
        for (text, name, read) in [
            (
                "{project_id}-{environment}",
                "365-dev-eu",
                Some(("365", Some("dev-eu"))),
            ),
            ("{project_id}-{environment}", "365", Some(("365", None))),
            ("{project_id}-{environment}", "365-", None),
            ("{project_id}-{environment}", "gitlab-tools", None),
            (
                "p{project_id}.{environment}_r",
                "p365.dev_r",
                Some(("365", Some("dev"))),
            ),
            ("p{project_id}.{environment}_r", "p365", Some(("365", None))),
            ("p{project_id}.{environment}_r", "p365.dev", None),
        ] {
            assert_eq!(template(text).read(name), read, "{text} {name}");
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
