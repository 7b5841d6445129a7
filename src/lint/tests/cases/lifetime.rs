//! How long tokens and sessions last.

use super::super::{PLATFORM, SOMEPROJECT};
use super::Case;

pub(super) const CASES: &[Case] = &[
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
];
