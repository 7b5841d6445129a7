//! One change of a plan.

use serde::{Deserialize, Serialize};

use crate::resource::{Address, Held, Resource, RootCredentials};

/// One resource that has to change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// Which one.
    pub(crate) address: Address,
    /// What people call it: for a mapping its project and environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// Why it is deleted, where the files give a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What happens to it.
    pub(crate) action: Action,
    /// Where the secrets that go with the write come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credentials: Option<RootCredentials>,
}

/// What happens to a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Action {
    /// It is not there yet.
    Create {
        /// What it will be.
        after: Resource,
    },
    /// It is there and differs.
    Update {
        /// What it is.
        before: Held,
        /// What it will be.
        after: Resource,
    },
    /// It is there and must not be.
    Delete {
        /// What it is.
        before: Held,
    },
}

impl Change {
    /// What it is after, if it is there.
    pub(crate) fn after(&self) -> Option<&Resource> {
        match &self.action {
            Action::Create { after } | Action::Update { after, .. } => Some(after),
            Action::Delete { .. } => None,
        }
    }

    /// Whether it is deleted and created again, as Vault can't make the change in place.
    pub(crate) fn is_replacement(&self) -> bool {
        let Action::Update { before, after } = &self.action else {
            return false;
        };
        let before = before.to_replace(self.address.kind);
        before.is_none_or(|before| after.replaces(&before))
    }

    /// What it was before, if it was there.
    pub(crate) fn before(&self) -> Option<&Held> {
        match &self.action {
            Action::Update { before, .. } | Action::Delete { before } => Some(before),
            Action::Create { .. } => None,
        }
    }
}
