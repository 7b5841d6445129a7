//! SHA-256, for telling values apart.

use sha2::{Digest, Sha256};

/// The first `length` bytes of the SHA-256 of these parts, in hexadecimal; each part ends where it ends.
pub(crate) fn hex<'p>(parts: impl IntoIterator<Item = &'p str>, length: usize) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest
        .finalize()
        .into_iter()
        .take(length)
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}
