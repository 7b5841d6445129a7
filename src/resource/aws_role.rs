//! What a lease of the AWS engine gives: <https://developer.hashicorp.com/vault/api-docs/secret/aws#create-update-role>.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, Kind, Managed, Rank, Read};
use crate::value::{Document, RoleArn, Set, Ttl};

/// A role of the AWS engine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AwsRole {
    /// How the credentials are made.
    pub(crate) credential_type: CredentialType,
    /// The IAM roles that may be assumed.
    pub(crate) role_arns: Set,
    /// The managed policies of the credentials.
    pub(crate) policy_arns: Set,
    /// The inline policy of the credentials.
    pub(crate) policy_document: Document,
    /// The IAM groups of a user, or whose policies a session gets.
    pub(crate) iam_groups: Set,
    /// The tags of an IAM user.
    pub(crate) iam_tags: BTreeMap<String, String>,
    /// The tags of an assumed role's session.
    pub(crate) session_tags: BTreeMap<String, String>,
    /// The external id with which the role is assumed.
    pub(crate) external_id: String,
    /// The TTL of credentials whose request names none.
    pub(crate) default_sts_ttl: Ttl,
    /// The longest TTL of credentials.
    pub(crate) max_sts_ttl: Ttl,
    /// The path of IAM users.
    pub(crate) user_path: String,
    /// The permissions boundary of IAM users.
    pub(crate) permissions_boundary_arn: String,
    /// The MFA device of session tokens.
    pub(crate) mfa_serial_number: String,
}

/// How the engine makes credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialType {
    /// A session of an IAM role.
    #[default]
    AssumedRole,
    /// A new IAM user.
    IamUser,
    /// A federated session.
    FederationToken,
    /// A session of the engine's own user.
    SessionToken,
}

impl AwsRole {
    /// The session of one IAM role, as a mapping gives it.
    pub(crate) fn assumed(role_arn: &RoleArn, default_sts_ttl: Ttl, max_sts_ttl: Ttl) -> Self {
        Self {
            role_arns: [role_arn.as_str()].into_iter().collect(),
            default_sts_ttl,
            max_sts_ttl,
            ..Self::default()
        }
    }
}

impl Managed for AwsRole {
    const TITLE: &'static str = "AWS role";
    const RANK: Rank = Rank::Roles;
    const READ: Read = Read::Listed;
    const MOUNT: Option<Kind> = Some(Kind::SecretsMount);

    fn path(address: &Address) -> String {
        format!("{}/roles/{}", address.mount, address.name)
    }
}
