//! `projects/**/*.yaml`: which IAM role the jobs of a project get, by environment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use litemap::LiteMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};

use super::allow::Allowed;
use super::environment_mapping::{EnvironmentMapping, ROLES};
use crate::resource::AwsRole;
use crate::value::{
    Date, EnvironmentRole, GitLabEnvironment, ProjectId, ProjectPath, RoleArn, Ttl,
};

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

/// An IAM role, as its ARN alone or with settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MappingEntry {
    /// The role.
    pub(crate) role_arn: RoleArn,
    /// The TTL of credentials whose request names none.
    pub(super) default_sts_ttl: Ttl,
    /// The longest TTL of credentials.
    pub(super) max_sts_ttl: Ttl,
    /// The last day with access.
    pub(super) expires: Option<Date>,
    external_id: String,
    session_tags: BTreeMap<String, String>,
    /// The lints that do not matter for it.
    pub(super) allow: Allowed,
}

/// An IAM role with settings, in place of its ARN alone.
///
/// ```yaml mappings/projects/somenamespace/someproject.yaml
/// project: somenamespace/someproject
/// id: 365
/// environments:
///   dev: arn:aws:iam::123456789012:role/gitlab-service-role
///   prod:
///     role_arn: arn:aws:iam::123456789013:role/gitlab-service-role
///     default_sts_ttl: 15m
///     max_sts_ttl: 1h
/// ```
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// The IAM role. Its trust policy in AWS has to let Vault's own role assume it.
    role_arn: RoleArn,
    /// How long the credentials are valid if a job does not request a TTL; 0 is the engine's default. AWS gives at least 15m.
    #[serde(default)]
    default_sts_ttl: Ttl,
    /// How long they are valid at most; 0 sets no limit of its own.
    #[serde(default)]
    max_sts_ttl: Ttl,
    /// The last day, in UTC, on which the jobs get the role: [access that ends](operations.md#access-that-ends). Vault does
    /// not hold it, so what `import` writes has none.
    expires: Option<Date>,
    /// The external id that the role's trust policy may ask for. Newer AWS engines only.
    #[serde(default)]
    external_id: String,
    /// Tags of the session, for AWS's policies and logs. Newer AWS engines only.
    #[serde(default)]
    session_tags: BTreeMap<String, String>,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    #[serde(default)]
    allow: Allowed,
}

impl MappingEntry {
    /// The role of the AWS engine that gives the sessions.
    pub(crate) fn aws_role(&self) -> AwsRole {
        AwsRole {
            role_arns: [self.role_arn.as_str()].into_iter().collect(),
            default_sts_ttl: self.default_sts_ttl,
            max_sts_ttl: self.max_sts_ttl,
            external_id: self.external_id.clone(),
            session_tags: self.session_tags.clone(),
            ..AwsRole::default()
        }
    }
}

impl From<RoleArn> for MappingEntry {
    fn from(role_arn: RoleArn) -> Self {
        Self {
            role_arn,
            default_sts_ttl: Ttl::default(),
            max_sts_ttl: Ttl::default(),
            expires: None,
            external_id: String::new(),
            session_tags: BTreeMap::new(),
            allow: Allowed::default(),
        }
    }
}

impl From<Settings> for MappingEntry {
    fn from(settings: Settings) -> Self {
        Self {
            role_arn: settings.role_arn,
            default_sts_ttl: settings.default_sts_ttl,
            max_sts_ttl: settings.max_sts_ttl,
            expires: settings.expires,
            external_id: settings.external_id,
            session_tags: settings.session_tags,
            allow: settings.allow,
        }
    }
}

impl<'de> Deserialize<'de> for MappingEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ArnOrSettings;

        impl<'de> Visitor<'de> for ArnOrSettings {
            type Value = MappingEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the ARN of an IAM role, or a mapping with `role_arn`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<MappingEntry, E> {
                let role_arn: RoleArn = text.parse().map_err(E::custom)?;
                Ok(role_arn.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MappingEntry, A::Error> {
                Settings::deserialize(MapAccessDeserializer::new(map)).map(MappingEntry::from)
            }
        }

        deserializer.deserialize_any(ArnOrSettings)
    }
}

impl JsonSchema for MappingEntry {
    fn schema_name() -> Cow<'static, str> {
        "Mapping".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (arn, settings) = (
            generator.subschema_for::<RoleArn>(),
            generator.subschema_for::<Settings>(),
        );
        json_schema!({"anyOf": [arn, settings]})
    }
}
