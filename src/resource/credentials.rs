//! Where secrets come from that no file holds.

use serde::{Deserialize, Serialize};

use crate::value::SecretSource;

/// Where the engine's own access key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RootCredentials {
    /// The key's id.
    pub(crate) access_key: SecretSource,
    /// The key.
    pub(crate) secret_key: SecretSource,
}
