//! IAM trust policies as JSON for AWS.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::trust_policy::TrustPolicy;
use crate::value::RoleArn;

/// If `is_one`, the policy of the only role; otherwise all policies by AWS account and IAM role.
pub(crate) fn trust_policies(policies: &BTreeMap<RoleArn, TrustPolicy>, is_one: bool) -> String {
    match policies.values().next() {
        Some(policy) if is_one => json(policy),
        _ => {
            let mut accounts: BTreeMap<&str, BTreeMap<&RoleArn, &TrustPolicy>> = BTreeMap::new();
            for (arn, policy) in policies {
                accounts
                    .entry(arn.account())
                    .or_default()
                    .insert(arn, policy);
            }
            json(&accounts)
        }
    }
}

fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.unwrap_or_else(|error| unreachable!("maps with keys of text serialize: {error}")) + "\n"
}
