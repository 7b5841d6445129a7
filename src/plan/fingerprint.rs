//! Fingerprints of live values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::live::Live;
use crate::resource::Address;

/// Tells one canonical value from another: 128 bits of SHA-256, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of what Vault holds: of a resource's managed fields, or of a value that can't be read.
    pub(crate) fn of(held: &impl Serialize) -> Self {
        match serde_json::to_string(held) {
            Ok(text) => Self(digest::hex([text.as_str()], 16)),
            Err(error) => unreachable!("what Vault holds serializes: {error}"),
        }
    }
}

/// The fingerprints of all that Vault holds.
pub(super) fn all(live: &Live) -> BTreeMap<Address, Fingerprint> {
    let readable = live
        .resources
        .iter()
        .map(|(address, resource)| (address.clone(), Fingerprint::of(resource)));
    let unreadable = live
        .unreadable
        .iter()
        .map(|(address, value)| (address.clone(), Fingerprint::of(value)));
    readable.chain(unreadable).collect()
}

/// Fingerprints by address, as a saved plan holds them: a list, as an address is no key of a JSON object.
pub(super) mod list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::Fingerprint;
    use crate::resource::Address;

    pub(crate) fn serialize<S: Serializer>(
        fingerprints: &BTreeMap<Address, Fingerprint>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(fingerprints)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Address, Fingerprint>, D::Error> {
        let list = Vec::<(Address, Fingerprint)>::deserialize(deserializer)?;
        Ok(list.into_iter().collect())
    }
}
