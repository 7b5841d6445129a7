//! What is known of a job before it runs.

use std::collections::BTreeMap;

/// What is known of the claims of a job's JWT. A claim that is not named here is unknown.
///
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Job {
    claims: BTreeMap<String, Option<String>>,
}

/// What is known of one claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim<'a> {
    /// It has this value.
    Is(&'a str),
    /// The JWT has no such claim.
    Absent,
    /// Nothing.
    Unknown,
}

/// Claims that go with a project.
const OF_PROJECT: [&str; 4] = [
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
];

/// Claims that go with a namespace.
const OF_NAMESPACE: [&str; 2] = ["namespace_id", "namespace_path"];

/// Claims that go with a branch or tag of a project.
const OF_SUBJECT: [&str; 9] = [
    "sub",
    "project_id",
    "project_path",
    "namespace_id",
    "namespace_path",
    "ref",
    "ref_type",
    "ref_path",
    "ref_protected",
];

/// Claims that only jobs with an environment have.
const OF_ENVIRONMENT: [&str; 4] = [
    "environment",
    "environment_protected",
    "deployment_tier",
    "environment_action",
];

impl Job {
    /// A job of a project, of which the number or the path may not be known.
    pub(crate) fn of_project(id: Option<&str>, path: Option<&str>) -> Self {
        let mut job = Self::default();
        if let Some(id) = id {
            job.set("project_id", id);
        }
        if let Some(path) = path {
            job.set("project_path", path);
            if let Some((namespace, _)) = path.rsplit_once('/') {
                job.set("namespace_path", namespace);
            }
        }
        job
    }

    /// The same in an environment, or in none.
    pub(crate) fn in_environment(mut self, environment: Option<&str>) -> Self {
        match environment {
            Some(environment) => self.set("environment", environment),
            None => {
                for claim in OF_ENVIRONMENT {
                    self.claims.insert(claim.into(), None);
                }
            }
        }
        self
    }

    /// The same with a claim more.
    pub(crate) fn with(mut self, claim: &str, value: &str) -> Self {
        self.set(claim, value);
        self
    }

    /// The same with the claims that GitLab makes of others.
    pub(crate) fn completed(mut self) -> Self {
        let (Claim::Is(name), Claim::Is(kind)) = (self.claim("ref"), self.claim("ref_type")) else {
            return self;
        };
        let folder = if kind == "tag" { "tags" } else { "heads" };
        let ref_path = format!("refs/{folder}/{name}");
        let subject = match self.claim("project_path") {
            Claim::Is(project) => {
                Some(format!("project_path:{project}:ref_type:{kind}:ref:{name}"))
            }
            _ => None,
        };
        self.set_unless_known("ref_path", ref_path);
        if let Some(subject) = subject {
            self.set_unless_known("sub", subject);
        }
        self
    }

    /// Whether it is known that a claim has another value, or is absent.
    pub(crate) fn contradicts(&self, claim: &str, value: &str) -> bool {
        match self.claim(claim) {
            Claim::Is(known) => known != value,
            Claim::Absent => true,
            Claim::Unknown => false,
        }
    }

    /// What is known of a claim.
    pub(crate) fn claim(&self, name: &str) -> Claim<'_> {
        match self.claims.get(name) {
            Some(Some(value)) => Claim::Is(value),
            Some(None) => Claim::Absent,
            None => Claim::Unknown,
        }
    }

    /// What is known of every job that has the same value of a claim: the others that share an alias with this one.
    pub(super) fn fixed_by(&self, claim: &str) -> Self {
        let mut fixed = self.clone();
        fixed.claims.retain(|name, _| is_fixed_by(name, claim));
        fixed
    }

    pub(super) fn set(&mut self, claim: &str, value: &str) {
        self.claims.insert(claim.into(), Some(value.into()));
    }

    fn set_unless_known(&mut self, claim: &str, value: String) {
        self.claims.entry(claim.into()).or_insert(Some(value));
    }
}

/// Whether all jobs with one value of `by` have one value of `claim`.
pub(crate) fn is_fixed_by(claim: &str, by: &str) -> bool {
    let family: &[&str] = match by {
        "project_id" | "project_path" => &OF_PROJECT,
        "namespace_id" | "namespace_path" => &OF_NAMESPACE,
        "sub" => &OF_SUBJECT,
        _ => &[],
    };
    // One GitLab issues all JWTs of a mount.
    claim == by || claim == "iss" || family.contains(&claim)
}

/// Whether every job's JWT has a claim.
pub(super) fn is_always_there(claim: &str) -> bool {
    const ALWAYS: [&str; 11] = [
        "iss",
        "job_id",
        "namespace_id",
        "namespace_path",
        "pipeline_id",
        "project_id",
        "project_path",
        "user_email",
        "user_id",
        "user_login",
        "pipeline_source",
    ];
    OF_SUBJECT.contains(&claim) || ALWAYS.contains(&claim)
}

/// Whether GitLab's value of a claim is no text, so that it can't name an alias or become metadata.
pub(super) fn is_no_text(claim: &str) -> bool {
    matches!(claim, "runner_id" | "groups_direct" | "exp" | "iat" | "nbf")
}

/// Whether a claim can have a value in GitLab.
pub(super) fn can_be(claim: &str, value: &str) -> bool {
    if is_number(claim) {
        return value.bytes().all(|byte| byte.is_ascii_digit());
    }
    match claim {
        "ref_protected" | "environment_protected" => matches!(value, "true" | "false"),
        "ref_type" => matches!(value, "branch" | "tag"),
        _ => true,
    }
}

fn is_number(claim: &str) -> bool {
    claim.ends_with("_id") && claim != "runner_id"
}

/// Whether no value of a claim can bring a `/`, `*` or `+` into a path.
pub(crate) fn is_plain(claim: &str) -> bool {
    is_number(claim) || claim.ends_with("_protected") || claim == "ref_type"
}
