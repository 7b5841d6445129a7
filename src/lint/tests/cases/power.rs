//! Rules that give more than AWS roles, or nothing.

use super::super::PLATFORM;
use super::Case;

pub(super) const CASES: &[Case] = &[
    // What computed policies have to remove by the files gives them no power.
    (
        &[(
            PLATFORM,
            "guardrails:",
            "removed: [{policy: old}, {auth: old}, {secrets: old}]\nguardrails:",
        )],
        &[],
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
            "  vault-provisioner: {generated: {for: apply, bounded: true}}\n",
            "  vault-provisioner: {rules: [{path: auth/gitlab/role/vault-provisioner, capabilities: [read, update]}]}\n",
        )],
        &["own-policy"],
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
    (
        &[(
            PLATFORM,
            "      - path: ${secrets.aws.path}/sts/gitlab-tools\n",
            "      - {path: aws/+/gitlab-tools, capabilities: [deny]}\n      - path: ${secrets.aws.path}/sts/gitlab-tools\n",
        )],
        &["outranked-deny"],
    ),
    // The wildcard of the `deny` comes later, so that it decides.
    (
        &[(
            PLATFORM,
            "      - path: ${secrets.aws.path}/sts/gitlab-tools\n        capabilities: [update]\n",
            "      - {path: aws/sts/gitlab-t*, capabilities: [deny]}\n      - path: aws/sts/gitlab-*\n        capabilities: [update]\n",
        )],
        &["unused-role"],
    ),
    // A `deny` of the path itself wins, wherever it is.
    (
        &[(
            PLATFORM,
            "      - path: ${secrets.aws.path}/sts/gitlab-tools\n",
            "      - {path: aws/+/gitlab-tools, capabilities: [deny]}\n      - {path: aws/sts/gitlab-tools, capabilities: [deny]}\n      - path: ${secrets.aws.path}/sts/gitlab-tools\n",
        )],
        &["unused-role"],
    ),
];
