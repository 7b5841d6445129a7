//! The IAM trust policies that let Vault assume the roles of the files.
//!
//! A trust policy belongs to an IAM role, so each role gets one, whatever number of AWS roles of Vault's lead to it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::desired::Desired;
use crate::resource::{self, Address, AwsRole, AwsRoot, CredentialType, Kind, Typed};
use crate::value::{Principal, RoleArn};

/// The trust policies of IAM roles, by role.
#[derive(Debug, Default)]
pub(crate) struct TrustPolicies {
    /// The policies.
    pub(crate) policies: BTreeMap<RoleArn, TrustPolicy>,
    /// The roles of which nothing says who assumes them.
    pub(crate) without_principal: BTreeSet<RoleArn>,
    /// The roles that some of Vault's AWS roles assume without an external id, and others with one.
    pub(crate) half_bound: BTreeSet<RoleArn>,
    /// The roles that their caller can't assume, as AWS has no trust between its partitions.
    pub(crate) apart: BTreeMap<RoleArn, Principal>,
}

/// A trust policy, as AWS takes it for `AssumeRolePolicyDocument`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct TrustPolicy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: &'static str,
    principal: AwsPrincipal,
    action: BTreeSet<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Condition>,
}

#[derive(Debug, Serialize)]
struct AwsPrincipal {
    #[serde(rename = "AWS")]
    arn: Principal,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    string_equals: ExternalId,
}

#[derive(Debug, Serialize)]
struct ExternalId {
    #[serde(rename = "sts:ExternalId")]
    id: String,
}

/// What tells the statements of one policy apart: who calls, and with which external id.
type Caller = (Principal, Option<String>);

impl TrustPolicies {
    /// The policies of all IAM roles that the files' engines assume.
    ///
    /// `principal` calls AWS for every engine. Without it, an engine that has an IAM role of its own calls as this role,
    /// and the others call as `mappings.vault_principal`.
    pub(crate) fn new(desired: &Desired, principal: Option<&Principal>) -> Self {
        let mut callers: BTreeMap<RoleArn, BTreeMap<Caller, BTreeSet<&str>>> = BTreeMap::new();
        let mut without_principal = BTreeSet::new();
        for (address, role) in resource::of_type::<AwsRole>(&desired.resources) {
            if role.credential_type != CredentialType::AssumedRole {
                continue;
            }
            let caller = principal.cloned().or_else(|| caller_of(desired, address));
            let arns = role.role_arns.iter().map(str::to_owned);
            for arn in arns.filter_map(|arn| RoleArn::try_from(arn).ok()) {
                let Some(caller) = caller.clone() else {
                    without_principal.insert(arn);
                    continue;
                };
                let external_id = Some(role.external_id.clone()).filter(|id| !id.is_empty());
                let actions = callers.entry(arn).or_default();
                let actions = actions.entry((caller, external_id)).or_default();
                actions.insert("sts:AssumeRole");
                if !role.session_tags.is_empty() {
                    actions.insert("sts:TagSession");
                }
            }
        }
        Self {
            half_bound: callers
                .iter()
                .filter(|(_, callers)| is_half_bound(callers))
                .map(|(arn, _)| arn.clone())
                .collect(),
            apart: callers
                .iter()
                .filter_map(|(arn, callers)| {
                    let own = partition_of(arn.as_str());
                    let mut principals = callers.keys().map(|(principal, _)| principal);
                    let other = principals.find(|caller| partition_of(&caller.to_string()) != own);
                    Some((arn.clone(), other?.clone()))
                })
                .collect(),
            policies: callers
                .into_iter()
                .map(|(arn, callers)| (arn, TrustPolicy::of(callers)))
                .collect(),
            without_principal,
        }
    }

    /// The roles, with a policy or without.
    pub(crate) fn arns(&self) -> impl Iterator<Item = &RoleArn> {
        self.policies.keys().chain(&self.without_principal)
    }

    /// Keeps the roles that are asked for.
    pub(crate) fn retain(&mut self, is_asked: impl Fn(&RoleArn) -> bool) {
        self.policies.retain(|arn, _| is_asked(arn));
        self.without_principal.retain(&is_asked);
        self.apart.retain(|arn, _| is_asked(arn));
        self.half_bound.retain(is_asked);
    }
}

impl TrustPolicy {
    fn of(callers: BTreeMap<Caller, BTreeSet<&'static str>>) -> Self {
        let statement = callers
            .into_iter()
            .map(|((arn, external_id), action)| Statement {
                effect: "Allow",
                principal: AwsPrincipal { arn },
                action,
                condition: external_id.map(|id| Condition {
                    string_equals: ExternalId { id },
                }),
            });
        Self {
            version: "2012-10-17",
            statement: statement.collect(),
        }
    }
}

/// The part of AWS that an ARN is of, such as `aws-us-gov`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns>
fn partition_of(arn: &str) -> Option<String> {
    arn.split(':').nth(1).map(str::to_owned)
}

/// Whether a caller comes with an external id and without one: then the id bounds nothing.
fn is_half_bound(callers: &BTreeMap<Caller, BTreeSet<&str>>) -> bool {
    callers
        .keys()
        .filter(|(_, external_id)| external_id.is_some())
        .map(|(principal, _)| (principal.clone(), None))
        .any(|without_id| callers.contains_key(&without_id))
}

/// Who calls AWS for the engine that a role is in.
fn caller_of(desired: &Desired, role: &Address) -> Option<Principal> {
    let root = Address::of_mount(Kind::AwsRoot, &role.mount);
    let own = desired.resources.get(&root).and_then(AwsRoot::of);
    let own = own.and_then(|root| root.role_arn.parse().ok());
    own.or_else(|| desired.vault_principal.clone())
}
