//! What a comparison covers, and what it leaves out.

use std::collections::{BTreeMap, BTreeSet};

use crate::desired::Desired;
use crate::live::{Live, Unlisted};
use crate::resource::{Address, Kind};

/// Fields of which the server does not say whether it has them, by the path of their mount.
pub(crate) type UnverifiedFields = BTreeMap<String, BTreeSet<String>>;

/// What was compared, and what was not looked at. "No changes" says nothing about the latter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The mounts that the files own, as `auth/gitlab` and `aws`.
    pub(crate) mounts: BTreeSet<String>,
    /// How many policies were compared.
    pub(crate) policies: usize,
    /// API paths that the token may not list: resources there that the files lack were not seen.
    pub(crate) denied: BTreeSet<String>,
    /// The same where this server has no request that lists them, for any token.
    pub(crate) unlistable: BTreeSet<String>,
    /// What the names of policies begin with that the files have one of for each environment, where the token may not
    /// list policies: those that the files lack were not seen.
    pub(crate) hidden_policies: BTreeSet<String>,
    /// What of identity the token may not read, by API path, and why; none where identity was not looked at.
    pub(crate) identity: Option<BTreeMap<String, String>>,
    /// Whether `identity.except` in the files leaves something out.
    pub(crate) has_identity_exceptions: bool,
    /// Whether `unmanaged` in the files leaves something out.
    pub(crate) has_unmanaged: bool,
    /// API paths of configurations with a secret key, which Vault never returns.
    pub(crate) secret_keys: BTreeSet<String>,
    /// API paths of configurations of mounts that are there, where the files declare the mount and not its configuration.
    pub(crate) undeclared: BTreeSet<String>,
    /// Fields that the plan sets, and of which the server does not say whether it has them, by the path of their mount.
    pub(crate) unverified_fields: UnverifiedFields,
    /// Attributes that are set in Vault and that no file can hold, by API path.
    pub(crate) unmodelled: BTreeMap<String, Vec<String>>,
}

impl Scope {
    /// What a plan from `desired` and `live` covers.
    pub(crate) fn new(desired: &Desired, live: &Live) -> Self {
        let mounts = desired.resources.keys();
        let mounts =
            mounts.filter(|address| address.name.is_empty() && address.depends_on().is_none());
        let policies = desired.named();
        Self {
            mounts: mounts.map(|mount| mount_name(&mount.path())).collect(),
            policies: policies
                .filter(|address| address.kind == Kind::Policy)
                .count(),
            denied: unlisted(live, |why| matches!(why, Unlisted::Denied(_))),
            unlistable: unlisted(live, |why| matches!(why, Unlisted::Unsupported)),
            hidden_policies: if live.hides_policies {
                desired.policy_prefixes.clone()
            } else {
                BTreeSet::new()
            },
            identity: None,
            has_identity_exceptions: desired
                .identity
                .iter()
                .any(|watch| !watch.except.is_empty()),
            has_unmanaged: !desired.unmanaged.is_empty(),
            secret_keys: desired
                .credentials
                .keys()
                .map(|address| address.path())
                .collect(),
            undeclared: undeclared(desired, live),
            unverified_fields: UnverifiedFields::new(),
            unmodelled: live
                .unmodelled
                .iter()
                .map(|(address, names)| (address.path(), names.clone()))
                .collect(),
        }
    }

    /// How many attributes are set in Vault that no file can hold.
    pub(crate) fn unmodelled_count(&self) -> usize {
        self.unmodelled.values().map(Vec::len).sum()
    }
}

fn undeclared(desired: &Desired, live: &Live) -> BTreeSet<String> {
    let mounts = desired.resources.iter();
    let mounts = mounts.filter(|(mount, _)| live.has(mount));
    let configs = mounts.flat_map(|(mount, resource)| {
        let kinds = resource.mount_type().into_iter().flat_map(Kind::in_mount);
        let kinds = kinds.filter(|kind| !kind.place().is_listed());
        kinds.map(|kind| Address::of_mount(kind, &mount.mount))
    });
    let undeclared = configs.filter(|config| !desired.resources.contains_key(config));
    undeclared.map(|config| config.path()).collect()
}

fn unlisted(live: &Live, is_why: impl Fn(&Unlisted) -> bool) -> BTreeSet<String> {
    let unlisted = live.unlisted.iter();
    let paths = unlisted.filter(|(_, why)| is_why(why));
    paths.map(|(path, _)| path.clone()).collect()
}

/// `sys/auth/gitlab` and `sys/mounts/aws` as requests to them begin: `auth/gitlab` and `aws`.
fn mount_name(path: &str) -> String {
    let path = path.strip_prefix("sys/").unwrap_or(path);
    path.strip_prefix("mounts/").unwrap_or(path).to_owned()
}
