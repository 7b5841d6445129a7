//! What is in the files and has no effect.

use std::collections::BTreeSet;

use super::subject::Subject;
use super::{Finding, Lint};
use crate::access::Jwts;
use crate::diagnostic::Code;

pub(super) const POLICY: Lint = Lint {
    code: Code::UnusedPolicy,
    check: policy,
};
pub(super) const ROLE: Lint = Lint {
    code: Code::UnusedRole,
    check: role,
};
pub(super) const PROTECTED_ENVIRONMENT: Lint = Lint {
    code: Code::UnusedProtectedEnvironment,
    check: protected_environment,
};

fn policy(subject: &Subject<'_>) -> Vec<Finding> {
    let given: BTreeSet<&str> = subject
        .roles()
        .flat_map(|login| login.role.token_policies.iter())
        .collect();
    // The name may come from a template over claims.
    if given.iter().any(|name| name.contains("{{")) {
        return Vec::new();
    }
    let names = subject.platform().policies.keys().map(|name| name.as_str());
    let unused = names.filter(|name| *name != "default" && !given.contains(name));
    let found = unused.map(|name| {
        Finding::new(
            subject.at(["policies", name]),
            format!("no JWT role grants the policy `{name}`"),
            "add it to the `token_policies` of a role, or remove it; Vault keeps it until it is under `removed`",
        )
    });
    found.collect()
}

/// Checks the shared roles; `unreachable-mapping` checks those of mappings.
fn role(subject: &Subject<'_>) -> Vec<Finding> {
    let access = subject.access();
    let is_reached = |mount: &str, name: &str| {
        let target = subject.target(mount, name);
        target.is_some_and(|target| access.may_reach(target, &Jwts::any()))
    };
    let mut found = Vec::new();
    for (mount, engine) in &subject.platform().secrets {
        let names = engine.keys.roles.keys().map(|name| name.as_str());
        for name in names.filter(|name| !is_reached(mount.as_str(), name)) {
            found.push(Finding::new(
                subject.at(["secrets", mount.as_str(), "roles", name]),
                format!("no policy of a JWT role grants the role `{name}`"),
                format!("add a rule for `{mount}/sts/{name}` to a policy, or remove the role"),
            ));
        }
    }
    found
}

fn protected_environment(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(rules) = &subject.platform().mappings else {
        return Vec::new();
    };
    let used = subject.mapped_roles();
    let used = used.filter_map(|role| role.mapping.environment);
    let declared = rules.environments.iter().map(|(name, _)| name.clone());
    let known: BTreeSet<_> = used.chain(declared).collect();
    let unused = rules
        .protected_environments
        .iter()
        .filter(|name| !known.contains(*name));
    let found = unused.map(|name| {
        Finding::new(
            subject.at_listed(["mappings", "protected_environments"], name.as_str()),
            format!("no project or group has an environment `{name}`, so this protects nothing"),
            "correct the name, or remove it",
        )
    });
    found.collect()
}
