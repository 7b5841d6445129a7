//! Who signs the JWTs, and how keys are fetched.

use super::super::PLATFORM;
use super::Case;

pub(super) const CASES: &[Case] = &[
    // The same address in other letters.
    (
        &[(
            PLATFORM,
            "https://git.example.com/-/jwks",
            "https://GIT.example.com:443/-/jwks",
        )],
        &[],
    ),
    (
        &[(
            PLATFORM,
            "https://git.example.com/-/jwks",
            "https://git.example.com:8443/-/jwks",
        )],
        &["issuer-mismatch"],
    ),
    (
        &[(
            PLATFORM,
            "https://git.example.com/-/jwks",
            "https://reader:secret@git.example.com/-/jwks",
        )],
        &["insecure-url"],
    ),
    (
        &[
            (
                PLATFORM,
                "https://git.example.com/-/jwks",
                "https://keys.example.com/gitlab.json",
            ),
            (
                PLATFORM,
                "bound_issuer: https://git.example.com\n",
                "bound_issuer: git.example.com\n",
            ),
        ],
        &["issuer-mismatch"],
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
];
