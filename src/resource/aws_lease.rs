//! The leases of IAM users: <https://developer.hashicorp.com/vault/api-docs/secret/aws#configure-lease>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Address, Kind, Managed, Rank, Read};
use crate::value::Ttl;

/// How long the keys of IAM users are leased.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AwsLease {
    /// The lease of a request.
    pub(crate) lease: Ttl,
    /// The longest lease.
    pub(crate) lease_max: Ttl,
}

impl Managed for AwsLease {
    const TITLE: &'static str = "AWS lease config";
    const RANK: Rank = Rank::Config;
    const READ: Read = Read::One;
    const MOUNT: Option<Kind> = Some(Kind::SecretsMount);

    fn path(address: &Address) -> String {
        format!("{}/config/lease", address.mount)
    }
}
