//! What a lease of the AWS engine gives: <https://developer.hashicorp.com/vault/api-docs/secret/aws#create-update-role>.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Address, Availability, Managed, MountType, PartialField, Place, Rank, UnmanagedKey, managed,
};
use crate::value::{Document, Set, Ttl};

/// What the AWS engine gives to those who ask for the role's name.
///
/// ```yaml mappings/vault.yaml
/// secrets:
///   aws:
///     roles:
///       gitlab-tools:
///         credential_type: assumed_role
///         role_arns: [arn:aws:iam::123456789012:role/gitlab-tools]
///         max_sts_ttl: 30m
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AwsRole {
    /// How the credentials are made.
    pub(crate) credential_type: CredentialType,
    /// The IAM roles that may be assumed. With several, the request names one. For `assumed_role`.
    pub(crate) role_arns: Set,
    /// Managed policies: those of a new IAM user, or for a session a bound on what its role allows.
    pub(crate) policy_arns: Set,
    /// An inline policy, in the same sense as `policy_arns`.
    pub(crate) policy_document: Document,
    /// The groups of a new IAM user; for a session, their policies bound it.
    pub(crate) iam_groups: Set,
    /// The tags of a new IAM user.
    pub(crate) iam_tags: BTreeMap<String, String>,
    /// Tags of the session, for AWS's policies and logs. For `assumed_role`. Newer AWS engines only.
    pub(crate) session_tags: BTreeMap<String, String>,
    /// The external id that the IAM role's trust policy may require. For `assumed_role`. Newer AWS engines only.
    pub(crate) external_id: String,
    /// How long a session is valid if the request has no TTL; 0 is the engine's default. AWS gives at least 15m.
    pub(crate) default_sts_ttl: Ttl,
    /// How long a session is valid at most; 0 sets no limit of its own.
    pub(crate) max_sts_ttl: Ttl,
    /// The path of a new IAM user, such as `/vault/`.
    pub(crate) user_path: String,
    /// The permissions boundary of a new IAM user.
    pub(crate) permissions_boundary_arn: String,
    /// The MFA device of the engine's own user. For `session_token`.
    pub(crate) mfa_serial_number: String,
}

/// How the engine makes credentials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialType {
    /// A session of an IAM role, by AWS STS: what jobs should have.
    #[default]
    AssumedRole,
    /// An access key of a new IAM user, which is deleted with its lease.
    IamUser,
    /// A federated session of the engine's own user, by AWS STS.
    FederationToken,
    /// A session of the engine's own user, by AWS STS, with MFA if it asks for it.
    SessionToken,
}

/// Engines have this type since they know the field that is for nothing else.
const SESSION_TOKEN: PartialField = PartialField {
    shown: "credential_type: session_token",
    parameter: "mfa_serial_number",
    availability: Availability::NewEngine,
};

impl Managed for AwsRole {
    const TITLE: &'static str = "AWS role";
    const RANK: Rank = Rank::Roles;
    const PLACE: Place = Place::Listed(MountType::AWS, "roles");
    const KEY: &'static str = "roles";
    const UNMANAGED: Option<UnmanagedKey> = Some(UnmanagedKey {
        key: "aws_roles",
        description: "Names of roles of the AWS engines.",
        ignores_case: false,
    });
    const CREDENTIALS: &'static [&'static str] = &["sts", "creds"];
    const HAS_SHORT_FORM: bool = true;
    const PARTIAL: &'static [PartialField] = &[
        PartialField::new("session_tags", Availability::NewEngine),
        PartialField::new("external_id", Availability::NewEngine),
        SESSION_TOKEN,
        PartialField::new("mfa_serial_number", Availability::NewEngine),
    ];

    fn partial_fields(&self) -> Vec<PartialField> {
        let is_session = self.credential_type == CredentialType::SessionToken;
        let fields = managed::partial_fields(self).into_iter();
        fields.chain(is_session.then_some(SESSION_TOKEN)).collect()
    }

    /// A policy document is written as the mapping that it is.
    fn written(&self, _address: &Address) -> Vec<(String, Value)> {
        let mut fields = managed::set_fields(self);
        for (name, value) in &mut fields {
            if let ("policy_document", Value::String(text)) = (name.as_str(), &*value)
                && let Ok(document @ Value::Object(_)) = serde_json::from_str(text)
            {
                *value = document;
            }
        }
        fields
    }
}
