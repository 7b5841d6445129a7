//! Policies that Vault holds and the files lack, with what to write in the files.

use super::shown::{LONGEST_WARNING, Shown};
use crate::resource::Address;
use crate::yaml;

/// The line for `removed` in `vault.yaml`: from then on `apply` deletes the policy.
pub(super) fn removed(policy: &Address) -> String {
    format!("- policy: {}", yaml::quote(&policy.name))
}

/// One policy in one line: `sys/policies/acl/aws-x: Vault holds this policy, and the files lack it; …`
pub(super) fn line(policy: &Address) -> String {
    let (path, removed) = (policy.path(), removed(policy));
    format!(
        "{}: Vault holds this policy and the files lack it; to delete it, write `{}` under `removed` in vault.yaml; to keep \
         it, declare it, or name it under `unmanaged.policies`",
        Shown::clipped(&path, LONGEST_WARNING),
        Shown::clipped(&removed, LONGEST_WARNING),
    )
}
