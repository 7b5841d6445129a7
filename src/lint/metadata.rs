//! Policies whose paths depend on metadata of the job's alias.
//!
//! The metadata belongs to the alias and not to the token: each login of the same user replaces it, for the tokens of
//! running jobs too.

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

/// Claims that only jobs with an environment have.
const OF_ENVIRONMENT: [&str; 4] = [
    "deployment_tier",
    "environment",
    "environment_action",
    "environment_protected",
];

/// Claims whose value is the same for all jobs of a project, until the project is moved or renamed.
const OF_PROJECT: [&str; 4] = [
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
];

/// Whether all jobs with the same value of `by` have the same value of `claim`.
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
    /// What it stands for, as messages show it.
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
                    "all jobs of a `{user}` share `{}`: each login replaces it, so that a running job gets the path \
                     of another's `{claim}`",
                    directive.word()
                ),
                format!(
                    "leave it out of the path: one role and policy for each value, with `{claim}` in `bound_claims`; \
                     for environments `for_each: environments` writes them"
                ),
            );
            found.push(finding.with(
                place,
                format!("jobs with the same `{user}` are the same user"),
            ));
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
                    "a login with `{}` removes `{key}` from the running jobs of the same `{}`, and with it their access",
                    login.name,
                    login.user_claim()
                ),
                format!("add `{key}: {key}` to its `claim_mappings`, as in the other roles"),
            );
            let place = subject.at_rule(used.policy, used.number);
            found.push(finding.with(place, "their path contains it here"));
        }
    }
    found
}

/// Roles with the same result log in the same users.
fn user(login: Login<'_>) -> (&str, &str) {
    (login.mount, login.user_claim())
}

fn mixed(subject: &Subject<'_>) -> Vec<Finding> {
    let used: BTreeSet<&str> = subject.uses().keys().map(|used| used.mount).collect();
    // The first role with each claim.
    let mut firsts: BTreeMap<&str, Vec<Login<'_>>> = BTreeMap::new();
    let mut found = Vec::new();
    for login in subject.roles().filter(|login| used.contains(login.mount)) {
        let earlier = firsts.entry(login.mount).or_default();
        let claim = login.user_claim();
        let first = earlier
            .iter()
            .copied()
            .find(|first| can_be_equal(first.user_claim(), claim));
        if earlier.iter().all(|first| first.user_claim() != claim) {
            earlier.push(login);
        }
        let Some(first) = first else { continue };
        let finding = Finding::new(
            subject.at_role(login, &["user_claim"]),
            format!(
                "Vault treats a `{}` and a `{}` with the same value as one user, so they share the metadata that policies read",
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

/// Whether two claims can have the same value and are not the same. A project's path has a `/`, which no id has.
fn can_be_equal(one: &str, other: &str) -> bool {
    let differ = |path: &str, id: &str| path == "project_path" && is_plain(id);
    one != other && !differ(one, other) && !differ(other, one)
}

/// The rules with a directive, each with the first role whose tokens have the rule and whose claim for the directive
/// matches.
fn rules_with_claims<'s, 'a>(
    subject: &'s Subject<'a>,
    is_match: fn(Login<'a>, &str) -> bool,
) -> impl Iterator<Item = (Use<'a>, Login<'a>, &'a str)> + use<'s, 'a> {
    subject.uses().iter().flat_map(move |(directive, uses)| {
        uses.iter().filter_map(move |used| {
            subject.holders(used.policy).iter().find_map(|login| {
                let claim = login.claim_of(directive)?;
                is_match(*login, claim).then_some((*used, *login, claim))
            })
        })
    })
}

fn empty(subject: &Subject<'_>) -> Vec<Finding> {
    let may_lack = |login: Login<'_>, claim: &str| {
        let is_bound = |claim: &&str| !login.bound(claim).is_empty();
        OF_ENVIRONMENT.contains(&claim) && !OF_ENVIRONMENT.iter().any(is_bound)
    };
    rules_with_claims(subject, may_lack).map(|(used, login, claim)| {
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "a job without an environment has no `{claim}`: its path would be `{}`",
                shortened(&used)
            ),
            format!("bind `{claim}` in the roles that grant this policy, and give jobs without it another policy"),
        );
        let place = subject.at_role(login, &[]);
        finding.with(place, format!("this role admits jobs without `{claim}`"))
    }).collect()
}

/// A rule's path with an example id in place of the project's id, and nothing in place of the other directives.
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
    rules_with_claims(subject, may_close).map(|(used, login, claim)| {
        let finding = Finding::new(
            subject.at_rule(used.policy, used.number),
            format!(
                "with `/`, `*` or `+` in `{claim}`, OpenBao refuses every request of the token, and Vault puts it \
                 into the path"
            ),
            format!("leave it out of the path, or bind `{claim}` to the values that are meant"),
        );
        let place = subject.at_role(login, &[]);
        finding.with(place, format!("this role admits any `{claim}`"))
    }).collect()
}
