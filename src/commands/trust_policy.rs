//! `trust-policy`: prints the trust policies that the IAM roles of the files need, for their owners in AWS.

use super::{Error, Exit, desired, print};
use crate::cli::{Global, TrustPolicyArgs as Args};
use crate::report;
use crate::trust_policy::TrustPolicies;
use crate::value::RoleArn;

pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Error> {
    let desired = desired(global)?;
    let mut found = TrustPolicies::new(&desired, args.principal.as_ref());
    for asked in &args.roles {
        if !found.arns().any(|arn| asked.is_match(arn.as_str())) {
            return Err(Error::NoIamRole(asked.to_string()));
        }
    }
    found.retain(|arn| is_asked(args, arn));
    if let (None, Some(account)) = (found.arns().next(), &args.account) {
        let account = account.as_str();
        return Err(Error::NoIamRole(format!("a role of the account {account}")));
    }
    if let Some(arn) = found.without_principal.into_iter().next() {
        return Err(Error::NoPrincipal(arn));
    }
    for (arn, principal) in &found.apart {
        tracing::warn!(
            "{arn} can't trust {principal}: AWS has no trust between its partitions; give --principal of the Vault that \
             has an account there"
        );
    }
    for arn in &found.half_bound {
        tracing::warn!(
            "some sessions of {arn} have an external id and others none, so its trust policy can't ask for one: give \
             all of its mappings the same `external_id`"
        );
    }
    let is_one = matches!(args.roles.as_slice(), [role] if role.is_one());
    print(&report::trust_policies(&found.policies, is_one))?;
    Ok(Exit::Success)
}

fn is_asked(args: &Args, arn: &RoleArn) -> bool {
    let is_named = args.roles.iter().any(|role| role.is_match(arn.as_str()));
    let account = args.account.as_ref();
    (args.roles.is_empty() || is_named)
        && account.is_none_or(|account| account.as_str() == arn.account())
}
