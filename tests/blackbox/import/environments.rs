//! What differs by environment alone is imported as one entry, with the environments declared.

use serde_json::json;

use super::{applied, import, imported, plan_imported};
use crate::support::{Mappings, stdout};

const WEBSITE: &str = "projects/somenamespace/website.yaml";
const PROD: &str = "arn:aws:iam::123456789013:role/website";

/// The shipped files with an environment that has several names in GitLab, and one that has several roles.
fn several() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.replace(
        "vault.yaml",
        "    prod: {protected: true}\n",
        "    prod: {protected: true, roles: [audit]}\n    eu: {match: [prod/eu-west-1, prod/eu-west-2], protected: true}\n",
    );
    let roles = format!(
        "{{roles: {{deploy: '{PROD}', read: {{role_arn: '{PROD}-read', max_sts_ttl: 1h}}}}}}"
    );
    mappings.replace(WEBSITE, PROD, &roles);
    mappings
}

#[test]
fn environments_and_named_roles_come_back_as_the_files_have_them() {
    let mappings = several();
    let (_vault, tool) = applied(&mappings);
    import(&tool, &[]).success();
    plan_imported(&tool).code(0);
    let files = imported(&tool);
    insta::assert_snapshot!(files);

    // A project that begins to use a declared environment needs its own AWS role alone.
    let add = [
        "add",
        "somenamespace/new",
        "--id",
        "500",
        "--environment",
        "staging=arn:aws:iam::123456789012:role/new",
        "--mappings",
        "imported",
    ];
    tool.run(add).assert().success();
    let planned = stdout(&plan_imported(&tool).code(2));
    assert!(
        planned.contains("Plan: 1 to create, 0 to update, 0 to delete."),
        "{planned}"
    );
}

#[test]
fn a_role_that_differs_otherwise_is_imported_as_it_is_and_nothing_changes() {
    let change = |path: &str, body| (path.to_owned(), body);
    let with_claims = |claims| {
        json!({
            "role_type": "jwt", "user_claim": "project_id", "bound_audiences": ["https://vault.example.com"],
            "bound_claims": claims, "claim_mappings": {"project_id": "project_id"},
            "token_policies": ["aws-dev"], "token_explicit_max_ttl": 600,
        })
    };
    let assumed = json!({"credential_type": "assumed_role", "role_arns": ["arn:aws:iam::123456789012:role/x"]});
    let deny = json!({"policy": "path \"aws/sts/x-dev\" { capabilities = [\"deny\"] }"});
    for (what, (path, body)) in [
        (
            "another TTL",
            change(
                "auth/gitlab/role/aws-dev",
                json!({"token_explicit_max_ttl": 300, "user_claim": "project_id", "role_type": "jwt",
                       "bound_audiences": ["https://vault.example.com"], "bound_claims": {"environment": "dev"},
                       "token_policies": ["aws-dev"], "claim_mappings": {"project_id": "project_id"}}),
            ),
        ),
        (
            "another claim",
            change(
                "auth/gitlab/role/aws-dev",
                with_claims(json!({"environment": "dev", "ref": "main"})),
            ),
        ),
        (
            "a value that is not a string",
            change(
                "auth/gitlab/role/aws-dev",
                with_claims(json!({"environment": ["dev", 1]})),
            ),
        ),
        (
            "one environment in two roles",
            change(
                "auth/gitlab/role/aws-dev2",
                with_claims(json!({"environment": "dev"})),
            ),
        ),
        ("another policy", change("sys/policies/acl/aws-dev", deny)),
        (
            "an environment without a JWT role",
            change("aws/roles/365-canary", assumed.clone()),
        ),
        (
            "a role that no policy names",
            change("aws/roles/365-prod-other", assumed),
        ),
    ] {
        let mappings = several();
        let (vault, tool) = applied(&mappings);
        vault.root.write(&path, &body);
        import(&tool, &[]).success();
        let plan = plan_imported(&tool);
        assert_eq!(
            plan.get_output().status.code(),
            Some(0),
            "{what}: {}",
            stdout(&plan)
        );
    }
}
