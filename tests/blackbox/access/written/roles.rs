//! JWT roles as people write them.

use serde_json::json;

use super::{Written, policies, role};

/// The table.
pub(super) fn table() -> Vec<Written> {
    vec![
        role(
            "a subject with a star, which is a letter",
            json!({"bound_subject": "project_path:some/*", "bound_claims_type": "glob", "bound_claims": {"ref": "*"}}),
        ),
        role(
            "a glob where values are compared as they are",
            json!({"bound_claims": {"ref": "m*"}}),
        ),
        role(
            "a glob with a question mark and brackets, which are letters",
            json!({"bound_claims_type": "glob", "bound_claims": {"ref": ["mai?", "[m]ain", "*1*"]}}),
        ),
        role(
            "values of which one is a glob, of several claims",
            json!({"bound_claims_type": "glob", "bound_claims": {"environment": ["dev", "review-*"], "user_login": "t*s*"}}),
        ),
        role(
            "a bound at a place inside a claim, and one at a claim's name",
            json!({"bound_claims": {"/groups_direct/0": "tools", "ref_type": "branch"}}),
        ),
        role(
            "a group that a JWT has to name",
            json!({"groups_claim": "groups_direct"}),
        ),
        Written {
            role: json!({"token_policies": ["W-UPPER"]}),
            ..policies("a policy named in capitals", &[])
        },
        Written {
            role: json!({"token_policies": ["w-upper", "not-there"], "token_no_default_policy": true}),
            ..policies("a policy that nobody wrote", &[])
        },
        Written {
            role: json!({"claim_mappings": {"ref": "project_id", "/groups_direct/0": "environment"}}),
            ..policies(
                "claims under the names of others",
                &[
                    r#"path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}}" { capabilities = ["update"] }"#,
                ],
            )
        },
    ]
}
