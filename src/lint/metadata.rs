//! Policies whose paths are made of what jobs say of themselves.
//!
//! The metadata of an alias belongs to no token: each login of the same user replaces it, for the tokens of jobs that
//! still run as well.

use std::collections::{BTreeMap, BTreeSet};

use super::subject::{Directive, Login, Subject, Use};
use super::{Finding, Lint};
use crate::access::is_plain;
use crate::diagnostic::Code;

pub(super) const SHARED: Lint = Lint {
    code: Code::SharedMetadata,
    check: shared,
};
pub(super) const LOST: Lint = Lint {
    code: Code::LostMetadata,
    check: lost,
};
pub(super) const MIXED: Lint = Lint {
    code: Code::MixedUserClaims,
    check: mixed,
};
pub(super) const EMPTY: Lint = Lint {
    code: Code::EmptyClaim,
    check: empty,
};
pub(super) const CLOSING: Lint = Lint {
    code: Code::ClosingValue,
    check: closing,
};

/// Claims that only the JWTs of jobs with an environment have.
const OF_ENVIRONMENT: [&str; 4] = [
    "deployment_tier",
    "environment",
    "environment_action",
    "environment_protected",
];

/// Claims that one project has one value of, as long as it is not moved or renamed.
const OF_PROJECT: [&str; 4] = [
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
];

/// Whether all jobs with one value of `by` have one value of `claim`.
fn is_fixed_by(claim: &str, by: &str) -> bool {
    let family: &[&str] = match by {
        "project_id" | "project_path" => &OF_PROJECT,
        "namespace_id" | "namespace_path" => &OF_PROJECT[2..],
        "sub" => &[
            "project_id",
            "project_path",
            "namespace_id",
            "namespace_path",
            "ref",
            "ref_type",
            "ref_path",
            "ref_protected",
        ],
        _ => &[],
    };
    claim == by || claim == "iss" || family.contains(&claim)
}

impl Directive<'_> {
    /// What it stands for, in words.
    fn word(&self) -> &str {
        self.key.unwrap_or("name")
    }
}

fn shared(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (directive, uses) in subject.uses() {
        let shared = subject.roles().find_map(|login| {
            let claim = login.claim_of(directive)?;
            (!is_fixed_by(claim, login.user_claim())).then_some((login, claim))
        });
        let Some((login, claim)) = shared else {
            continue;
        };
        let user = login.user_claim();
        let place = subject.at_role(login, &["user_claim"]);
        for used in uses {
            let finding = Finding::new(
                subject.at_rule(used.policy, used.number),
                format!(
                    "the jobs of one `{user}` share `{}`: each login replaces it, so that a running job gets the path \
                     of another's `{claim}`",
                    directive.word()
                ),
                format!(
                    "leave it out of the path: one role and policy for each value, with `{claim}` in `bound_claims`; \
                     for environments `for_each: environments` writes them"
                ),
            );
            found.push(finding.with(place, format!("jobs with the same `{user}` are one user")));
        }
    }
    found
}

fn lost(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (directive, uses) in subject.uses() {
        let (Some(key), Some(used)) = (directive.key, uses.first()) else {
            continue;
        };
        let (setting, others): (Vec<Login<'_>>, Vec<Login<'_>>) = subject
            .roles()
            .partition(|login| login.claim_of(directive).is_some());
        let users: BTreeSet<_> = setting.into_iter().map(user).collect();
        for login in others
            .into_iter()
            .filter(|login| users.contains(&user(*login)))
        {
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

/// What the roles have in common whose logins are of the same users.
fn user(login: Login<'_>) -> (&str, &str) {
    (login.mount, login.user_claim())
}

fn mixed(subject: &Subject<'_>) -> Vec<Finding> {
    let used: BTreeSet<&str> = subject.uses().keys().map(|used| used.mount).collect();
    let mut firsts = BTreeMap::new();
    let mut found = Vec::new();
    for login in subject.roles().filter(|login| used.contains(login.mount)) {
        let first = *firsts.entry(login.mount).or_insert(login);
        if first.user_claim() == login.user_claim() {
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

/// The rules with a directive, each with the first role whose tokens have it and whose claim for the directive is as
/// asked.
fn held<'s, 'a>(
    subject: &'s Subject<'a>,
    is_meant: fn(Login<'a>, &str) -> bool,
) -> impl Iterator<Item = (Use<'a>, Login<'a>, &'a str)> + use<'s, 'a> {
    subject.uses().iter().flat_map(move |(directive, uses)| {
        uses.iter().filter_map(move |used| {
            let mut holders = subject.holders(used.policy).iter();
            holders.find_map(|login| {
                let claim = login.claim_of(directive)?;
                is_meant(*login, claim).then_some((*used, *login, claim))
            })
        })
    })
}

fn empty(subject: &Subject<'_>) -> Vec<Finding> {
    let may_lack = |login: Login<'_>, claim: &str| {
        let is_bound = |claim: &&str| !login.bound(claim).is_empty();
        OF_ENVIRONMENT.contains(&claim) && !OF_ENVIRONMENT.iter().any(is_bound)
    };
    let found = held(subject, may_lack).map(|(used, login, claim)| {
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "a job without an environment has no `{claim}`: its path would be `{}`",
                shortened(&used)
            ),
            format!("bind `{claim}` in the roles that give this policy, and keep jobs without it to another policy"),
        );
        let place = subject.at_role(login, &[]);
        finding.with(place, format!("this role admits jobs without `{claim}`"))
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
    let may_close = |login: Login<'_>, claim: &str| {
        let bound = login.bound(claim);
        let harmless = |value: &&str| !value.contains(['/', '*', '+']);
        !is_plain(claim) && (bound.is_empty() || !bound.iter().all(harmless))
    };
    let found = held(subject, may_close).map(|(used, login, claim)| {
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "a value of `{claim}` with `/`, `*` or `+` makes OpenBao refuse every request of the token, and Vault lets it \
                 into the path"
            ),
            format!("leave it out of the path, or bind `{claim}` to the values that are meant"),
        );
        let place = subject.at_role(login, &[]);
        finding.with(place, format!("this role admits any `{claim}`"))
    });
    found.collect()
}
