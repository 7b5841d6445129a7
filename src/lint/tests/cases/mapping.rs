//! Mappings, and what nobody uses.

use super::super::{PLATFORM, SOMEPROJECT, WEBSITE};
use super::Case;

pub(super) const CASES: &[Case] = &[
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
            "  # Computed from",
            "  spare: {generated: plan}\n  # Computed from",
        )],
        &["unused-policy"],
    ),
    (
        &[(PLATFORM, "sts/gitlab-tools", "sts/gitlab-tool")],
        &["dead-rule", "unused-role"],
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
        &[(WEBSITE, "  prod: arn", "  production: arn")],
        &["undeclared-environment"],
    ),
    (
        &[(WEBSITE, "  prod: arn", "  prdo: arn")],
        &["undeclared-environment"],
    ),
    (
        &[(WEBSITE, "  prod: arn", "  canary: arn")],
        &["undeclared-environment"],
    ),
    (
        &[(WEBSITE, "  dev: arn", "  stagin: arn")],
        &["undeclared-environment"],
    ),
    (
        &[(WEBSITE, "  dev: arn", "  devv: arn")],
        &["undeclared-environment"],
    ),
    (&[(WEBSITE, "  dev: arn", "  edv: arn")], &[]),
    (&[(WEBSITE, "  dev: arn", "  dev2: arn")], &[]),
    (&[(WEBSITE, "  dev: arn", "  qa: arn")], &[]),
    (&[(WEBSITE, "  dev: arn", "  demo: arn")], &[]),
    (&[(WEBSITE, "  dev: arn", "  prod-eu: arn")], &[]),
];
