//! Who can log in with a JWT role, and as which user.

use super::subject::{Login, Subject, directives};
use super::{Finding, Lint};
use crate::acl::{Capability, Rule};
use crate::diagnostic::Code;
use crate::resource::{BoundClaimsType, RoleType};
use crate::value::GitLabClaim;

pub(super) const CHOSEN_USER: Lint = Lint {
    code: Code::ChosenUserClaim,
    check: chosen_user,
};
pub(super) const NO_AUDIENCE: Lint = Lint {
    code: Code::NoAudience,
    check: no_audience,
};
pub(super) const WIDE_GLOB: Lint = Lint {
    code: Code::WideGlob,
    check: wide_glob,
};
pub(super) const PATH_WITHOUT_ID: Lint = Lint {
    code: Code::PathWithoutId,
    check: path_without_id,
};
pub(super) const OPEN_ROLE: Lint = Lint {
    code: Code::OpenRole,
    check: open_role,
};
pub(super) const UNKNOWN_POLICY: Lint = Lint {
    code: Code::UnknownPolicy,
    check: unknown_policy,
};
pub(super) const FORK_MERGE_REQUESTS: Lint = Lint {
    code: Code::ForkMergeRequests,
    check: fork_merge_requests,
};

/// Claims of the project that runs a job, each with that of the project whose code it is: these differ in a merge request
/// of a fork.
const OF_RUNNING_PROJECT: [(&str, &str); 4] = [
    ("job_project_id", "project_id"),
    ("job_project_path", "project_path"),
    ("job_namespace_id", "namespace_id"),
    ("job_namespace_path", "namespace_path"),
];

/// Claims that restrict a role to certain projects. Those that begin with `job_` also admit merge requests of their forks.
const OF_PROJECT: [&str; 9] = [
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
    "job_project_id",
    "job_project_path",
    "job_namespace_id",
    "job_namespace_path",
    "sub",
];

/// Paths at which every token may look itself up.
const ABOUT_ITSELF: [&str; 5] = [
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "cubbyhole/*",
    "sys/capabilities-self",
];

fn jobs_roles<'a>(subject: &Subject<'a>) -> impl Iterator<Item = Login<'a>> + use<'a> {
    let roles = subject.roles();
    roles.filter(|login| login.role.role_type == RoleType::Jwt)
}

fn chosen_user(subject: &Subject<'_>) -> Vec<Finding> {
    jobs_roles(subject)
        .filter(|login| {
            GitLabClaim::named(login.user_claim()).is_some_and(GitLabClaim::is_chosen_by_users)
        })
        .map(|login| {
            Finding::new(
                subject.at_role(login, &["user_claim"]),
                format!(
                    "users choose the value of `{}`, and with it whose access they share",
                    login.user_claim()
                ),
                "write `user_claim: project_id`, which GitLab assigns",
            )
        })
        .collect()
}

/// A policy that does not exist grants nothing; it may be kept elsewhere.
fn unknown_policy(subject: &Subject<'_>) -> Vec<Finding> {
    let policies = &subject.platform().policies;
    let is_known = |name: &str| {
        name == "default"
            || name.contains("{{")
            || policies.keys().any(|known| known.as_str() == name)
    };
    let mut found = Vec::new();
    for login in subject.roles() {
        let unknown = login
            .role
            .token_policies
            .iter()
            .filter(|name| !is_known(name));
        found.extend(unknown.map(|name| {
            Finding::new(
                subject.at_item(login, &["token_policies"], name),
                format!("these files have no policy `{name}`"),
                "add it under `policies`; if it is kept elsewhere, write `allow: {unknown-policy: …}` here, with who keeps it",
            )
        }));
    }
    found
}

fn no_audience(subject: &Subject<'_>) -> Vec<Finding> {
    let found = jobs_roles(subject).filter(|login| login.role.bound_audiences.is_empty()).map(|login| {
        Finding::new(
            subject.at_role(login, &[]),
            format!(
                "`{}` has no `bound_audiences`: it refuses the JWTs of current GitLab, which always have `aud`, and admits any \
                 that was made for others and has none",
                login.name
            ),
            "add `bound_audiences: [https://vault.example.com]`, and the same `aud` to the jobs' `id_tokens`",
        )
    });
    found.collect()
}

