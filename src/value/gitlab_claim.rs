//! The claims of the JWTs that GitLab signs for jobs.
//!
//! Source: <https://docs.gitlab.com/ci/secrets/id_token_authentication/>, and `lib/gitlab/ci/jwt.rb` and `jwt_v2.rb` of
//! GitLab 19.4. docs/claims.md is the same for people.

/// What a claim's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimShape {
    /// A string, or absent.
    Text,
    /// A list of strings.
    TextList,
    /// A number, a list of objects or an object, which no metadata can hold and no bound text matches.
    Other,
}

/// Which JWTs have a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Those of all jobs.
    Always,
    /// Those of jobs with an environment.
    WithEnvironment,
    /// Those of some jobs: it depends on the user, the runner, the project or a setting.
    Sometimes,
}

/// Who decides about the value of a claim of a project's jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// GitLab assigns it once, and it never changes.
    Nobody,
    /// GitLab, for each run.
    GitLab,
    /// Owners of the project or of a group above it, who rename it, move it or change its settings.
    Owners,
    /// Maintainers of the project, who protect branches and environments.
    Maintainers,
    /// Whoever can push to the project, or start a pipeline there.
    Developers,
    /// The user who starts the pipeline.
    User,
    /// Administrators of GitLab or of the runner.
    Administrators,
}

/// A claim, as GitLab documents it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GitLabClaim {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value is.
    pub(crate) shape: ClaimShape,
    /// The version of GitLab that first sent it; empty if that was before ID tokens (15.7).
    pub(crate) since: &'static str,
    /// Which JWTs have it.
    pub(crate) presence: Presence,
    /// Who decides about its value.
    pub(crate) chosen_by: ChosenBy,
}

use ChosenBy::{Administrators, Developers, GitLab, Maintainers, Nobody, Owners, User};
use ClaimShape::{Other, Text, TextList};
use Presence::{Always, Sometimes, WithEnvironment};

/// Every claim, by name.
const CLAIMS: &[GitLabClaim] = &[
    claim("aud", Text, "", Always, Developers),
    claim("ci_config_ref_uri", Text, "16.2", Sometimes, Developers),
    claim("ci_config_sha", Text, "16.2", Sometimes, Developers),
    claim("deployment_tier", Text, "15.2", WithEnvironment, Developers),
    claim("environment", Text, "13.9", WithEnvironment, Developers),
    claim(
        "environment_action",
        Text,
        "16.5",
        WithEnvironment,
        Developers,
    ),
    claim(
        "environment_protected",
        Text,
        "13.9",
        WithEnvironment,
        Maintainers,
    ),
    claim("exp", Other, "", Always, GitLab),
    claim("groups_direct", TextList, "16.11", Sometimes, Owners),
    claim("iat", Other, "", Always, GitLab),
    claim("iss", Text, "", Always, Administrators),
    claim("job_config", Other, "18.9", Sometimes, Owners),
    claim("job_id", Text, "", Always, GitLab),
    claim("job_namespace_id", Text, "18.4", Always, Owners),
    claim("job_namespace_path", Text, "18.4", Always, Owners),
    claim("job_project_id", Text, "18.4", Always, Nobody),
    claim("job_project_path", Text, "18.4", Always, Owners),
    claim("job_source", Text, "18.9", Always, Developers),
    claim("jti", Text, "", Always, GitLab),
    claim("namespace_id", Text, "", Always, Owners),
    claim("namespace_path", Text, "", Always, Owners),
    claim("nbf", Other, "", Always, GitLab),
    claim("pipeline_id", Text, "", Always, GitLab),
    claim("pipeline_source", Text, "", Always, Developers),
    claim("project_id", Text, "", Always, Nobody),
    claim("project_path", Text, "", Always, Owners),
    claim("project_visibility", Text, "16.3", Always, Owners),
    claim("ref", Text, "", Always, Developers),
    claim("ref_path", Text, "16.0", Always, Developers),
    claim("ref_protected", Text, "", Always, Maintainers),
    claim("ref_type", Text, "", Always, Developers),
    claim(
        "runner_environment",
        Text,
        "16.0",
        Sometimes,
        Administrators,
    ),
    claim("runner_id", Other, "16.0", Sometimes, Administrators),
    claim("sha", Text, "16.0", Always, Developers),
    claim("sub", Text, "", Always, Developers),
    claim("target_audience", Text, "", Sometimes, Administrators),
    claim("user_access_level", Text, "16.9", Sometimes, Owners),
    claim("user_email", Text, "", Sometimes, User),
    claim("user_id", Text, "", Always, Nobody),
    claim("user_identities", Other, "16.0", Sometimes, User),
    claim("user_login", Text, "", Sometimes, User),
];

