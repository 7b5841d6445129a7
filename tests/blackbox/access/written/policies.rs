//! Policies as people write them.

use super::{On, Written, policies, unknown};

/// The table.
pub(super) fn table() -> Vec<Written> {
    vec![
        policies(
            "a policy in JSON",
            &[
                r#"{"path": {"aws/sts/365-dev": {"capabilities": ["update"]}, "aws/sts/Prod": {"policy": "write"}}}"#,
            ],
        ),
        policies(
            "a path twice, once with deny",
            &[
                "path \"aws/sts/365-dev\" { capabilities = [\"update\"] }\npath \"aws/sts/365-dev\" { capabilities = [\"deny\"] }",
            ],
        ),
        policies(
            "a path in two policies, of which each has a half",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["create"] }"#,
                r#"path "/aws/sts/365-dev" { capabilities = ["update", "patch"] }"#,
            ],
        ),
        policies(
            "two policies, of which one denies with a wildcard and one allows by name",
            &[
                r#"path "aws/sts/*" { capabilities = ["deny"] }"#,
                r#"path "aws/sts/365-prod" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "a wildcard as a segment, and one that is denied",
            &[
                r#"path "+/sts/365-dev" { capabilities = ["update"] }"#,
                r#"path "aws/sts/+" { capabilities = ["update"] } path "aws/+/Prod" { capabilities = ["deny"] }"#,
            ],
        ),
        policies(
            "special characters in the middle, which match nothing",
            &[
                r#"path "aws/sts/3*5-dev" { capabilities = ["update"] } path "aws/s+s/365-prod" { capabilities = ["update"] } path "aws/*/tools" { capabilities = ["deny"] } path "aws/sts/tools" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "two stars at the end, and a question mark",
            &[
                r#"path "aws/sts/365**" { capabilities = ["update"] } path "aws/sts/36?-dev" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "another case, a slash at the end, a version in front, an empty segment",
            &[
                r#"path "AWS/sts/365-dev" { capabilities = ["update"] } path "aws/sts/365-prod/" { capabilities = ["update"] } path "v1/aws/sts/tools" { capabilities = ["update"] } path "aws//sts/Prod" { capabilities = ["update"] } path "aws/sts/prod" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "capabilities that give no credentials",
            &[
                r#"path "aws/sts/*" { capabilities = ["create", "patch", "list", "delete", "sudo"] } path "aws/creds/tools" { capabilities = ["read", "sudo"] }"#,
            ],
        ),
        policies(
            "the attribute policy of old Vaults",
            &[
                r#"path "aws/sts/365-*" { policy = "write" } path "aws/sts/365-prod" { policy = "deny" } path "aws/creds/tools" { policy = "read" }"#,
            ],
        ),
        policies(
            "parameters that are denied, and one that is required",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] denied_parameters = { "*" = [] } } path "aws/sts/365-prod" { capabilities = ["update"] required_parameters = ["ttl"] denied_parameters = { ttl = [] } }"#,
            ],
        ),
        policies(
            "parameters that another policy of the same path requires and denies",
            &[
                r#"path "aws/sts/tools" { capabilities = ["update"] }"#,
                r#"path "aws/sts/tools" { capabilities = ["list"] required_parameters = ["zzz"] denied_parameters = { zzz = ["x", "y"] } }"#,
            ],
        ),
        policies(
            "lists and numbers as values of parameters",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] allowed_parameters = { ttl = [900, "15m", ["a", "b"]] } }"#,
            ],
        ),
        policies(
            "bounds of wrapping that no request keeps",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] min_wrapping_ttl = "2h" }"#,
                r#"path "aws/sts/365-dev" { capabilities = ["read"] max_wrapping_ttl = "1h" }"#,
            ],
        ),
        policies(
            "a response that is wrapped for long enough, and one for short enough",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] min_wrapping_ttl = "1m" } path "aws/sts/tools" { capabilities = ["read"] max_wrapping_ttl = 60 } path "aws/sts/366-dev" { capabilities = ["update"] min_wrapping_ttl = 0 max_wrapping_ttl = "0" }"#,
            ],
        ),
        policies(
            "bounds of wrapping in two policies, of which the least count",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] min_wrapping_ttl = "1m" max_wrapping_ttl = "1h" } path "aws/sts/tools" { capabilities = ["update"] min_wrapping_ttl = "3h" }"#,
                r#"path "aws/sts/365-dev" { capabilities = ["update"] min_wrapping_ttl = "10m" } path "/aws/sts/365-dev" { capabilities = ["list"] max_wrapping_ttl = "4m" } path "aws/sts/tools" { capabilities = ["list"] min_wrapping_ttl = "1s" }"#,
            ],
        ),
        unknown(
            "bounds of wrapping that are not whole seconds, or less than nothing",
            &[
                r#"path "aws/sts/365-dev" { capabilities = ["update"] max_wrapping_ttl = "1500ms" } path "aws/sts/tools" { capabilities = ["update"] } path "aws/sts/366-dev" { capabilities = ["update"] min_wrapping_ttl = "-1m" }"#,
            ],
        ),
        policies(
            "a deny with a wildcard, and a more specific rule",
            &[
                r#"path "aws/+/365-prod" { capabilities = ["deny"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-prod" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}*" { capabilities = ["deny"] } path "aws/sts/+" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "an attribute that nothing reads",
            &[r#"path "aws/sts/365-dev" { capabilities = ["update"] comment = "agreed" }"#],
        ),
        policies(
            "what comments hold",
            &[
                "path \"aws/sts/365-dev\" {\n  capabilities = [\"update\"]\n}\n# path \"aws/sts/Prod\" { capabilities = [\"update\"] }\n/* path \"aws/sts/tools\" { capabilities = [\"update\"] } */",
            ],
        ),
        unknown(
            "a value over several lines, which rules can't hold",
            &[
                "path \"aws/sts/365-dev\" {\n  capabilities = [\"update\"]\n  required_parameters = [<<EOF\nzzz\nEOF\n  ]\n}\npath \"aws/sts/tools\" { capabilities = [\"update\"] }",
            ],
        ),
        policies(
            "the accessor of another method",
            &[
                r#"path "aws/sts/{{identity.entity.aliases.${auth.second.accessor}.metadata.project_id}}-dev" { capabilities = ["update"] } path "aws/sts/tools" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "a deny by a value that some jobs do not have",
            &[
                r#"path "aws/sts/+" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}}" { capabilities = ["deny"] }"#,
            ],
        ),
        policies(
            "directives that never have a value",
            &[
                r#"path "aws/sts/{{token.display_name}}" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.gitlab.metadata.project_id}}-dev" { capabilities = ["update"] } path "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.nothing}}tools" { capabilities = ["update"] }"#,
            ],
        ),
        policies(
            "the name of the alias, with blanks in the directive",
            &[
                r#"path "aws/sts/{{ identity.entity.aliases.${auth.gitlab.accessor}.name }}-dev" { capabilities = ["update"] }"#,
            ],
        ),
        unknown(
            "the name of the entity",
            &[
                r#"path "aws/sts/{{identity.entity.name}}" { capabilities = ["update"] } path "aws/sts/tools" { capabilities = ["update"] }"#,
            ],
        ),
        unknown(
            "a second factor",
            &[
                r#"path "aws/sts/365-prod" { capabilities = ["update"] mfa_methods = ["x"] } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
            ],
        ),
        Written {
            on: On::Vault,
            ..unknown(
                "approvals by others",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update"] control_group = { factor "x" { identity { group_names = ["a"] approvals = 1 } } } } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
        Written {
            on: On::Vault,
            ..unknown(
                "types of events",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update", "subscribe"] subscribe_event_types = ["*"] } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
        Written {
            on: On::OpenBao,
            ..unknown(
                "a rule that ends, and a limit of pages",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update"] expiration = "2099-01-01T00:00:00Z" } path "aws/sts/tools" { capabilities = ["update"] pagination_limit = 5 } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
        Written {
            on: On::OpenBao,
            ..unknown(
                "keys by which answers are filtered",
                &[
                    r#"path "aws/sts/365-prod" { capabilities = ["update", "list"] list_scan_response_keys_filter_path = "{{ .path }}{{ .key }}" } path "aws/sts/365-dev" { capabilities = ["update"] }"#,
                ],
            )
        },
    ]
}
