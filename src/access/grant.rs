//! What a token reaches.

use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use super::condition::{Condition, Must};
use super::configuration::{Door, Target};
use crate::acl::{Capability, TemplateError};

/// An AWS role that a token reaches, and by which rules.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grant<'c> {
    /// The AWS role.
    pub(crate) target: Target<'c>,
    /// The path that gives the credentials.
    pub(crate) door: Door,
    /// `update` for a POST, `read` for a GET.
    pub(crate) capability: Capability,
    /// The rules that allow it.
    pub(crate) rules: Vec<RuleRef>,
    /// Whether the rules ask for certain parameters or a wrapped response.
    pub(crate) restricted: bool,
    /// What claims that are not known have to be, besides what the admission asks.
    pub(crate) conditions: Vec<Condition>,
}

/// A rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleRef {
    /// The policy.
    pub(crate) policy: String,
    /// The place of the rule in it, from 1.
    pub(crate) number: usize,
    /// The rule's path as the policy has it.
    pub(crate) path: String,
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            policy,
            number,
            path,
        } = self;
        write!(f, "rule {number} of {policy} ({path})")
    }
}

/// What a token reaches.
#[derive(Debug)]
pub(crate) struct Reach<'c> {
    /// What rules without templates give: the same for every job that the role admits.
    pub(crate) shared: Rc<Shared<'c>>,
    /// What rules with templates give this job, and what they change of the shared.
    pub(crate) own: Vec<Grant<'c>>,
    /// What rules with templates take away from the shared.
    pub(super) hidden: BTreeSet<Target<'c>>,
    /// What the token reaches besides, after another job has logged in that shares its alias.
    pub(crate) after_others: Vec<AfterOther<'c>>,
    /// What claims that are not known have to be, or OpenBao refuses every request of the token.
    pub(crate) conditions: Vec<Condition>,
    /// Why servers refuse every request of the token.
    pub(crate) closed: Option<TemplateError>,
    /// Why OpenBao refuses every request of the token, while HashiCorp Vault does not.
    pub(crate) closed_on_openbao: Option<TemplateError>,
}

/// Grants that many jobs have in common, in the order of their targets.
#[derive(Debug, Default)]
pub(crate) struct Shared<'c> {
    pub(super) grants: Vec<Grant<'c>>,
}

impl<'c> Shared<'c> {
    fn leads_to(&self, target: Target<'c>) -> bool {
        let found = self
            .grants
            .binary_search_by_key(&target, |grant| grant.target);
        found.is_ok()
    }
}

impl<'c> FromIterator<Grant<'c>> for Shared<'c> {
    fn from_iter<I: IntoIterator<Item = Grant<'c>>>(grants: I) -> Self {
        Self {
            grants: grants.into_iter().collect(),
        }
    }
}

/// What a token reaches after another job has logged in and replaced the metadata of their common alias.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AfterOther<'c> {
    /// The name of the role that the other job logs in with.
    pub(crate) other_role: &'c str,
    /// What is reached then; its conditions are those on the other job.
    pub(crate) grant: Grant<'c>,
    /// Whether OpenBao refuses every request then, while HashiCorp Vault does not.
    pub(crate) only_on_vault: bool,
}

impl AfterOther<'_> {
    /// Greater is harder to bring about.
    pub(super) fn effort(&self) -> (bool, usize) {
        (self.only_on_vault, self.grant.conditions.len())
    }
}

impl<'c> Reach<'c> {
    /// What the token reaches by the job's own claims.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant<'c>> {
        let shown = |grant: &&Grant<'c>| !self.overrides(grant.target);
        self.own
            .iter()
            .chain(self.shared.grants.iter().filter(shown))
    }

    /// Whether every server lets the token make requests.
    pub(super) const fn is_open(&self) -> bool {
        self.closed.is_none() && self.closed_on_openbao.is_none()
    }

    /// Whether every server gives the token a target by the job's own claims.
    pub(super) fn reaches(&self, target: Target<'c>) -> bool {
        self.is_open()
            && (self.own.iter().any(|own| own.target == target)
                || !self.hidden.contains(&target) && self.shared.leads_to(target))
    }

    /// Whether the shared says nothing of a target.
    pub(super) fn overrides(&self, target: Target<'c>) -> bool {
        self.hidden.contains(&target) || self.own.iter().any(|own| own.target == target)
    }
}

/// The conditions of both, without those that the second make sure of.
pub(super) fn merged(first: &[Condition], second: &[Condition]) -> Vec<Condition> {
    let assured = |condition: &&Condition| {
        second
            .iter()
            .any(|other| other.claim == condition.claim && matches!(other.must, Must::Be(_)))
    };
    let mut all: Vec<Condition> = first
        .iter()
        .filter(|condition| !assured(condition))
        .chain(second)
        .cloned()
        .collect();
    all.dedup();
    all
}
