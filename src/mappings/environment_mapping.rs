//! What an environment of a project or group is mapped to: one IAM role, or several with names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::mapping_entry::MappingEntry;
use super::text_or_mapping::{self, TextOrMapping};
use crate::value::{EnvironmentRole, RoleArn};

/// The key of several roles.
pub(super) const ROLES: &str = "roles";

/// The IAM role of an environment, or several by the names that jobs ask for them with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EnvironmentMapping {
    /// One, which needs no name.
    One(MappingEntry),
    /// Several, or one with a name.
    Several(BTreeMap<EnvironmentRole, MappingEntry>),
}

/// Several IAM roles of one environment, in place of one: the AWS roles of the project 365 in the environment prod are
/// `365-prod-deploy` and `365-prod-read`, and a job asks for one by its name (`credentials --role deploy`, or
/// `VAULT_AWS_ROLE` with the template).
///
/// ```yaml mappings/projects/somenamespace/someproject.yaml
/// project: somenamespace/someproject
/// id: 365
/// environments:
///   dev: arn:aws:iam::123456789012:role/gitlab-service-role
///   prod:
///     roles:
///       deploy: arn:aws:iam::123456789013:role/gitlab-deploy
///       read: {role_arn: "arn:aws:iam::123456789013:role/gitlab-read", max_sts_ttl: 1h}
/// ```
///
/// The policy of the environment needs a rule with `for_each: roles`, as in `policies.NAME.rules[]`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes what `EnvironmentMapping` reads")]
struct RolesOfEnvironment {
    /// The IAM roles, by name. No name may make another environment: `prod` with a role `eu` and an environment `prod-eu`
    /// is an error.
    #[schemars(extend("minProperties" = 1))]
    roles: BTreeMap<EnvironmentRole, MappingEntry>,
}

impl EnvironmentMapping {
    /// The mappings, each with its name if it has one.
    pub(crate) fn entries(
        &self,
    ) -> impl Iterator<Item = (Option<&EnvironmentRole>, &MappingEntry)> {
        let (one, several) = match self {
            Self::One(entry) => (Some((None, entry)), None),
            Self::Several(roles) => (None, Some(roles)),
        };
        let several = several.into_iter().flatten();
        one.into_iter()
            .chain(several.map(|(name, entry)| (Some(name), entry)))
    }
}

impl From<RoleArn> for EnvironmentMapping {
    fn from(role_arn: RoleArn) -> Self {
        Self::One(role_arn.into())
    }
}

impl<'de> Deserialize<'de> for EnvironmentMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_or_mapping::deserialize(deserializer)
    }
}

impl TextOrMapping for EnvironmentMapping {
    const FORMS: &'static str = "the ARN of an IAM role, or a mapping with `role_arn` or `roles`";

    fn from_text<E: de::Error>(text: &str) -> Result<Self, E> {
        let role_arn: RoleArn = text.parse().map_err(E::custom)?;
        Ok(role_arn.into())
    }

    fn from_mapping<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        let mut roles = None;
        let settings = SettingsOrRoles {
            map,
            roles: &mut roles,
            is_first: true,
        };
        let one = MappingEntry::deserialize(MapAccessDeserializer::new(settings));
        match roles {
            Some(Roles::Alone(roles)) => Ok(EnvironmentMapping::Several(roles)),
            Some(Roles::BesideSettings) => Err(de::Error::custom(NOT_BESIDE)),
            None => one.map(EnvironmentMapping::One),
        }
    }
}

/// IAM roles by the names that jobs ask for them with.
struct NamedRoles(BTreeMap<EnvironmentRole, MappingEntry>);

impl<'de> Deserialize<'de> for NamedRoles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NamedRolesVisitor).map(Self)
    }
}

struct NamedRolesVisitor;

impl<'de> Visitor<'de> for NamedRolesVisitor {
    type Value = BTreeMap<EnvironmentRole, MappingEntry>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name for each role, such as `{deploy: ARN}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Self::Value::deserialize(MapAccessDeserializer::new(map))
    }
}

const NOT_BESIDE: &str = "`roles` has other keys beside it; write the settings into each role";

/// What was found under `roles`.
enum Roles {
    Alone(BTreeMap<EnvironmentRole, MappingEntry>),
    BesideSettings,
}

/// The settings of one IAM role, or `roles` alone, which are put aside and end the reading with an error.
struct SettingsOrRoles<'r, A> {
    map: A,
    roles: &'r mut Option<Roles>,
    is_first: bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for SettingsOrRoles<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        let setting = self.map.next_key_seed(SettingSeed(seed))?;
        let Some(setting) = setting else {
            return Ok(None);
        };
        if let Some(setting) = setting {
            return Ok(Some(setting));
        }
        let NamedRoles(roles) = self.map.next_value()?;
        if roles.is_empty() {
            let empty = "`roles` has no role; name one, such as `{deploy: ARN}`";
            return Err(de::Error::custom(empty));
        }
        let is_alone = is_first && self.map.next_key::<de::IgnoredAny>()?.is_none();
        *self.roles = Some(if is_alone {
            Roles::Alone(roles)
        } else {
            Roles::BesideSettings
        });
        Err(de::Error::custom("there are several roles"))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A key; nothing if it is `roles`.
struct SettingSeed<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for SettingSeed<S> {
    type Value = Option<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for SettingSeed<S> {
    type Value = Option<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Self::Value, E> {
        if key == ROLES {
            return Ok(None);
        }
        self.0.deserialize(StrDeserializer::new(key)).map(Some)
    }
}

impl JsonSchema for EnvironmentMapping {
    fn schema_name() -> Cow<'static, str> {
        "EnvironmentMapping".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, several) = (
            generator.subschema_for::<MappingEntry>(),
            generator.subschema_for::<RolesOfEnvironment>(),
        );
        json_schema!({"anyOf": [one, several]})
    }
}
