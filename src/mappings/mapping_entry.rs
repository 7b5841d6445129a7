//! One IAM role of a mapping, with its settings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess};

use super::allow::Allowed;
use super::session_tags;
use super::text_or_mapping::{self, TextOrMapping};
use crate::desired::Mapping;
use crate::resource::AwsRole;
use crate::value::{Date, RoleArn, Set, Ttl};

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
    policy_arns: Set,
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
///     policy_arns: [arn:aws:iam::aws:policy/ReadOnlyAccess]
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
    /// Tags of the session, for AWS's policies and logs. In their values, `{project_id}`, `{project_path}` and `{environment}`
    /// stand for those of the mapping; in a group's file, `{group_id}` and `{environment}`. Newer AWS engines only.
    #[serde(default)]
    session_tags: BTreeMap<String, String>,
    /// Managed policies that bound what the role allows in the session.
    #[serde(default)]
    policy_arns: Set,
    /// The [lints](lints.md) that do not matter here, each with the reason.
    #[serde(default)]
    allow: Allowed,
}

impl MappingEntry {
    /// The role of the AWS engine that gives the sessions.
    pub(crate) fn aws_role(&self, mapping: &Mapping) -> AwsRole {
        AwsRole {
            role_arns: [self.role_arn.as_str()].into_iter().collect(),
            default_sts_ttl: self.default_sts_ttl,
            max_sts_ttl: self.max_sts_ttl,
            external_id: self.external_id.clone(),
            session_tags: session_tags::filled(&self.session_tags, mapping),
            policy_arns: self.policy_arns.clone(),
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
            policy_arns: Set::default(),
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
            policy_arns: settings.policy_arns,
            allow: settings.allow,
        }
    }
}

impl<'de> Deserialize<'de> for MappingEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_mapping::deserialize(deserializer)
    }
}

impl TextOrMapping for MappingEntry {
    const FORMS: &'static str = "the ARN of an IAM role, or a mapping with `role_arn`";

    fn from_text<E: de::Error>(text: &str) -> Result<Self, E> {
        let role_arn: RoleArn = text.parse().map_err(E::custom)?;
        Ok(role_arn.into())
    }

    fn from_mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Settings::deserialize(MapAccessDeserializer::new(map)).map(MappingEntry::from)
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
