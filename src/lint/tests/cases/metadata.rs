//! Metadata of aliases in the paths of rules.

use super::super::PLATFORM;
use super::Case;

pub(super) const CASES: &[Case] = &[
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
    // A path is never an id.
    (
        &[(
            PLATFORM,
            "vault-provisioner-plan:\n        user_claim: project_id",
            "vault-provisioner-plan:\n        user_claim: project_path",
        )],
        &["path-without-id"],
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
];
