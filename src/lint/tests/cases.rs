//! One mistake a case.

use super::{Edit, PERMIT, PLATFORM, SOMEPROJECT, WEBSITE};

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
        // The role of review apps admits what `review/*` matches.
        &["closing-value", "shared-metadata"],
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
            "unapproved-action",
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
            "  vault-provisioner: {generated: {for: apply, bounded: true}}\n",
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
        &[
            (
                PLATFORM,
                "    roles:\n      gitlab-tools",
                "    static_roles:\n      mail: {username: mail, rotation_period: 24h}\n    roles:\n      gitlab-tools",
            ),
            (
                PLATFORM,
                "  aws:\n    rules:\n",
                "  aws:\n    rules:\n      - {path: aws/static-creds/*, capabilities: [read]}\n",
            ),
        ],
        &["long-lived-key"],
    ),
    (
        &[(
            PLATFORM,
            "  environments:\n",
            "  protected_environments: [preview]\n  environments:\n",
        )],
        &["unused-protected-environment"],
    ),
    (
        &[(PLATFORM, "allow: {open-role:", "allow: {open-rule:")],
        &["open-role", "unused-allow"],
    ),
    (
        &[
            PERMIT,
            (
                WEBSITE,
                "project: ",
                "allow: {shared-arn: nobody does}\nproject: ",
            ),
        ],
        &["unused-allow"],
    ),
    (
        &[(
            PLATFORM,
            "mappings:\n",
            "mappings:\n  project_allows: [shared-arm]\n",
        )],
        &["unused-allow"],
    ),
    (
        &[
            (
                WEBSITE,
                "123456789012:role/website",
                "123456789012:role/gitlab-service-role",
            ),
            (
                WEBSITE,
                "project: ",
                "allow: {shared-arn: agreed}\nproject: ",
            ),
        ],
        &["refused-allow", "shared-arn"],
    ),
    (
        &[(
            PLATFORM,
            "bound_claims: {project_id: \"7012\"}",
            "bound_claims: {job_project_id: \"7012\"}",
        )],
        &["fork-merge-requests"],
    ),
    (
        &[(
            PLATFORM,
            "bound_issuer: https://git.example.com\n",
            "bound_issuer: git.example.com\n",
        )],
        &["issuer-mismatch"],
    ),
    (
        &[(
            PLATFORM,
            "bound_issuer: https://git.example.com\n",
            "bound_issuer: https://git.example.com/\n",
        )],
        &["issuer-mismatch"],
    ),
    (
        &[(
            PLATFORM,
            "bound_issuer: https://git.example.com\n",
            "bound_issuer: http://git.example.com\n",
        )],
        &["issuer-mismatch"],
    ),
    (
        &[(
            PLATFORM,
            "https://git.example.com/-/jwks",
            "https://git.example.com/gitlab/-/jwks",
        )],
        &["issuer-mismatch"],
    ),
    (
        &[(
            PLATFORM,
            "https://git.example.com/-/jwks",
            "https://git.example.com/oauth/discovery/keys",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "      bound_issuer: https://git.example.com\n",
            "",
        )],
        &["no-issuer"],
    ),
    (
        &[
            (
                PLATFORM,
                "https://git.example.com/-/jwks",
                "http://git.example.com/-/jwks",
            ),
            (
                PLATFORM,
                "bound_issuer: https://git.example.com\n",
                "bound_issuer: http://git.example.com\n",
            ),
        ],
        &["insecure-url"],
    ),
    (
        &[(
            PLATFORM,
            "    roles:\n      gitlab-tools",
            "    config: {sts_endpoint: \"http://sts.example.com\", sts_region: eu-west-1}\n    roles:\n      gitlab-tools",
        )],
        &["insecure-url"],
    ),
    (
        &[(
            PLATFORM,
            "    roles:\n      gitlab-tools",
            "    config: {sts_endpoint: \"http://127.0.0.1:4566\", sts_region: eu-west-1}\n    roles:\n      gitlab-tools",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "        token_policies: [aws]\n",
            "        token_policies: [aws]\n        clock_skew_leeway: 2h\n",
        )],
        &["long-leeway"],
    ),
    (
        &[(
            PLATFORM,
            "        token_policies: [aws]\n",
            "        token_policies: [aws]\n        token_num_uses: 1\n",
        )],
        &["unreachable-mapping", "unused-role", "useless-token"],
    ),
    (
        &[(
            PLATFORM,
            "        token_policies: [aws]\n",
            "        token_policies: [aws]\n        token_num_uses: 2\n",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "  aws:\n    rules:\n",
            "  aws:\n    expiration: 2020-12-31T00:00:00Z\n    rules:\n",
        )],
        &["expired-policy"],
    ),
    (
        &[(
            PLATFORM,
            "  vault-provisioner-plan: {generated",
            "      - {path: \"aws/*/365-prod\", capabilities: [deny]}\n  vault-provisioner-plan: {generated",
        )],
        &["dead-rule"],
    ),
];
