//! Values of claims that GitLab never writes, and others like them.

use super::{Edit, PLATFORM, check, load, names, render};

/// What stands in the plan's role, and whether no JWT matches it.
const CLAIMS: [(&str, bool); 30] = [
    (
        "bound_claims: {project_id: \"7012\", ref_protected: \"True\"}",
        true,
    ),
    ("bound_claims: {project_id: payments/api}", true),
    ("bound_claims: {project_id: \" 7012\"}", true),
    (
        "bound_claims: {project_id: \"7012\", job_project_id: \"-1\"}",
        true,
    ),
    ("bound_claims: {namespace_id: \"07\"}", true),
    (
        "bound_claims: {project_id: \"7012\", namespace_path: payments/*}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", project_path: https://git.example.com/a/b}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", project_path: /a/b}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", environment_action: started}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", pipeline_source: merge_request}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", ref_type: branches}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", deployment_tier: prod}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", user_access_level: Maintainer}",
        true,
    ),
    (
        "bound_claims: {project_id: \"7012\", ref: refs/heads/main}",
        true,
    ),
    ("bound_claims: {project_id: \"7012\", ref_path: main}", true),
    ("bound_claims: {project_id: \"7012\", ref: []}", true),
    (
        "bound_claims: {project_id: \"7012\", /ref_protected: \"yes\"}",
        true,
    ),
    ("bound_claims: {sub: project:a/b}", true),
    ("bound_subject: project_path:a/*", true),
    ("bound_subject: a/b", true),
    (
        "bound_subject: project_path:a/b:ref_type:branch:ref:main",
        false,
    ),
    (
        "bound_subject: project_id:7012:ref_type:branch:ref:main",
        false,
    ),
    (
        "bound_claims: {project_id: \"7012\", ref_protected: [\"true\", \"false\"]}",
        false,
    ),
    (
        "bound_claims: {project_id: \"7012\", pipeline_source: [push, schedule]}",
        false,
    ),
    (
        "bound_claims: {project_id: \"7012\", ref_path: refs/tags/v1}",
        false,
    ),
    (
        "bound_claims: {project_id: \"7012\", ref: release/refs/heads}",
        false,
    ),
    (
        "bound_claims: {project_id: \"7012\", environment: review/x}",
        false,
    ),
    (
        "bound_claims_type: glob\n        bound_claims: {project_id: \"7012\", pipeline_source: \"merge_*\"}",
        false,
    ),
    (
        "bound_claims_type: glob\n        bound_claims: {sub: \"project_path:a/b:*\"}",
        false,
    ),
    (
        "bound_claims_type: glob\n        bound_claims: {project_id: \"7012\", ref_path: \"refs/heads/release/*\"}",
        false,
    ),
];

#[test]
fn a_value_that_gitlab_never_writes_is_found_and_no_other() {
    for (text, is_impossible) in CLAIMS {
        let edit: Edit = (PLATFORM, "bound_claims: {project_id: \"7012\"}", text);
        let (_folder, loaded) = load(&[edit]);
        let found = check(&loaded);
        let shown = render(&found, &loaded.sources, false);
        assert_eq!(
            names(&found).contains("impossible-claim"),
            is_impossible,
            "{text}\n{shown}"
        );
    }
}

#[test]
fn a_claim_that_only_some_jobs_have_refuses_the_others() {
    let role = "vault-provisioner-plan:\n        user_claim: project_id\n";
    for (user, is_found) in [
        ("user_claim: user_access_level", true),
        // The lint about users who are chosen says more.
        ("user_claim: user_login", false),
        ("user_claim: user_id", false),
        (
            "user_claim: project_id\n        groups_claim: groups_direct",
            true,
        ),
        (
            "user_claim: project_id\n        groups_claim: /groups_direct",
            true,
        ),
        (
            "user_claim: project_id\n        groups_claim: namespace_path",
            false,
        ),
    ] {
        let with = format!("vault-provisioner-plan:\n        {user}\n");
        let (_folder, loaded) = load(&[(PLATFORM, role, with.leak())]);
        let found = check(&loaded);
        let shown = render(&found, &loaded.sources, false);
        assert_eq!(
            names(&found).contains("absent-claim"),
            is_found,
            "{user}\n{shown}"
        );
    }
}
