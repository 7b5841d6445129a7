//! An ACL policy: <https://developer.hashicorp.com/vault/api-docs/system/policies>.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Accessors, Address, Known, Managed, Place, Rank, UnmanagedKey};
use crate::acl;

/// An ACL policy, as text in Vault's policy language.
///
/// Two are equal when they parse to the same rules, or, where one doesn't parse, as text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The text.
    pub(crate) policy: String,
    /// The auth mounts whose accessor the text still needs: known after they are mounted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) awaits: BTreeSet<String>,
}

/// The API path without `v1/` that lists the policies, and below which each one is.
pub(crate) const POLICIES: &str = "sys/policies/acl";

impl Policy {
    /// A policy whose text may refer to accessors as `${auth.PATH.accessor}`.
    pub(crate) fn new(policy: String) -> Self {
        let awaits = references(&policy).map(str::to_owned).collect();
        Self { policy, awaits }
    }

    /// The policy with the accessors that are known in place.
    pub(crate) fn with_accessors(&self, accessors: &Accessors) -> Self {
        let mut resolved = self.clone();
        for mount in &self.awaits {
            if let Some(accessor) = accessors.get(mount) {
                resolved.policy = resolved.policy.replace(&reference(mount), accessor);
                resolved.awaits.remove(mount);
            }
        }
        resolved
    }

    /// The text as people see it, with words where an accessor is not known yet.
    pub(crate) fn shown(&self) -> String {
        let unknown =
            |text: String, mount: &String| text.replace(&reference(mount), "(known after apply)");
        self.awaits.iter().fold(self.policy.clone(), unknown)
    }
}

fn reference(mount: &str) -> String {
    format!("${{auth.{mount}.accessor}}")
}

/// The mount paths of the references `${auth.PATH.accessor}` in a text.
fn references(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("${auth.").skip(1);
    after.filter_map(|rest| rest.split_once('}')?.0.strip_suffix(".accessor"))
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.awaits == other.awaits
            && (self.policy == other.policy || acl::same(&self.policy, &other.policy))
    }
}

impl Managed for Policy {
    const TITLE: &'static str = "policy";
    const RANK: Rank = Rank::Policies;
    const PLACE: Place = Place::Named(POLICIES);
    const KEY: &'static str = "policies";
    const UNMANAGED: Option<UnmanagedKey> = Some(UnmanagedKey {
        key: "policies",
        description: "Globs over the names of policies that begin as those of a `for_each` do, and are not reported where the \
                      files lack them.",
        ignores_case: true,
    });
    const GATES_UPDATES: bool = true;
    const HAS_SHORT_FORM: bool = true;
    const READ_ONLY: &'static [&'static str] = &["modified", "name", "rules", "version"];

    /// The methods whose accessor the text needs.
    fn needs(&self) -> Vec<Address> {
        self.awaits.iter().map(Address::of_auth_mount).collect()
    }

    fn resolve(&self, known: Known<'_, Self>) -> Option<Self> {
        (!self.awaits.is_empty()).then(|| self.with_accessors(known.accessors))
    }

    fn fields(&self) -> Map<String, Value> {
        Map::from_iter([("policy".into(), self.shown().into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accessor_is_put_in_when_it_is_known_and_named_when_it_is_not() {
        let text =
            r#"path "x/{{identity.entity.aliases.${auth.team/gitlab.accessor}.metadata.id}}" {}"#;
        let policy = Policy::new(text.into());
        assert!(
            policy
                .shown()
                .contains("aliases.(known after apply).metadata")
        );
        let accessors = Accessors::from([("team/gitlab".into(), "auth_jwt_1".into())]);
        let resolved = policy.with_accessors(&accessors);
        assert!(resolved.awaits.is_empty());
        assert!(resolved.policy.contains("aliases.auth_jwt_1.metadata"));
    }
}