fn wide_glob(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let globbing =
        jobs_roles(subject).filter(|login| login.role.bound_claims_type == BoundClaimsType::Glob);
    for login in globbing {
        for (claim, values) in &login.role.bound_claims {
            for glob in values.texts().filter(|glob| is_too_wide(claim, glob)) {
                found.push(Finding::new(
                    subject.at_item(login, &["bound_claims", claim], glob),
                    format!("`{glob}` admits more than it seems to: `*` matches any text, `/` included"),
                    format!("write the values of `{claim}` one by one, or end the fixed part with `/`: `group/*`"),
                ));
            }
        }
    }
    found
}

/// Whether other users can choose a name that a glob matches.
fn is_too_wide(claim: &str, glob: &str) -> bool {
    let Some(star) = glob.find('*') else {
        return false;
    };
    let fixed = &glob[..star];
    let separators: &[char] = match claim {
        claim if claim.ends_with("_path") || claim == "sub" => &['/', ':'],
        claim if claim.ends_with("_id") || claim.ends_with("_protected") => &[],
        _ => &['/', '-', '_', '.'],
    };
    !fixed.ends_with(separators)
}

fn path_without_id(subject: &Subject<'_>) -> Vec<Finding> {
    let help = "write `project_id`, which stays with the project: after a rename, another can take the path";
    let mut found = Vec::new();
    for login in jobs_roles(subject) {
        if login.user_claim() == "project_path" {
            found.push(Finding::new(
                subject.at_role(login, &["user_claim"]),
                "Vault treats the next project that gets this path as the same user",
                help,
            ));
        }
        if !login.bound("project_path").is_empty() && login.bound("project_id").is_empty() {
            found.push(Finding::new(
                subject.at_role(login, &["bound_claims", "project_path"]),
                format!(
                    "the next project that gets this path can log in as `{}`",
                    login.name
                ),
                help,
            ));
        }
    }
    for (directive, uses) in subject.uses() {
        let by_path = |login: Login<'_>| login.claim_of(directive) == Some("project_path");
        if !subject.roles().any(by_path) {
            continue;
        }
        found.extend(uses.iter().map(|used| {
            Finding::new(
                subject.at_rule(used.policy, used.number),
                "the next project that gets this path gets what this rule allows",
                help,
            )
        }));
    }
    found
}

fn open_role(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in jobs_roles(subject).filter(|login| is_open(*login)) {
        for policy in subject.policies_of(login.role) {
            let rules = policy.rules.iter();
            for (number, rule) in rules.filter(|(_, rule)| grants_shared(login, rule)) {
                let finding = Finding::new(
                    subject.at_item(login, &["token_policies"], policy.name),
                    format!(
                        "every project can log in with `{}` and gets `{}`, which is not specific to it",
                        login.name, rule.path
                    ),
                    "bind the role to the projects that need it, with `project_id` or `namespace_id` in `bound_claims`",
                );
                found.push(finding.with(subject.at_rule(policy.name, *number), "granted here"));
            }
        }
    }
    found
}

/// Whether the jobs of every project can log in.
pub(super) fn is_open(login: Login<'_>) -> bool {
    let is_bound = |claim: &&str| {
        let values = login.bound(claim);
        !values.is_empty() && !values.contains(&"*")
    };
    login.role.bound_subject.is_empty() && !OF_PROJECT.iter().any(is_bound)
}

/// A member of the parent project can run the pipeline of a fork's merge request there, with the fork's code.
fn fork_merge_requests(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in jobs_roles(subject) {
        let is_bound = |claim: &str| !login.bound(claim).is_empty();
        let is_of_fork = OF_RUNNING_PROJECT.iter().all(|(_, own)| !is_bound(own));
        let running = OF_RUNNING_PROJECT.iter().find(|(claim, _)| is_bound(claim));
        let Some((claim, own)) =
            running.filter(|_| is_of_fork && login.role.bound_subject.is_empty())
        else {
            continue;
        };
        found.push(Finding::new(
            subject.at_role(login, &["bound_claims", claim]),
            format!(
                "`{}` also admits merge requests of forks, with code that anyone can write, once a member runs them",
                login.name
            ),
            format!("write `{own}` in place of `{claim}`, or beside it"),
        ));
    }
    found
}

/// Whether a rule grants a job something that is not specific to its project.
fn grants_shared(login: Login<'_>, rule: &Rule) -> bool {
    let gives = !rule.capabilities.is_empty() && !rule.capabilities.contains(&Capability::Deny);
    let is_own = directives(rule)
        .filter_map(|directive| login.claim_of(&directive))
        .any(|claim| matches!(claim, "project_id" | "project_path"));
    gives && !is_own && !ABOUT_ITSELF.contains(&rule.path.as_str())
}
