//! An image of a container by its digest.

use std::fmt;
use std::str::FromStr;

use super::Invalid;

/// An image by its digest, which names one program for ever: `registry.example.com/tools/image@sha256:…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PinnedImage(String);

impl FromStr for PinnedImage {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-._/:".contains(c))
        };
        let is_digest = |digest: &str| {
            digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        match text.split_once("@sha256:") {
            Some((name, digest)) if is_name(name) && is_digest(digest) => Ok(Self(text.to_owned())),
            _ => Err(Invalid::new(
                format!("`{text}` is not an image by its digest"),
                "write NAME@sha256: and the 64 digits that the registry shows, such as \
                 registry.example.com/tools/vault-provisioner@sha256:…",
            )),
        }
    }
}

impl fmt::Display for PinnedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
