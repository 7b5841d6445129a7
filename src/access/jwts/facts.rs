//! The values that GitLab can sign for each claim of a job's JWT.
//!
//! Source: <https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload>. A claim that is not listed there
//! may have any value, and one that not every version of GitLab signs may be absent. The only dependency between claims that is used is that a job without an environment has no claim
//! of an environment. That a path belongs to an id is not a fact: projects move, and paths are reused.

use std::sync::LazyLock;

use super::claim_set::{ClaimSet, Lists, Scalars};
use super::language::Language;
use super::server::ServerProfile;
use crate::value::{ClaimShape, GitLabClaim, TextPattern};

/// The artificial claim for the server that decides. Its values are the names of [`ServerProfile`].
pub(crate) const SERVER: &str = "server";

/// The claims that a job has if and only if it has an environment.
pub(crate) const OF_ENVIRONMENT: [&str; 4] = [
    "environment",
    "environment_protected",
    "deployment_tier",
    "environment_action",
];

/// Claims that are strings and that every job has.
const TEXTS: [&str; 9] = [
    "iss",
    "namespace_path",
    "pipeline_source",
    "project_path",
    "ref_path",
    "sub",
    "user_access_level",
    "user_email",
    "user_login",
];

/// Ids that every job has. `runner_id` is not a string.
const IDS: [&str; 5] = [
    "job_id",
    "namespace_id",
    "pipeline_id",
    "project_id",
    "user_id",
];

/// The values that GitLab can sign for a claim.
pub(crate) fn possible(claim: &str) -> &'static ClaimSet {
    static ANY: LazyLock<ClaimSet> = LazyLock::new(ClaimSet::all);
    static ID: LazyLock<ClaimSet> =
        LazyLock::new(|| ClaimSet::texts(Language::like(TextPattern::Digits)));
    static TEXT: LazyLock<ClaimSet> = LazyLock::new(|| ClaimSet::texts(Language::not_empty()));
    static REF: LazyLock<ClaimSet> = LazyLock::new(|| ClaimSet::texts(text_without(&["*"])));
    static ENVIRONMENT: LazyLock<ClaimSet> =
        LazyLock::new(|| ClaimSet::texts(text_without(&["*", "+"])).or_absent());
    static OPTIONAL_TEXT: LazyLock<ClaimSet> =
        LazyLock::new(|| ClaimSet::texts(Language::not_empty()).or_absent());
    static BOOLEAN: LazyLock<ClaimSet> = LazyLock::new(|| one_of(&["true", "false"]));
    static OPTIONAL_BOOLEAN: LazyLock<ClaimSet> =
        LazyLock::new(|| one_of(&["true", "false"]).or_absent());
    static REF_TYPE: LazyLock<ClaimSet> = LazyLock::new(|| one_of(&["branch", "tag"]));
    static NUMBER: LazyLock<ClaimSet> = LazyLock::new(|| ClaimSet {
        scalars: Scalars {
            texts: Language::none(),
            others: Language::all(),
        },
        ..ClaimSet::none()
    });
    static GROUPS: LazyLock<ClaimSet> = LazyLock::new(|| ClaimSet {
        absent: true,
        lists: vec![Lists::of(Scalars::texts(Language::all()))],
        ..ClaimSet::none()
    });
    static SERVERS: LazyLock<ClaimSet> = LazyLock::new(|| {
        ClaimSet::texts(
            ServerProfile::ALL
                .map(|one| one.name().to_owned())
                .into_iter()
                .collect(),
        )
    });
    match claim {
        SERVER => &SERVERS,
        "ref_protected" => &BOOLEAN,
        "environment_protected" => &OPTIONAL_BOOLEAN,
        "ref_type" => &REF_TYPE,
        "runner_id" => &NUMBER,
        "groups_direct" => &GROUPS,
        "ref" => &REF,
        "environment" => &ENVIRONMENT,
        claim if IDS.contains(&claim) => &ID,
        claim if TEXTS.contains(&claim) => &TEXT,
        claim if OF_ENVIRONMENT.contains(&claim) => &OPTIONAL_TEXT,
        claim => match GitLabClaim::named(claim).map(|claim| claim.shape) {
            Some(ClaimShape::Text) => &OPTIONAL_TEXT,
            _ => &ANY,
        },
    }
}

/// Whether no value of a claim can contain `/`, `*` or `+`.
pub(crate) fn is_plain(claim: &str) -> bool {
    let special = ClaimSet::texts_with(ServerProfile::Refuse.blocked());
    special.and(possible(claim)).is_empty()
}

/// Git allows no `*` in the name of a branch or tag, but does allow `+`; GitLab allows neither in that of an environment.
fn text_without(letters: &[&str]) -> Language {
    letters
        .iter()
        .map(|letter| Language::like(TextPattern::containing(letter)).not())
        .fold(Language::not_empty(), |all, without| all.and(&without))
}

fn one_of(texts: &[&str]) -> ClaimSet {
    ClaimSet::texts(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Presence;

    #[test]
    fn what_is_taken_for_granted_is_in_the_table_of_claims() {
        for claim in GitLabClaim::all() {
            let is_of_environment = claim.presence == Presence::WithEnvironment;
            assert_eq!(
                OF_ENVIRONMENT.contains(&claim.name),
                is_of_environment,
                "{}",
                claim.name
            );
        }
        for name in TEXTS.iter().chain(&IDS) {
            let claim = GitLabClaim::named(name).expect(name);
            assert_eq!(claim.shape, ClaimShape::Text, "{name}");
        }
    }
}
