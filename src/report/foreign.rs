//! What Vault holds and the files lack, with what to do about it.

use std::collections::BTreeSet;

use super::plural;
use super::shown::{LONGEST_WARNING, Shown};
use crate::access::IdentityPower;
use crate::diagnostic::Code;
use crate::resource::Address;
use crate::yaml;

/// An API path, the code of its message, and the message in a line.
pub(super) type ForeignLine = (String, Code, String);

/// How many identities in AWS are named in a line.
const NAMED: usize = 3;

/// `1 policy that the files lack and 2 entities or groups …`; none where there is nothing.
pub(super) fn counted(policies: &BTreeSet<Address>, identity: &[IdentityPower]) -> Option<String> {
    let (policies, identity) = (policies.len(), identity.len());
    let policies =
        (policies > 0).then(|| format!("{} that the files lack", plural(policies, "policy")));
    let identity = match identity {
        0 => None,
        1 => Some("1 entity or group with policies that reach AWS roles of the files".to_owned()),
        count => Some(format!(
            "{count} entities or groups with policies that reach AWS roles of the files"
        )),
    };
    let parts: Vec<String> = policies.into_iter().chain(identity).collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// How many there are of each kind: `1 policy, 1 entity or group`.
pub(super) fn kinds(lines: &[ForeignLine]) -> String {
    let of = |code| lines.iter().filter(|(_, one, _)| *one == code).count();
    let (policies, identity) = (of(Code::ForeignPolicy), of(Code::ForeignIdentity));
    let policies = (policies > 0).then(|| plural(policies, "policy"));
    let identity = match identity {
        0 => None,
        1 => Some("1 entity or group".to_owned()),
        count => Some(format!("{count} entities or groups")),
    };
    let kinds: Vec<String> = policies.into_iter().chain(identity).collect();
    kinds.join(", ")
}

/// All of it: the API path, and a line with its code.
pub(super) fn lines(policies: &BTreeSet<Address>, identity: &[IdentityPower]) -> Vec<ForeignLine> {
    let policies = policies
        .iter()
        .map(|policy| (policy.path(), Code::ForeignPolicy, line(policy)));
    let identity = identity.iter().map(|power| {
        (
            power.path.clone(),
            Code::ForeignIdentity,
            of_identity(power),
        )
    });
    policies.chain(identity).collect()
}

/// `identity/entity/id/7: the policies of entity deployer (breakglass) reach arn:…; …`
fn of_identity(power: &IdentityPower) -> String {
    let reached = power.identities.iter().map(String::as_str);
    let mut reached: Vec<String> = reached.take(NAMED).map(str::to_owned).collect();
    if power.identities.len() > NAMED {
        reached.push(format!("{} more", power.identities.len() - NAMED));
    }
    let reached = (!reached.is_empty()).then(|| format!("reach {}", reached.join(", ")));
    let unknown = power
        .unknown
        .iter()
        .take(1)
        .map(|why| format!("may reach anything ({why})"));
    let reached: Vec<String> = reached.into_iter().chain(unknown).collect();
    let policies: Vec<&str> = power.policies.iter().map(String::as_str).collect();
    let line = format!(
        "{}: the policies of {} ({}) {}; remove them in Vault, or name it under `identity.except` in vault.yaml",
        power.path,
        power.what,
        policies.join(", "),
        reached.join(" and "),
    );
    Shown::clipped(&line, 2 * LONGEST_WARNING).to_string()
}

/// The line for `removed` in `vault.yaml`: from then on `apply` deletes the policy.
pub(super) fn removed(policy: &Address) -> String {
    format!("- policy: {}", yaml::quote(&policy.name))
}

/// One policy in one line: `sys/policies/acl/aws-x: Vault holds this policy, and the files lack it; …`
pub(super) fn line(policy: &Address) -> String {
    let (path, removed) = (policy.path(), removed(policy));
    format!(
        "{}: Vault holds this policy and the files lack it; to delete it, write `{}` under `removed` in vault.yaml; to keep \
         it, declare it, or name it under `unmanaged.policies`",
        Shown::clipped(&path, LONGEST_WARNING),
        Shown::clipped(&removed, LONGEST_WARNING),
    )
}
