//! What the files want Vault to hold.

mod mapping;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use globset::GlobSet;

pub(crate) use mapping::{Mapping, MappingOwner};

use crate::resource::{
    Accessors, Address, AwsRole, Folder, Kind, Known, Resource, RootCredentials, Typed,
};
use crate::value::{EnvironmentName, EnvironmentNames, Principal, account_of};

/// Everything that the files say, checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desired {
    /// The resources that have to be there, exactly so.
    pub(crate) resources: BTreeMap<Address, Resource>,
    /// Where whatever the files lack is deleted: what the file model has a place for, in the mounts of the files.
    pub(crate) owned: BTreeSet<Folder>,
    /// Which job gets which AWS role.
    pub(crate) mappings: BTreeMap<Address, Mapping>,
    /// The mappings that have expired. Their AWS roles must not be there; the JWT roles and policies of their environments may.
    pub(crate) expired: BTreeMap<Address, Mapping>,
    /// Who calls AWS for the engines that have no IAM role of their own.
    pub(crate) vault_principal: Option<Principal>,
    /// Where the keys of AWS root configurations come from.
    pub(crate) credentials: BTreeMap<Address, RootCredentials>,
    /// Mounts and policies that must not be there.
    pub(crate) removed: BTreeSet<Address>,
    /// Policies that let a pipeline write, which are computed from all else here.
    pub(crate) apply_policies: BTreeSet<Address>,
    /// What the names of policies begin with that there is one of for each environment; never nothing.
    pub(crate) policy_prefixes: BTreeSet<String>,
    /// What no command touches.
    pub(crate) unmanaged: Unmanaged,
    /// Whether entities and groups are looked at for drift.
    pub(crate) identity: Option<IdentityWatch>,
    /// GitLab's names of the environments.
    pub(crate) environments: EnvironmentNames,
    /// The environments that only jobs of protected branches and tags may have.
    pub(crate) protected_environments: BTreeSet<EnvironmentName>,
    /// The AWS accounts that the files say are for protected branches and tags alone.
    pub(crate) protected_accounts: BTreeSet<String>,
    /// How many deletes are too many.
    pub(crate) guardrails: Guardrails,
    /// A digest of all files, in hexadecimal.
    pub(crate) digest: String,
}

/// Which entities and groups are looked at for drift.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdentityWatch {
    /// The names of those that may have their policies.
    pub(crate) except: BTreeSet<String>,
}

/// Globs over the names of resources that no command touches, by kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unmanaged(BTreeMap<Kind, GlobSet>);

impl Unmanaged {
    /// Whether nothing is left alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.values().all(GlobSet::is_empty)
    }

    /// What these globs cover.
    pub(crate) fn new(globs: impl IntoIterator<Item = (Kind, GlobSet)>) -> Self {
        Self(globs.into_iter().collect())
    }

    /// Whether a resource of this kind and name is left alone.
    pub(crate) fn covers(&self, kind: Kind, name: &str) -> bool {
        self.0.get(&kind).is_some_and(|globs| globs.is_match(name))
    }
}

/// How much one `apply` may delete. More needs `--allow-deletes N`.
///
/// ```yaml mappings/vault.yaml
/// guardrails: {max_delete_percent: 30, delete_floor: 10}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Guardrails {
    /// How large a share of what is live may be deleted, in percent.
    #[schemars(range(max = 100))]
    #[serde(deserialize_with = "percent")]
    pub(crate) max_delete_percent: u8,
    /// Up to this many deletes are always allowed, however large their share.
    pub(crate) delete_floor: usize,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            max_delete_percent: 30,
            delete_floor: 10,
        }
    }
}

fn percent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let share = u64::deserialize(deserializer)?;
    let percent = u8::try_from(share).ok().filter(|share| *share <= 100);
    percent.ok_or_else(|| D::Error::custom(format!("{share} is not a percentage; write 0 to 100")))
}

impl Guardrails {
    /// Whether the guardrails allow this number of deletes among this number of live resources.
    pub(crate) const fn allow(self, deletes: usize, live: usize) -> bool {
        deletes <= self.delete_floor || deletes * 100 <= live * self.max_delete_percent as usize
    }
}

impl Desired {
    /// Adds a resource that has to be there.
    pub(crate) fn insert(&mut self, address: Address, resource: impl Into<Resource>) {
        self.resources.insert(address, resource.into());
    }

    /// The mappings, also those that have expired: what is said about access names their projects.
    pub(crate) fn all_mappings(&self) -> impl Iterator<Item = (&Address, &Mapping)> {
        self.mappings.iter().chain(&self.expired)
    }

    /// The mapping that an AWS role is of, whether or not it has expired.
    pub(crate) fn mapping(&self, role: &Address) -> Option<&Mapping> {
        self.mappings.get(role).or_else(|| self.expired.get(role))
    }