const fn claim(
    name: &'static str,
    shape: ClaimShape,
    since: &'static str,
    presence: Presence,
    chosen_by: ChosenBy,
) -> GitLabClaim {
    GitLabClaim {
        name,
        shape,
        since,
        presence,
        chosen_by,
    }
}

/// What else is to be known of a claim that a role relies on.
const REMARKS: &[(&str, &str)] = &[
    (
        "aud",
        "whatever the job asks for: it limits where a JWT is accepted, not who has it",
    ),
    (
        "ci_config_ref_uri",
        "null unless the pipeline's file is in the project; names that file at one ref",
    ),
    (
        "environment",
        "any job can name any environment: bind `ref_protected` too",
    ),
    (
        "environment_action",
        "only `start` waits for the approval of a protected environment",
    ),
    (
        "environment_protected",
        "always `false` in the Free edition",
    ),
    ("groups_direct", "absent for users in more than 200 groups"),
    (
        "iss",
        "GitLab's address, unless an administrator has set another issuer",
    ),
    (
        "job_project_id",
        "the project that runs the job: for a merge request of a fork, the parent",
    ),
    (
        "namespace_id",
        "the group directly above the project, and none further up; changes if the project moves",
    ),
    (
        "project_id",
        "for a merge request of a fork, the fork (before 18.2.2 the parent)",
    ),
    (
        "project_path",
        "can be taken by another project after a rename",
    ),
    ("ref", "for a merge request, the source branch"),
    ("runner_id", "a number: it can't be mapped"),
    (
        "sub",
        "each project chooses its parts (17.10); by default path, type of ref and ref",
    ),
    (
        "user_access_level",
        "for a merge request of a fork, the level in the fork",
    ),
    (
        "user_id",
        "whoever started the pipeline, or owns the schedule",
    ),
];

/// The values of claims that have few.
const VALUES: &[(&str, &[&str])] = &[
    (
        "deployment_tier",
        &["production", "staging", "testing", "development", "other"],
    ),
    (
        "environment_action",
        &["start", "prepare", "stop", "verify", "access"],
    ),
    ("environment_protected", &["true", "false"]),
    (
        "pipeline_source",
        &[
            "push",
            "web",
            "trigger",
            "schedule",
            "api",
            "external",
            "pipeline",
            "chat",
            "webide",
            "merge_request_event",
            "external_pull_request_event",
            "parent_pipeline",
            "ondemand_dast_scan",
            "ondemand_dast_validation",
            "security_orchestration_policy",
            "container_registry_push",
            "duo_workflow",
            "pipeline_execution_policy_schedule",
            "unknown",
        ],
    ),
    ("project_visibility", &["private", "internal", "public"]),
    ("ref_protected", &["true", "false"]),
    ("ref_type", &["branch", "tag"]),
    ("runner_environment", &["gitlab-hosted", "self-hosted"]),
    (
        "user_access_level",
        &[
            "no_access",
            "minimal_access",
            "guest",
            "planner",
            "reporter",
            "security_manager",
            "developer",
            "maintainer",
            "owner",
        ],
    ),
];

