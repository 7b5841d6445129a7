//! Policies whose paths are made of what jobs say of themselves.
//!
//! The metadata of an alias belongs to no token: each login of the same user replaces it, for the tokens of jobs that
//! still run as well.

use super::subject::{Directive, Login, Subject, directives};
use super::{Finding, Lint};
use crate::access::{is_fixed_by, is_plain};
use crate::acl::Rule;

pub(super) const SHARED: Lint = Lint {
    name: "shared-metadata",
    check: shared,
};
pub(super) const LOST: Lint = Lint {
    name: "lost-metadata",
    check: lost,
};
pub(super) const MIXED: Lint = Lint {
    name: "mixed-user-claims",
    check: mixed,
};
pub(super) const EMPTY: Lint = Lint {
    name: "empty-claim",
    check: empty,
};
pub(super) const CLOSING: Lint = Lint {
    name: "closing-value",
    check: closing,
};

/// Claims that only the JWTs of jobs with an environment have.
const OF_ENVIRONMENT: [&str; 4] = [
    "deployment_tier",
    "environment",
    "environment_action",
    "environment_protected",
];

/// A directive, and the rule that it stands in.
struct Use<'a> {
    policy: &'a str,
    number: usize,
    rule: &'a Rule,
    directive: Directive<'a>,
}

impl Use<'_> {
    /// What it stands for, in words.
    fn key(&self) -> &str {
        self.directive.key.unwrap_or("name")
    }
}

fn uses<'a>(subject: &Subject<'a>) -> impl Iterator<Item = Use<'a>> + use<'a> {
    subject.policies().iter().flat_map(|policy| {
        let rules = policy.rules.iter().enumerate();
        rules.flat_map(move |(number, rule)| {
            directives(rule).map(move |directive| Use {
                policy: policy.name,
                number,
                rule,
                directive,
            })
        })
    })
}

fn shared(subject: &Subject<'_>) -> Vec<Finding> {
    let found = uses(subject).filter_map(|used| {
        let (login, claim) = subject.roles().find_map(|login| {
            let claim = login.claim_of(&used.directive)?;
            (!is_fixed_by(claim, login.user_claim())).then_some((login, claim))
        })?;
        let user = login.user_claim();
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "the jobs of one `{user}` share `{}`: each login replaces it, so that a running job gets the path of \
                 another's `{claim}`",
                used.key()
            ),
            format!(
                "leave it out of the path: one role and policy for each value, with `{claim}` in `bound_claims`; for \
                 environments `for_each: environments` writes them"
            ),
        );
        let place = subject.at_role(login, &["user_claim"]);
        Some(finding.with(place, format!("jobs with the same `{user}` are one user")))
    });
    found.collect()
}

fn lost(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for used in uses(subject) {
        let Some(key) = used.directive.key else {
            continue;
        };
        let setting: Vec<Login<'_>> = subject
            .roles()
            .filter(|login| login.claim_of(&used.directive).is_some())
            .collect();
        for login in subject.roles() {
            let shares_users = setting.iter().any(|other| {
                other.mount == login.mount && other.user_claim() == login.user_claim()
            });
            if !shares_users || login.claim_of(&used.directive).is_some() {
                continue;
            }
            let finding = Finding::new(
                subject.at_role(login, &["claim_mappings"]),
                format!(
                    "a login with `{}` takes `{key}` from the running jobs of the same `{}`, and with it their access",
                    login.name,
                    login.user_claim()
                ),
                format!("add `{key}: {key}` to its `claim_mappings`, as the other roles have it"),
            );
            let place = subject.at_rule(used.policy, used.number);
            found.push(finding.with(place, "their path is made of it here"));
        }
    }
    found
}

fn mixed(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in subject.roles() {
        let first = subject.roles().find(|other| other.mount == login.mount);
        let Some(first) = first.filter(|first| first.user_claim() != login.user_claim()) else {
            continue;
        };
        if !uses(subject).any(|used| used.directive.mount == login.mount) {
            continue;
        }
        let finding = Finding::new(
            subject.at_role(login, &["user_claim"]),
            format!(
                "a `{}` and a `{}` with the same value are one user to Vault, and share what policies read from it",
                login.user_claim(),
                first.user_claim()
            ),
            format!(
                "write `user_claim: {}` in all roles of the mount, or use two mounts",
                first.user_claim()
            ),
        );
        let place = subject.at_role(first, &["user_claim"]);
        found.push(finding.with(place, "the other claim"));
    }
    found
}

/// The roles whose tokens have a policy, with the claim that stands for a directive in it.
fn holders<'a>(
    subject: &Subject<'a>,
    used: &Use<'a>,
) -> impl Iterator<Item = (Login<'a>, &'a str)> {
    subject
        .roles()
        .filter(|login| login.role.token_policies.contains(used.policy))
        .filter_map(|login| Some((login, login.claim_of(&used.directive)?)))
}

fn empty(subject: &Subject<'_>) -> Vec<Finding> {
    let found = uses(subject).filter_map(|used| {
        let mut holders = holders(subject, &used);
        let (login, claim) = holders.find(|(login, claim)| {
            let required = OF_ENVIRONMENT.iter().any(|claim| !login.bound(claim).is_empty());
            OF_ENVIRONMENT.contains(claim) && !required
        })?;
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "a job without an environment has no `{claim}`: its path would be `{}`",
                shortened(&used)
            ),
            format!("bind `{claim}` in the roles that give this policy, and keep jobs without it to another policy"),
        );
        let place = subject.at_role(login, &[]);
        Some(finding.with(place, format!("this role admits jobs without `{claim}`")))
    });
    found.collect()
}

/// A path with an example in place of a project's number, and nothing in place of the directive.
fn shortened(used: &Use<'_>) -> String {
    let mut path = String::new();
    for piece in used.rule.path.as_str().split("{{") {
        let (directive, literal) = piece.split_once("}}").unwrap_or(("", piece));
        if directive.trim().ends_with("metadata.project_id") {
            path.push_str("365");
        }
        path.push_str(literal);
    }
    path
}

fn closing(subject: &Subject<'_>) -> Vec<Finding> {
    let found = uses(subject).filter_map(|used| {
        let mut holders = holders(subject, &used);
        let (login, claim) = holders.find(|(login, claim)| {
            let bound = login.bound(claim);
            let harmless = |value: &&str| !value.contains(['/', '*', '+']);
            !is_plain(claim) && (bound.is_empty() || !bound.iter().all(harmless))
        })?;
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "a value of `{claim}` with `/`, `*` or `+` makes OpenBao refuse every request of the token, and Vault lets it \
                 into the path"
            ),
            format!("leave it out of the path, or bind `{claim}` to the values that are meant"),
        );
        let place = subject.at_role(login, &[]);
        Some(finding.with(place, format!("this role admits any `{claim}`")))
    });
    found.collect()
}