    /// The policies that let a pipeline write and that are, among some resources, as they are computed from the files, with
    /// or without what live Vault knows.
    pub(crate) fn unchanged_apply_policies<'a>(
        &'a self,
        resources: &BTreeMap<Address, Resource>,
        accessors: &Accessors,
    ) -> impl Iterator<Item = &'a Address> {
        let policies = self.apply_policies.iter();
        policies.filter(|policy| {
            let held = resources.get(policy);
            let known = Known {
                accessors,
                credentials: None,
                live: held,
            };
            let computed = self.resources.get(policy);
            held == computed || held == computed.and_then(|one| one.resolve(known)).as_ref()
        })
    }

    /// The resources that the files name, to have or to remove.
    pub(crate) fn named(&self) -> impl Iterator<Item = &Address> + Clone {
        self.resources.keys().chain(&self.removed)
    }

    /// The protected AWS accounts, and those in which a protected environment has its IAM role.
    pub(crate) fn accounts_of_protected(&self) -> BTreeSet<String> {
        let protected = self.mappings.iter().filter(|(_, mapping)| {
            let environment = mapping.environment.as_ref();
            environment.is_some_and(|name| self.protected_environments.contains(name))
        });
        let roles = protected.filter_map(|(address, _)| AwsRole::of(self.resources.get(address)?));
        roles
            .flat_map(|role| role.role_arns.iter().filter_map(account_of))
            .map(str::to_owned)
            .chain(self.protected_accounts.iter().cloned())
            .collect()
    }

    /// Adds the only resource of its kind in a mount, where the files have it.
    pub(crate) fn insert_config<T: Typed + Clone>(
        &mut self,
        mount: impl fmt::Display,
        config: Option<&T>,
    ) {
        if let Some(config) = config {
            self.insert(Address::of_mount(T::KIND, mount), config.clone());
        }
    }

    /// Adds all resources of a kind in a mount. From then on the files own that kind there: this is the only place that
    /// gives ownership, so a kind that the file model does not hand over owns nothing.
    pub(crate) fn insert_all<'a, T: Typed + Clone + 'a>(
        &mut self,
        mount: impl fmt::Display,
        resources: impl IntoIterator<Item = (impl fmt::Display, &'a T)>,
    ) {
        let mount = mount.to_string();
        let address = |name: &dyn fmt::Display| Address::of_role(T::KIND, &mount, name);
        let lives_here = |address: &Address| {
            let mount = address
                .depends_on()
                .and_then(|mount| self.resources.get(&mount));
            mount.is_some_and(|mount| mount.holds(address))
        };
        let any = address(&"");
        if lives_here(&any) {
            self.owned.extend(any.folder());
        }
        for (name, resource) in resources {
            self.resources
                .insert(address(&name), resource.clone().into());
        }
    }

    /// Whether a resource is deleted when the files lack it.
    pub(crate) fn owns(&self, address: &Address) -> bool {
        let folder = address.folder();
        folder.is_some_and(|folder| self.owned.contains(&folder))
            && !self.unmanaged.covers(address.kind, &address.name)
    }

    /// Whether the files lack a policy whose name begins as the copies of one of their policies do. The pipeline's token
    /// may write such a policy, and no command deletes it.
    pub(crate) fn is_foreign_policy(&self, name: &str) -> bool {
        let address = Address::of_policy(name);
        let mut prefixes = self.policy_prefixes.iter();
        prefixes.any(|prefix| name.starts_with(prefix))
            && !self.resources.contains_key(&address)
            && !self.removed.contains(&address)
            && !self.unmanaged.covers(address.kind, name)
    }

    /// The same with what live Vault knows: accessors, and key ids that can't be compared.
    pub(crate) fn resolve(
        &self,
        live: &BTreeMap<Address, Resource>,
        accessors: &Accessors,
    ) -> impl Iterator<Item = (&Address, Cow<'_, Resource>)> {
        self.resources.iter().map(|(address, resource)| {
            let known = Known {
                accessors,
                credentials: self.credentials.get(address),
                live: live.get(address),
            };
            let resolved = resource
                .resolve(known)
                .map_or(Cow::Borrowed(resource), Cow::Owned);
            (address, resolved)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{AwsRole, MountType, SecretsMount};

    fn engine(r#type: &str) -> SecretsMount {
        SecretsMount {
            r#type: r#type.into(),
            ..SecretsMount::default()
        }
    }

    #[test]
    fn a_kind_that_the_file_model_does_not_hand_over_owns_nothing() {
        let mut desired = Desired::default();
        desired.insert(Address::of_mount(Kind::SecretsMount, "aws"), engine("aws"));
        for kind in Kind::in_mount(MountType::AWS) {
            assert!(
                !desired.owns(&Address::of_role(kind, "aws", "a")),
                "{kind:?}"
            );
        }
        desired.insert_all("aws", [] as [(&str, &AwsRole); 0]);
        assert!(desired.owns(&Address::of_role(Kind::AwsRole, "aws", "a")));
        assert!(!desired.owns(&Address::of_role(Kind::AwsRole, "other", "a")));
        assert_eq!(desired.owned.len(), 1, "{:?}", desired.owned);
    }

    #[test]
    fn a_kind_owns_nothing_in_a_mount_of_another_type_at_the_same_path() {
        let mut desired = Desired::default();
        desired.insert(Address::of_mount(Kind::SecretsMount, "aws"), engine("gcp"));
        desired.insert_all("aws", [] as [(&str, &AwsRole); 0]);
        assert!(!desired.owns(&Address::of_role(Kind::AwsRole, "aws", "a")));
    }

    #[test]
    fn the_guardrail_allows_few_deletes_and_stops_a_large_share() {
        let guardrails = Guardrails::default();
        for (deletes, live, allowed) in [
            (0, 0, true),
            (10, 10, true),
            (11, 20, false),
            (30, 100, true),
            (31, 100, false),
        ] {
            assert_eq!(
                guardrails.allow(deletes, live),
                allowed,
                "{deletes} of {live}"
            );
        }
    }
}