impl GitLabClaim {
    /// All values, if there are few; empty where any text is possible.
    pub(crate) fn values(self) -> &'static [&'static str] {
        let values = VALUES.iter().find(|(name, _)| *name == self.name);
        values.map_or(&[], |(_, values)| values)
    }

    /// All claims, by name.
    pub(crate) fn all() -> impl Iterator<Item = &'static Self> {
        CLAIMS.iter()
    }

    /// The claim of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        CLAIMS.iter().copied().find(|claim| claim.name == name)
    }

    /// The name that is most like this one.
    pub(crate) fn nearest(name: &str) -> &'static str {
        let likeness = |claim: &&GitLabClaim| strsim::jaro_winkler(claim.name, name);
        let nearest = CLAIMS
            .iter()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        nearest.map_or("project_id", |claim| claim.name)
    }

    /// Whether whoever runs a job can choose the value.
    pub(crate) fn is_chosen_by_users(self) -> bool {
        matches!(self.chosen_by, Developers | User)
    }

    /// What else is to be known of it; may be empty.
    pub(crate) fn remark(self) -> &'static str {
        let remark = REMARKS.iter().find(|(name, _)| *name == self.name);
        remark.map_or("", |(_, remark)| remark)
    }
}

impl Presence {
    /// For a table: which jobs have the claim.
    pub(crate) const fn described(self) -> &'static str {
        match self {
            Always => "all jobs",
            WithEnvironment => "jobs with an environment",
            Sometimes => "some jobs",
        }
    }
}

impl ChosenBy {
    /// For a table: who changes the value.
    pub(crate) const fn described(self) -> &'static str {
        match self {
            Nobody => "nobody: GitLab assigns it for good",
            GitLab => "GitLab, for each run",
            Owners => "owners of the project or group",
            Maintainers => "maintainers of the project",
            Developers => "whoever can push or start a pipeline",
            User => "the user who starts the pipeline",
            Administrators => "administrators of GitLab or the runner",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::fs;

    use super::*;

    #[test]
    fn claims_are_in_order_and_stand_once() {
        assert!(CLAIMS.is_sorted_by(|a, b| a.name < b.name));
        let remarked = REMARKS.iter().map(|(name, _)| name);
        for name in remarked.chain(VALUES.iter().map(|(name, _)| name)) {
            assert!(GitLabClaim::named(name).is_some(), "{name}");
        }
    }

    /// The page, which the test writes where `UPDATE_DOCS` is set.
    #[test]
    fn the_page_of_the_claims_lists_them_all() {
        let mut page = String::from(
            "# GitLab's claims\n\n\
             The claims of the JWT that a job gets by `id_tokens`, for roles of a JWT auth method. `validate` refuses a claim that is not\n\
             one of these, in `bound_claims`, `claim_mappings`, `user_claim` and `groups_claim`, and warns of a value that GitLab never\n\
             writes. `vault-provisioner whoami` prints those of a job.\n\
             There is no claim for groups further up than the one directly above the project, for the default branch, or for a merge\n\
             request and its target branch. `UPDATE_DOCS=1 cargo test --bins gitlab_claim` writes this page.\n\n\
             | claim | type or values | since | which jobs | who can change it | remark |\n|---|---|---|---|---|---|\n",
        );
        for claim in GitLabClaim::all() {
            let values = claim.values().join("`, `");
            let listed = format!("`{values}`");
            let shape = match claim.shape {
                Text if !values.is_empty() => &listed,
                Text => "string",
                TextList => "list of strings",
                Other => "number, list or object",
            };
            let (name, since) = (claim.name, claim.since);
            let jobs = claim.presence.described();
            let (who, remark) = (claim.chosen_by.described(), claim.remark());
            writeln!(
                page,
                "| `{name}` | {shape} | {since} | {jobs} | {who} | {remark} |"
            )
            .unwrap();
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/claims.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(path, &page).unwrap();
        }
        assert_eq!(fs::read_to_string(path).unwrap(), page);
    }

    #[test]
    fn a_misspelt_claim_leads_to_the_right_one() {
        for (misspelt, name) in [
            ("projectid", "project_id"),
            ("project", "project_id"),
            ("namespace", "namespace_id"),
            ("enviroment", "environment"),
            ("ref-protected", "ref_protected"),
            ("user_mail", "user_email"),
        ] {
            assert!(GitLabClaim::named(misspelt).is_none(), "{misspelt}");
            let nearest = GitLabClaim::nearest(misspelt);
            assert!(nearest == name, "{misspelt}: {nearest}");
        }
    }
}
