//! What a request does, which capabilities that needs, and which of them a token lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::message::Messages;
use crate::acl::Capability;
use crate::diagnostic::printable;

/// What a request does at its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// GET.
    Read,
    /// GET with `list=true`.
    List,
    /// POST, which creates or updates.
    Write,
    /// DELETE.
    Delete,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::List => "list",
            Self::Write => "write",
            Self::Delete => "delete",
        })
    }
}

impl Operation {
    /// The capabilities that it can need. A write does not know whether it creates or updates.
    fn needs(self) -> &'static [Capability] {
        match self {
            Self::Read => &[Capability::Read],
            Self::List => &[Capability::List],
            Self::Write => &[Capability::Create, Capability::Update],
            Self::Delete => &[Capability::Delete],
        }
    }
}

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
    /// The names that `sys/capabilities-self` returns: those of policies, and `root`.
    ///
    /// <https://developer.hashicorp.com/vault/api-docs/system/capabilities-self>
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
    /// The capabilities that policies grant here. The root token needs none.
    pub(crate) fn granted(&self) -> &BTreeSet<Capability> {
        &self.granted
    }

    /// Whether the token has this capability here.
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

/// A request of a valid token that Vault denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    /// The API path, printable.
    pub(crate) path: String,
    /// The capabilities that the token lacks there; empty if Vault denied the request for another reason.
    pub(crate) missing: Vec<Capability>,
    /// The capabilities that it has there.
    pub(crate) granted: Vec<Capability>,
    /// Vault's messages.
    pub(crate) messages: Messages,
}

impl Denial {
    /// The paths whose capabilities decide: policies name the path of a LIST with or without a trailing slash.
    pub(super) fn paths(operation: Operation, path: &str) -> Vec<String> {
        let mut paths = vec![path.to_owned()];
        if operation == Operation::List {
            paths.push(format!("{path}/"));
        }
        paths
    }

    /// Explains a denied request by the capabilities that the token has there.
    pub(super) fn explain(
        operation: Operation,
        path: &str,
        grants: &Grants,
        messages: Messages,
    ) -> Self {
        let held = Self::paths(operation, path)
            .iter()
            .filter_map(|path| grants.get(path))
            .fold(Capabilities::default(), |all, one| all.union(one));
        let mut missing: Vec<_> = operation
            .needs()
            .iter()
            .copied()
            .filter(|&capability| !held.allow(capability))
            .collect();
        // Some paths of `sys/` also need `sudo`.
        if missing.is_empty() && !held.allow(Capability::Sudo) {
            missing.push(Capability::Sudo);
        }
        Self {
            path: printable(path).into_owned(),
            missing,
            granted: held.granted.into_iter().collect(),
            messages,
        }
    }

    /// The policy rule that allows the request. It replaces rules with a shorter prefix, so it repeats what they grant.
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
        let rule: Vec<_> = rule
            .iter()
            .map(|capability| format!("\"{capability}\""))
            .collect();
        let rule = rule.join(", ");
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
