//! One mistake a case.

use super::{Edit, PLATFORM, SOMEPROJECT, WEBSITE};

/// Each mistake, and the lints that it is for.
pub(super) const CASES: &[(&[Edit], &[&str])] = &[
    (
        &[
            (
                PLATFORM,
                "metadata.project_id}}-{environment}",
                "metadata.project_id}}-{{ALIAS.environment}}",
            ),
            (
                PLATFORM,
                "{project_id: project_id}",
                "{project_id: project_id, environment: environment}",
            ),
        ],
        &["shared-metadata"],
    ),
    (
        &[(
            PLATFORM,
            "{project_id: \"7012\"}\n        claim_mappings: {project_id: project_id}\n",
            "{project_id: \"7012\"}\n",
        )],
        &["lost-metadata"],
    ),
    (
        &[
            (
                PLATFORM,
                "{project_id: \"7012\"}\n        claim_mappings: {project_id: project_id}\n",
                "{project_id: \"7012\"}\n",
            ),
            (
                PLATFORM,
                "vault-provisioner-plan:\n        user_claim: project_id",
                "vault-provisioner-plan:\n        user_claim: user_id",
            ),
        ],
        &["mixed-user-claims"],
    ),
    (
        &[
            (
                PLATFORM,
                "sts/gitlab-tools",
                "sts/{{ALIAS.project_id}}-{{ALIAS.environment}}",
            ),
            (
                PLATFORM,
                "{project_id: project_id}",
                "{project_id: project_id, environment: environment}",
            ),
            (
                PLATFORM,
                "        allow: {open-role: gitlab-tools is for every project}\n",
                "",
            ),
        ],
        &[
            "closing-value",
            "empty-claim",
            "shared-metadata",
            "unprotected-environment",
            "unused-role",
        ],
    ),
    (
        &[(PLATFORM, "user_claim: project_id", "user_claim: user_email")],
        &["chosen-user-claim", "shared-metadata"],
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
            "capabilities: [update]\n        description: The shared",
            "capabilities: [update, sudo]\n        description: The shared",
        )],
        &["sudo"],
    ),
    (
        &[(
            PLATFORM,
            "  aws:\n    rules:\n",
            "  aws:\n    rules:\n      - {path: sys/policies/acl/*, capabilities: [update]}\n",
        )],
        &["own-policy", "root-like-path", "unprotected-provisioner"],
    ),
    (
        &[(
            PLATFORM,
            "  aws:\n    rules:\n",
            "  aws:\n    rules:\n      - {path: +/+/+, capabilities: [delete]}\n",
        )],
        &["root-like-path", "unprotected-provisioner"],
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
            "  vault-provisioner: {generated: apply}\n",
            "  vault-provisioner: {rules: [{path: auth/gitlab/role/vault-provisioner, capabilities: [read, update]}]}\n",
        )],
        &["own-policy"],
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
            "[vault-provisioner-plan]\n        token_no_default_policy: true\n        token_explicit_max_ttl: 10m",
            "[vault-provisioner-plan]\n        token_explicit_max_ttl: 2h",
        )],
        &["ttl-beyond-lease"],
    ),
    (
        &[(
            PLATFORM,
            "token_no_default_policy: true\n        token_explicit_max_ttl: 10m",
            "token_no_default_policy: true",
        )],
        &["ttl-beyond-lease"],
    ),
    (
        &[(SOMEPROJECT, "max_sts_ttl: 1h", "max_sts_ttl: 2h")],
        &["ttl-beyond-lease"],
    ),
    (
        &[(
            WEBSITE,
            "123456789012:role/website",
            "123456789012:role/gitlab-service-role",
        )],
        &["shared-arn"],
    ),
    (
        &[(SOMEPROJECT, "role/gitlab-build", "role/gitlab-service-role")],
        &[],
    ),
    (
        &[(
            SOMEPROJECT,
            "123456789012:role/gitlab-build",
            "123456789013:role/gitlab-service-role",
        )],
        &["shared-arn"],
    ),
    (
        &[(
            WEBSITE,
            "123456789012:role/website",
            "123456789012:role/gitlab-tools",
        )],
        &["shared-arn"],
    ),
    (
        &[(
            PLATFORM,
            "  allowed_accounts: [\"123456789012\", \"123456789013\"]\n",
            "",
        )],
        &["any-account"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {environment: \"{environment}\"}",
            "bound_claims: {environment: \"{environment}\", project_id: \"365\"}",
        )],
        &["unreachable-mapping"],
    ),
    (
        &[(PLATFORM, "[\"aws-{environment}\"]", "[aws]")],
        &["open-role", "unreachable-mapping", "unused-policy"],
    ),
    (
        &[(
            PLATFORM,
            "        protected_bound_claims: {ref_protected: \"true\"}\n",
            "",
        )],
        &["unprotected-environment"],
    ),
    (
        &[(
            PLATFORM,
            "  # Computed from",
            "  spare: {generated: plan}\n  # Computed from",
        )],
        &["unused-policy"],
    ),
    (
        &[(PLATFORM, "sts/gitlab-tools", "sts/gitlab-tool")],
        &["unused-role"],
    ),
    (
        &[(
            PLATFORM,
            "protected_environments: [prod]",
            "protected_environments: [prod, staging]",
        )],
        &["unused-protected-environment"],
    ),
    (
        &[(PLATFORM, "allow: {open-role:", "allow: {open-rule:")],
        &["open-role", "unused-allow"],
    ),
    (
        &[(
            WEBSITE,
            "project: ",
            "allow: {shared-arn: nobody does}\nproject: ",
        )],
        &["unused-allow"],
    ),
];
