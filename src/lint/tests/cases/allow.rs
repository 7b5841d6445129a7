//! What `allow` says.

use super::super::{PERMIT, PLATFORM, WEBSITE};
use super::Case;

pub(super) const CASES: &[Case] = &[
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
];
