//! The language of Vault's ACL policies.

/// Whether Vault treats two policy texts alike.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a == b
}
