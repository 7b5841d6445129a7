//! What a token may do at a path, and what it lacks when it is denied.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Operation};
use super::error::Error;
use super::message::Messages;
use crate::acl::Capability;

/// What a token may do at one path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<String>")]
pub(crate) struct Capabilities {
    is_root: bool,
    granted: BTreeSet<Capability>,
}

/// The capabilities at each path that was asked about.
pub(super) type Grants = BTreeMap<String, Capabilities>;

impl From<Vec<String>> for Capabilities {
    /// The words of `sys/capabilities-self`: those of policies, and `root`.
    fn from(words: Vec<String>) -> Self {
        let granted = words.iter().filter_map(|word| Capability::from_name(word));
        Self {
            is_root: words.iter().any(|word| word == "root"),
            granted: granted
                .filter(|&capability| capability != Capability::Deny)
                .collect(),
        }
    }
}

impl Capabilities {
    /// What policies grant the token here; root needs none.
    pub(crate) fn granted(&self) -> &BTreeSet<Capability> {
        &self.granted
    }

    /// Whether the token may do this here.
    pub(crate) fn allow(&self, capability: Capability) -> bool {
        self.is_root || self.granted.contains(&capability)
    }

    fn union(&self, other: &Self) -> Self {
        Self {
            is_root: self.is_root || other.is_root,
            granted: &self.granted | &other.granted,
        }
    }
}

/// The question; Vault's `default` policy lets every token ask it.
pub(super) fn question(paths: &[&str]) -> Result<Call, Error> {
    Call::write("sys/capabilities-self", &json!({ "paths": paths }))
}

/// A path that a valid token was denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The API path.
    pub(crate) path: String,
    /// What the token lacks there; empty if it lacks nothing and Vault refused for another reason.
    pub(crate) missing: Vec<Capability>,
    /// What it has there.
    pub(crate) granted: Vec<Capability>,
    /// Vault's reasons.
    pub(crate) messages: Messages,
}

impl Denial {
    /// The paths whose capabilities explain it: policies name the path of a LIST with or without its slash.
    pub(super) fn paths(call: &Call) -> Vec<String> {
        let mut paths = vec![call.path.clone()];
        if call.operation == Operation::List {
            paths.push(format!("{}/", call.path));
        }
        paths
    }

    /// Explains a denied call by what the token may do there.
    pub(super) fn explain(call: &Call, grants: &Grants, messages: Messages) -> Self {
        let paths = Self::paths(call);
        let held = paths.iter().filter_map(|path| grants.get(path));
        let held = held.fold(Capabilities::default(), |all, one| all.union(one));
        let needed = needed(call.operation).iter().copied();
        let mut missing: Vec<_> = needed
            .filter(|&capability| !held.allow(capability))
            .collect();
        // Some paths of `sys/` want it besides.
        if missing.is_empty() && !held.allow(Capability::Sudo) {
            missing.push(Capability::Sudo);
        }
        Self {
            path: call.path.clone(),
            missing,
            granted: held.granted.into_iter().collect(),
            messages,
        }
    }
}

/// What an operation may need: a write does not know whether it creates.
fn needed(operation: Operation) -> &'static [Capability] {
    match operation {
        Operation::Read => &[Capability::Read],
        Operation::List => &[Capability::List],
        Operation::Write => &[Capability::Create, Capability::Update],
        Operation::Delete => &[Capability::Delete],
    }
}

impl Denial {
    /// The rule that would allow it. It replaces those with a shorter prefix, so it repeats what they grant.
    pub(super) fn help(&self) -> Option<String> {
        let Self {
            path,
            missing,
            granted,
            ..
        } = self;
        if missing.is_empty() {
            return None;
        }
        let rule: BTreeSet<_> = granted.iter().chain(missing).collect();
        let rule = rule.iter().map(|capability| format!("\"{capability}\""));
        let rule = rule.collect::<Vec<_>>().join(", ");
        Some(format!(
            "add to a policy of the token: path \"{path}\" {{ capabilities = [{rule}] }}"
        ))
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            missing,
            messages,
            ..
        } = self;
        if missing.is_empty() {
            return write!(
                f,
                "Vault denies `{path}` although the token's policies allow it: {messages}"
            );
        }
        let lacks: Vec<_> = missing
            .iter()
            .map(|capability| format!("`{capability}`"))
            .collect();
        write!(f, "the token lacks {} on `{path}`", lacks.join(" and "))
    }
}
