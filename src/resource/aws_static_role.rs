//! An IAM user whose access key Vault keeps: <https://developer.hashicorp.com/vault/api-docs/secret/aws#create-update-static-role>.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Availability, Managed, MountType, PartialField, Place, Rank, UnmanagedKey};
use crate::value::{Invalid, Ttl};

/// Vault's own bound.
const SHORTEST_PERIOD: Ttl = Ttl::seconds(60);

/// An IAM user whose access key Vault replaces from time to time, and gives to those who may read it. Unlike the session
/// of a role, the key is the same for all of them, and lasts until it is replaced.
///
/// ```yaml mappings/vault.yaml
/// secrets:
///   aws:
///     static_roles:
///       mail:                       # its key is read at aws/static-creds/mail
///         username: mail-sender
///         rotation_period: 24h
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("required" = ["username", "rotation_period"]))]
pub(crate) struct AwsStaticRole {
    /// The IAM user, which has to exist. Vault can't change it: `apply` deletes the role, and Vault with it the access key, and creates the role again.
    #[serde(deserialize_with = "user_name")]
    pub(crate) username: String,
    /// How long until Vault replaces an access key; at least 1m.
    #[serde(deserialize_with = "period")]
    pub(crate) rotation_period: Ttl,
    /// The IAM role that the engine assumes to reach a user of another AWS account. Vault Enterprise.
    pub(crate) assume_role_arn: String,
    /// The name of that session. Vault Enterprise.
    pub(crate) assume_role_session_name: String,
    /// The external id that the trust policy of that IAM role may ask for. Vault Enterprise.
    pub(crate) external_id: String,
}

impl Managed for AwsStaticRole {
    const TITLE: &'static str = "AWS static role";
    const RANK: Rank = Rank::Roles;
    const PLACE: Place = Place::Listed(MountType::AWS, "static-roles");
    const KEY: &'static str = "static_roles";
    const UNMANAGED: Option<UnmanagedKey> = Some(UnmanagedKey {
        key: "aws_static_roles",
        description: "Names of static roles of the AWS engines.",
        ignores_case: false,
    });
    const CREDENTIALS: &'static [&'static str] = &["static-creds"];
    const PARTIAL: &'static [PartialField] = &[
        PartialField::new("assume_role_arn", Availability::Enterprise),
        PartialField::new("assume_role_session_name", Availability::Enterprise),
        PartialField::new("external_id", Availability::Enterprise),
    ];
    const READ_ONLY: &'static [&'static str] = &["id", "name"];
    const ESSENTIAL: &'static [&'static str] = &["rotation_period", "username"];

    /// Vault compares the ids of the old and the new user, and refuses another one.
    fn replaces(&self, live: &Self) -> bool {
        self.username != live.username
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
fn user_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if (1..=64).contains(&name.len()) && name.chars().all(is_allowed) {
        return Ok(name);
    }
    Err(D::Error::custom(Invalid {
        problem: format!("`{name}` is not the name of an IAM user"),
        help: "write 1 to 64 letters, digits and `+=,.@_-`, without the user's path".into(),
    }))
}

fn period<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ttl, D::Error> {
    let period = Ttl::deserialize(deserializer)?;
    if period >= SHORTEST_PERIOD {
        return Ok(period);
    }
    Err(D::Error::custom(Invalid {
        problem: format!("Vault replaces an access key once a minute at most, not after {period}"),
        help: format!("write {SHORTEST_PERIOD} or more"),
    }))
}
