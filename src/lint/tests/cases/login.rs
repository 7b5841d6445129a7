//! JWT roles: whom they admit.

use super::super::PLATFORM;
use super::Case;

pub(super) const CASES: &[Case] = &[
    (
        &[(
            PLATFORM,
            "token_policies: [aws]\n",
            "token_policies: [aws, breakglass]\n",
        )],
        &["unknown-policy"],
    ),
    (
        &[
            (
                PLATFORM,
                "token_policies: [aws]\n",
                "token_policies: [aws, breakglass, default]\n",
            ),
            (
                PLATFORM,
                "allow: {open-role: gitlab-tools is for every project}",
                "allow: {open-role: all, unknown-policy: the security team keeps it}",
            ),
        ],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims: {project_id: \"07012\"}",
        )],
        &["impossible-claim"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims: {project_id: \"7012\"}\n        groups_claim: groups_direct",
        )],
        &["absent-claim"],
    ),
    (
        &[(
            PLATFORM,
            "vault-provisioner-plan:\n        user_claim: project_id\n        bound_audiences: [https://vault.example.com]\n",
            "vault-provisioner-plan:\n        user_claim: project_id\n",
        )],
        &["no-audience"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims_type: glob\n        bound_claims: {namespace_path: devops*}",
        )],
        &["wide-glob"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims_type: glob\n        bound_claims: {namespace_path: devops/*}",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims: {project_path: devops/vault-provisioner}",
        )],
        &["path-without-id"],
    ),
    (
        &[(
            PLATFORM,
            "        allow: {open-role: gitlab-tools is for every project}\n",
            "",
        )],
        &["open-role"],
    ),
    (
        &[(
            PLATFORM,
            "  aws:\n    rules:\n",
            "  aws:\n    rules:\n      - {path: /aws/roles/+, capabilities: [update]}\n",
        )],
        &["unprotected-provisioner"],
    ),
    (
        &[(
            PLATFORM,
            ", ref_protected: \"true\"}\n        claim_mappings",
            "}\n        claim_mappings",
        )],
        &["unprotected-provisioner"],
    ),
    (
        &[(
            PLATFORM,
            "        protected_bound_claims: {ref_protected: \"true\", environment_action: start}\n",
            "",
        )],
        &["unapproved-action", "unprotected-environment"],
    ),
    (
        &[(PLATFORM, ", environment_action: start}", "}")],
        &["unapproved-action"],
    ),
    (
        &[(
            PLATFORM,
            "environment_action: start",
            "environment_action: [start, stop]",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims: {job_project_id: \"7012\"}",
        )],
        &["fork-merge-requests"],
    ),
];
