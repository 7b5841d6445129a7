//! The leases of IAM users: <https://developer.hashicorp.com/vault/api-docs/secret/aws#configure-lease>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Managed, MountType, Place, Rank};
use crate::value::Ttl;

/// How long the access keys of new IAM users are leased. Sessions of STS have TTLs of their own.
///
/// ```yaml mappings/vault.yaml
/// secrets:
///   aws:
///     lease: {lease: 30m, lease_max: 1h}
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AwsLease {
    /// How long a lease is until it is renewed.
    pub(crate) lease: Ttl,
    /// How long it is at most, with renewals.
    pub(crate) lease_max: Ttl,
}

impl Managed for AwsLease {
    const TITLE: &'static str = "AWS lease config";
    const RANK: Rank = Rank::Config;
    const PLACE: Place = Place::Config(MountType::AWS, "config/lease");
    const KEY: &'static str = "lease";
}
