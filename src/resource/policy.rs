//! An ACL policy: <https://developer.hashicorp.com/vault/api-docs/system/policies>.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Accessors, Address, Availability, Known, Managed, PartialField, Place, Rank, UnmanagedKey,
};
use crate::acl;
use crate::value::Expiration;

/// An ACL policy, as text in Vault's policy language, with what OpenBao keeps beside it. HashiCorp Vault has none of that.
///
/// Two are equal when they parse to the same rules, or, where one doesn't parse, as text, and when the rest is equal.
/// What the files do not set is taken from the live policy, as a write clears what it does not carry.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    /// The text.
    #[serde(default)]
    pub(crate) policy: String,
    /// The auth mounts whose accessor the text still needs: known after they are mounted.
    #[serde(rename = "awaits", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) unresolved_mounts: BTreeSet<String>,
    /// When OpenBao deletes it. In Vault's answers and in plans, none is never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expiration: Option<Expiration>,
    /// Whether OpenBao refuses a write that does not say which version it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cas_required: Option<bool>,
    /// Whether OpenBao lets a value in a template have `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allow_slashes_in_identity_templates: Option<bool>,
    /// Whether OpenBao lets a value in a template have `*` or `+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allow_wildcards_in_identity_templates: Option<bool>,
}

/// The API path without `v1/` that lists the policies, and below which each one is.
pub(crate) const POLICIES: &str = "sys/policies/acl";

/// The attribute that counts the writes of a policy, on OpenBao.
const VERSION: &str = "version";

/// The parameter that says which version a write replaces: <https://openbao.org/api-docs/system/policies/>.
pub(crate) const CAS: &str = "cas";

/// The version of what is not there.
const NOTHING: i64 = -1;

impl Policy {
    /// Whether OpenBao lets values in its templates have letters that it else refuses.
    pub(crate) fn permits_special_values(&self) -> bool {
        let flags = [
            self.allow_slashes_in_identity_templates,
            self.allow_wildcards_in_identity_templates,
        ];
        flags.contains(&Some(true))
    }

    /// A policy whose text may refer to accessors as `${auth.PATH.accessor}`.
    pub(crate) fn new(policy: String) -> Self {
        Self::default().with_text(policy)
    }

    /// The same beside another text.
    pub(crate) fn with_text(self, policy: String) -> Self {
        let unresolved_mounts = references(&policy).map(str::to_owned).collect();
        Self {
            policy,
            unresolved_mounts,
            ..self
        }
    }

    /// The policy as a server holds it: what the files do not set is what the live policy has, and what is off is not
    /// there.
    pub(crate) fn over(self, live: Option<&Self>) -> Self {
        let flag = |own: Option<bool>, of: fn(&Self) -> Option<bool>| {
            own.or_else(|| of(live?)).filter(|is_on| *is_on)
        };
        let expiration = self.expiration.or_else(|| live?.expiration.clone());
        Self {
            expiration: expiration.filter(|end| *end != Expiration::Never),
            cas_required: flag(self.cas_required, |live| live.cas_required),
            allow_slashes_in_identity_templates: flag(
                self.allow_slashes_in_identity_templates,
                |live| live.allow_slashes_in_identity_templates,
            ),
            allow_wildcards_in_identity_templates: flag(
                self.allow_wildcards_in_identity_templates,
                |live| live.allow_wildcards_in_identity_templates,
            ),
            ..self
        }
    }

    /// What is set beside the text.
    pub(crate) fn settings(&self) -> Map<String, Value> {
        let flags = [
            (CAS_REQUIRED, self.cas_required),
            (ALLOW_SLASHES, self.allow_slashes_in_identity_templates),
            (ALLOW_WILDCARDS, self.allow_wildcards_in_identity_templates),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(name, is_on)| Some((name.to_owned(), is_on?.into())));
        let expiration = self.expiration.clone().map(String::from);
        let expiration = expiration.map(|end| (EXPIRATION.to_owned(), end.into()));
        flags.chain(expiration).collect()
    }

    /// The policy with the accessors that are known in place.
    pub(crate) fn with_accessors(&self, accessors: &Accessors) -> Self {
        let mut resolved = self.clone();
        for mount in &self.unresolved_mounts {
            if let Some(accessor) = accessors.get(mount) {
                resolved.policy = resolved.policy.replace(&reference(mount), accessor);
                resolved.unresolved_mounts.remove(mount);
            }
        }
        resolved
    }

    /// The text as people see it, with words where an accessor is not known yet.
    pub(crate) fn shown(&self) -> String {
        let unknown =
            |text: String, mount: &String| text.replace(&reference(mount), "(known after apply)");
        self.unresolved_mounts
            .iter()
            .fold(self.policy.clone(), unknown)
    }
}

const EXPIRATION: &str = "expiration";
const CAS_REQUIRED: &str = "cas_required";
const ALLOW_SLASHES: &str = "allow_slashes_in_identity_templates";
const ALLOW_WILDCARDS: &str = "allow_wildcards_in_identity_templates";

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
        self.unresolved_mounts == other.unresolved_mounts
            && self.settings() == other.settings()
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
    const READ_ONLY: &'static [&'static str] = &["modified", "name", "rules", VERSION];
    const PARTIAL: &'static [PartialField] = &[
        PartialField::new(EXPIRATION, Availability::OpenBao),
        PartialField::new(CAS_REQUIRED, Availability::OpenBao),
        PartialField::new(ALLOW_SLASHES, Availability::OpenBao),
        PartialField::new(ALLOW_WILDCARDS, Availability::OpenBao),
    ];
    const ESSENTIAL: &'static [&'static str] = &["policy"];
    const REPLACED: bool = true;

    /// The methods whose accessor the text needs.
    fn needs(&self) -> Vec<Address> {
        self.unresolved_mounts
            .iter()
            .map(Address::of_auth_mount)
            .collect()
    }

    fn resolve(&self, known: Known<'_, Self>) -> Option<Self> {
        let has_settings = |policy: &Self| !policy.settings().is_empty();
        let is_settled = !has_settings(self) && !known.live.is_some_and(has_settings);
        (!self.unresolved_mounts.is_empty() || !is_settled)
            .then(|| self.with_accessors(known.accessors).over(known.live))
    }

    /// OpenBao answers what is off; a server that has no such setting does not.
    fn flatten(mut data: Map<String, Value>) -> Map<String, Value> {
        data.retain(|_, value| *value != Value::Bool(false));
        data
    }

    fn fields(&self) -> Map<String, Value> {
        let text = ("policy".to_owned(), self.shown().into());
        [text].into_iter().chain(self.settings()).collect()
    }

    /// OpenBao writes only over this version, or where nothing is; HashiCorp Vault ignores it.
    fn guard(live: Option<&Map<String, Value>>) -> Map<String, Value> {
        let version = match live {
            Some(live) => live.get(VERSION).cloned(),
            None => Some(NOTHING.into()),
        };
        let cas = version.map(|version| (CAS.to_owned(), version));
        cas.into_iter().collect()
    }

    fn written(&self, _address: &Address) -> Vec<(String, Value)> {
        self.settings().into_iter().collect()
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
        assert!(resolved.unresolved_mounts.is_empty());
        assert!(resolved.policy.contains("aliases.auth_jwt_1.metadata"));
    }
}
