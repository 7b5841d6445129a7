//! Fingerprints of live values.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::resource::Resource;

/// Tells one canonical value from another: 128 bits of SHA-256, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a resource's managed fields.
    pub(crate) fn of(resource: &Resource) -> Self {
        let fields = serde_json::Value::Object(resource.fields());
        Self(hex(fields.to_string().as_bytes(), 16))
    }
}

/// The first bytes of a text's SHA-256, in hexadecimal.
pub(super) fn hex(text: &[u8], bytes: usize) -> String {
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(bytes)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
