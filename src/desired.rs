//! What the files want Vault to hold.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::resource::{Accessors, Address, Kind, Read, Resource};
use crate::value::{
    EnvironmentName, KeyId, ProjectId, ProjectPath, RoleNameTemplate, SecretSource,
};

/// Everything that the files say, checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desired {
    /// The resources that have to be there, exactly so.
    pub(crate) resources: BTreeMap<Address, Resource>,
    /// Which job gets which AWS role.
    pub(crate) mappings: BTreeMap<Address, Mapping>,
    /// How the mappings' AWS roles are named.
    pub(crate) role_names: Option<RoleNameTemplate>,
    /// Where the keys of AWS root configurations come from.
    pub(crate) credentials: BTreeMap<Address, RootCredentials>,
    /// Mounts and policies that must not be there.
    pub(crate) removed: BTreeSet<Address>,
    /// What the names of policies begin with that there is one of for each environment; never nothing.
    pub(crate) policy_prefixes: BTreeSet<String>,
    /// Roles that are none of the files' business.
    pub(crate) unmanaged: Unmanaged,
    /// The environments that only jobs of protected branches and tags may have.
    pub(crate) protected_environments: BTreeSet<EnvironmentName>,
    /// How many deletes are too many.
    pub(crate) guardrails: Guardrails,
    /// A digest of all files, in hexadecimal.
    pub(crate) digest: String,
}

/// Whose jobs get an AWS role.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    /// The project's path.
    pub(crate) project: ProjectPath,
    /// The project's number.
    pub(crate) project_id: ProjectId,
    /// The environment; none for jobs without one.
    pub(crate) environment: Option<EnvironmentName>,
}

/// As people call it.
impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.environment {
            Some(environment) => write!(f, "{}, {environment}", self.project),
            None => write!(f, "{}, default", self.project),
        }
    }
}

/// Where the engine's own access key comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RootCredentials {
    /// The key's id.
    pub(crate) access_key: SecretSource,
    /// The key.
    pub(crate) secret_key: SecretSource,
}

/// Globs over the names of roles that no command touches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unmanaged {
    /// In JWT methods.
    pub(crate) jwt_roles: globset::GlobSet,
    /// In AWS engines.
    pub(crate) aws_roles: globset::GlobSet,
}

impl Unmanaged {
    /// Whether nothing is left alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.jwt_roles.is_empty() && self.aws_roles.is_empty()
    }

    /// Whether a role of this kind and name is left alone.
    pub(crate) fn covers(&self, kind: Kind, name: &str) -> bool {
        match kind {
            Kind::JwtRole => self.jwt_roles.is_match(name),
            Kind::AwsRole => self.aws_roles.is_match(name),
            _ => false,
        }
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
    /// So many deletes are always let through, however large their share.
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
    /// Whether so many deletes among so many live resources are within bounds.
    pub(crate) const fn allow(self, deletes: usize, live: usize) -> bool {
        deletes <= self.delete_floor || deletes * 100 <= live * self.max_delete_percent as usize
    }
}

impl Desired {
    /// Adds a resource that has to be there.
    pub(crate) fn insert(&mut self, address: Address, resource: impl Into<Resource>) {
        self.resources.insert(address, resource.into());
    }

    /// The resources that the files name, to have or to remove.
    pub(crate) fn named(&self) -> impl Iterator<Item = &Address> + Clone {
        self.resources.keys().chain(&self.removed)
    }

    /// The AWS accounts in which a protected environment has its IAM role.
    pub(crate) fn protected_accounts(&self) -> BTreeSet<String> {
        let protected = self.mappings.iter().filter(|(_, mapping)| {
            let environment = mapping.environment.as_ref();
            environment.is_some_and(|name| self.protected_environments.contains(name))
        });
        let roles = protected.filter_map(|(address, _)| match self.resources.get(address) {
            Some(Resource::AwsRole(role)) => Some(&role.role_arns),
            _ => None,
        });
        roles
            .flat_map(|arns| arns.iter().filter_map(account_of))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a resource lives where all that the files lack is deleted: a role in a mount of theirs.
    pub(crate) fn owns(&self, address: &Address) -> bool {
        let in_our_mount = |mount| self.resources.contains_key(&mount);
        address.kind.read() == Read::Listed
            && address.depends_on().is_some_and(in_our_mount)
            && !self.unmanaged.covers(address.kind, &address.name)
    }

    /// The same with what live Vault knows: accessors, and key ids that can't be compared.
    pub(crate) fn resolve(
        &self,
        live: &BTreeMap<Address, Resource>,
        accessors: &Accessors,
    ) -> impl Iterator<Item = (&Address, Cow<'_, Resource>)> {
        self.resources.iter().map(|(address, resource)| {
            let resolved = match resource {
                Resource::Policy(policy) => Cow::Owned(policy.resolve(accessors).into()),
                Resource::AwsRoot(root) => {
                    let mut root = root.clone();
                    if let Some(credentials) = self.credentials.get(address) {
                        root.access_key = key_id(credentials, live.get(address));
                    }
                    Cow::Owned(Resource::AwsRoot(root))
                }
                other => Cow::Borrowed(other),
            };
            (address, resolved)
        })
    }
}

/// The AWS account in an ARN such as `arn:aws:iam::123456789012:role/name`.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// The id of the key that the files name, or the live one where theirs can't be read here.
fn key_id(credentials: &RootCredentials, live: Option<&Resource>) -> KeyId {
    use secrecy::ExposeSecret;
    match (credentials.access_key.read(), live) {
        (Ok(id), _) => KeyId::from(id.expose_secret()),
        (Err(_), Some(Resource::AwsRoot(root))) => root.access_key.clone(),
        (Err(_), _) => KeyId::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guardrail_lets_few_deletes_through_and_stops_a_large_share() {
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
