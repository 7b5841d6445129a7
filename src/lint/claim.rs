//! Bound claims, subjects and audiences that no JWT of GitLab has.

use super::subject::{Login, Subject};
use super::{Finding, Lint};
use crate::diagnostic::Code;
use crate::resource::{BoundClaimsType, RoleType};
use crate::value::{GitLabClaim, Presence, TextPattern};

pub(super) const IMPOSSIBLE: Lint = Lint {
    code: Code::ImpossibleClaim,
    check: impossible,
};
pub(super) const ABSENT: Lint = Lint {
    code: Code::AbsentClaim,
    check: absent,
};

/// How `sub` begins: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
const SUBJECTS: [&str; 2] = ["project_path:", "project_id:"];

/// The roles for jobs whose JWTs GitLab signs, by the address of the keys.
fn roles<'a>(subject: &Subject<'a>) -> impl Iterator<Item = Login<'a>> {
    let methods = &subject.platform().auth;
    subject.roles().filter(|login| {
        let method = methods
            .iter()
            .find(|(path, _)| path.as_str() == login.mount);
        let config = method.and_then(|(_, method)| method.keys.config.as_ref());
        let is_gitlabs = config.is_some_and(|config| config.gitlab_address().is_some());
        is_gitlabs && login.role.role_type == RoleType::Jwt
    })
}

fn impossible(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in roles(subject) {
        let role = login.role;
        let is_glob = role.bound_claims_type == BoundClaimsType::Glob;
        for (claim, values) in &role.bound_claims {
            let place = ["bound_claims", claim.as_str()];
            if values.iter().next().is_none() {
                found.push(Finding::new(
                    subject.at_role(login, &place),
                    format!(
                        "no job can log in with `{}`: it accepts no value of `{claim}`",
                        login.name
                    ),
                    "write the values that it accepts, or remove the claim",
                ));
            }
            for value in values.texts() {
                if let Some((why, help)) = never(claim.trim_start_matches('/'), value, is_glob) {
                    let place = subject.at_item(login, &place, value);
                    found.push(Finding::new(place, why, help));
                }
            }
        }
        if let Some((why, help)) = never("sub", &role.bound_subject, false) {
            found.push(Finding::new(
                subject.at_role(login, &["bound_subject"]),
                why,
                help,
            ));
        }
        for audience in role.bound_audiences.iter() {
            if audience.trim() != audience || audience.is_empty() || audience.contains('*') {
                found.push(Finding::new(
                    subject.at_item(login, &["bound_audiences"], audience),
                    format!("Vault compares `aud` with `{audience}` character by character"),
                    "write it exactly as the jobs do in their `id_tokens`, without spaces and wildcards",
                ));
            }
        }
    }
    found
}

/// Why no JWT of GitLab has a value, and what to write instead.
fn never(claim: &str, value: &str, is_glob: bool) -> Option<(String, String)> {
    if value.is_empty() {
        return None;
    }
    if value.contains('*') && !is_glob && claim != "aud" {
        return Some((
            format!(
                "no `{claim}` contains `*`, which is a wildcard only with `bound_claims_type: glob`"
            ),
            match claim {
                "sub" => "write the whole subject, or bind `project_id` and `ref` instead".into(),
                _ => format!(
                    "write the values of `{claim}` one by one, or add `bound_claims_type: glob`"
                ),
            },
        ));
    }
    let pattern = TextPattern::glob(value);
    let is_match = |text: &str| {
        if is_glob {
            pattern.matches(text)
        } else {
            value == text
        }
    };
    let fixed = if is_glob {
        value.split('*').next().unwrap_or_default()
    } else {
        value
    };
    let can_begin = |start: &str| {
        fixed.starts_with(start) || is_glob && fixed.len() < value.len() && start.starts_with(fixed)
    };
    let known = GitLabClaim::named(claim)?.values();
    if !known.is_empty() && !known.iter().any(|text| is_match(text)) {
        return Some((
            format!("GitLab never writes `{value}` as `{claim}`, as far as this version knows"),
            format!("write one of {}", known.join(", ")),
        ));
    }
    let (expected, example) = match claim {
        claim if claim.ends_with("_id") => {
            let is_digit = |letter: char| letter.is_ascii_digit() || is_glob && letter == '*';
            (
                value.chars().all(is_digit) && !value.starts_with('0'),
                "a number such as `365`",
            )
        }
        "sub" => (
            SUBJECTS.into_iter().any(can_begin),
            "`project_path:GROUP/PROJECT:ref_type:branch:ref:main`",
        ),
        "ref_path" => (
            can_begin("refs/"),
            "`refs/heads/main`, or bind `ref` and `ref_type`",
        ),
        "ref" => (
            !fixed.starts_with("refs/heads/") && !fixed.starts_with("refs/tags/"),
            "the name alone, such as `main`",
        ),
        claim if claim.ends_with("_path") => (
            !value.starts_with('/') && !value.contains("://") && !value.contains(' '),
            "a path such as `group/project`",
        ),
        _ => return None,
    };
    (!expected).then(|| {
        (
            format!("GitLab never writes `{value}` as `{claim}`"),
            format!("write {example}"),
        )
    })
}

fn absent(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for login in roles(subject) {
        let (groups, user) = (login.role.groups_claim.as_str(), login.user_claim());
        for (key, claim) in [("groups_claim", groups), ("user_claim", user)] {
            let Some(claim) = GitLabClaim::named(claim.trim_start_matches('/')) else {
                continue;
            };
            // A user who is chosen is worse than one who is missing, and has a lint of its own.
            let is_known_worse = key == "user_claim" && claim.is_chosen_by_users();
            let is_there =
                claim.presence == Presence::Always || !login.bound(claim.name).is_empty();
            if is_there || is_known_worse {
                continue;
            }
            let help = match key {
                "groups_claim" => "remove it, and bind `namespace_id` where a group is meant",
                _ => "write `user_claim: project_id`, which every job has",
            };
            let why = format!(
                "`{}` refuses jobs whose JWTs lack `{}`, which GitLab does not always send",
                login.name, claim.name
            );
            found.push(Finding::new(subject.at_role(login, &[key]), why, help));
        }
    }
    found
}
