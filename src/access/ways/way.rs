//! One way to an AWS role.

use std::fmt;

use super::request::RequestNeeds;
use crate::access::jwts::Jwts;
use crate::access::login_role::LoginRole;
use crate::access::target::{CredentialPath, Target};
use crate::acl::Capability;
use crate::digest;
use crate::resource::AwsRole;

/// An identity in AWS: an IAM role or other credentials, and what restricts them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Identity {
    /// The ARN of an IAM role, or a description of other credentials.
    pub(crate) name: String,
    /// A digest of the session policy, if there is one. The same role without it can do more.
    pub(crate) session_policy: Option<String>,
}

/// One way to an identity in AWS.
#[derive(Debug, Clone)]
pub(crate) struct Way<'c> {
    /// The JWT role to log in with.
    pub(crate) through: &'c LoginRole<'c>,
    /// The AWS role.
    pub(crate) target: Target<'c>,
    /// The identity in AWS.
    pub(crate) identity: Identity,
    /// The path that gives the credentials.
    pub(crate) credential_path: CredentialPath,
    /// `update` for a POST, `read` for a GET.
    pub(crate) capability: Capability,
    /// The rules that allow it.
    pub(crate) rules: Vec<RuleRef>,
    /// What the request needs.
    pub(crate) request: RequestNeeds,
    /// The JWTs that have this way.
    pub(crate) jwts: Jwts,
    /// The other login that must happen between the job's own login and its request.
    pub(crate) after: Option<AfterLogin<'c>>,
}

/// A rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RuleRef {
    /// The policy.
    pub(crate) policy: String,
    /// The number of the rule in the policy, from 1.
    pub(crate) number: usize,
    /// The rule's path as it is written in the policy.
    pub(crate) path: String,
}

/// Another login of the same alias, which has replaced its metadata.
#[derive(Debug, Clone)]
pub(crate) struct AfterLogin<'c> {
    /// The roles with which the other job may log in.
    pub(crate) roles: Vec<&'c LoginRole<'c>>,
    /// The other job's JWTs.
    pub(crate) jwts: Jwts,
}

impl Identity {
    /// The identities that an AWS role gives, one for each IAM role.
    pub(crate) fn of(target: Target<'_>) -> Vec<Self> {
        let session_policy = target.role().and_then(session_policy);
        let names = target.identities().into_iter();
        names
            .map(|name| Self {
                name,
                session_policy: session_policy.clone(),
            })
            .collect()
    }
}

/// A digest of everything that restricts a session.
fn session_policy(role: &AwsRole) -> Option<String> {
    let mut lists = role.policy_arns.iter().chain(role.iam_groups.iter());
    if role.policy_document.is_empty() && lists.next().is_none() {
        return None;
    }
    let document = serde_json::to_string(&role.policy_document).unwrap_or_default();
    let lists = role.policy_arns.iter().chain(role.iam_groups.iter());
    let parts = std::iter::once(document.as_str()).chain(lists);
    Some(digest::hex(parts, 4))
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.session_policy {
            Some(digest) => write!(f, " with the session policy {digest}"),
            None => Ok(()),
        }
    }
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
