//! Fingerprints of live values.

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::resource::Resource;

/// Tells one canonical value from another: 128 bits of SHA-256, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a resource's managed fields.
    pub(crate) fn of(resource: &Resource) -> Self {
        match serde_json::to_string(resource) {
            Ok(text) => Self(digest::hex([text.as_str()], 16)),
            Err(error) => unreachable!("a resource serializes: {error}"),
        }
    }
}
