//! Mistakes in vault.yaml.

use super::{good, mistakes, mistakes_in_platform};
use crate::support::Mappings;

#[test]
fn the_version_is_known() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("version: 1\n", ""),
        ("version: 1", "version: 2"),
        ("version: 1", "version: \"1\""),
    ]), @r#"
    error[missing-key]: `version` is missing
     --> mappings/vault.yaml:1:1
      |
    1 | auth:
      | ^
      |
      = help: begin the file with `version: 1`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: this vault-provisioner does not know version 2 of the file
     --> mappings/vault.yaml:1:10
      |
    1 | version: 2
      |          ^
      |
      = help: write 1, or use the release that the file is for

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a whole number, found a string
     --> mappings/vault.yaml:1:10
      |
    1 | version: "1"
      |          ^^^
      |
      = help: write 1 without quotes

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn keys_are_known_and_stand_once() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("\npolicies:", "\npolices:"),
        ("user_claim:", "user_claims:"),
        ("    type: aws\n", "    type: aws\n    region: eu-west-1\n"),
        ("      tools: {", "      tools: {role_arn: x}\n      tools: {"),
        ("  aws:\n    rules:", "  aws: {file: x}\n  aws:\n    rules:"),
        ("[aws]\n", "[aws]\n        foreach: environments\n"),
    ]), @"
    error[unknown-key]: unknown key `polices`
      --> mappings/vault.yaml:21:1
       |
    21 | polices:
       | ^^^^^^^
       |
       = help: write `policies`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `user_claims`
     --> mappings/vault.yaml:8:9
      |
    8 |         user_claims: project_id
      |         ^^^^^^^^^^^
      |
      = help: write `user_claim`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `region`
      --> mappings/vault.yaml:17:5
       |
    17 |     region: eu-west-1
       |     ^^^^^^
       |
       = help: known here: type, description, default_lease_ttl, max_lease_ttl, config, lease, roles, allow

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `role_arn`
      --> mappings/vault.yaml:20:15
       |
    20 |       tools: {role_arn: x}
       |               ^^^^^^^^
       |
       = help: write `role_arns`

    error[duplicate-key]: the key `tools` is repeated
      --> mappings/vault.yaml:21:7
       |
    20 |       tools: {role_arn: x}
       |       ----- first here
    21 |       tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ^^^^^ repeated here
       |
       = help: remove one of the two; parsers that accept both keep the last one

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-file]: there is no such file
      --> mappings/vault.yaml:22:15
       |
    22 |   aws: {file: x}
       |               ^ named here
       |
       = help: create it, or correct its name

    error[duplicate-key]: the key `aws` is repeated
      --> mappings/vault.yaml:23:3
       |
    22 |   aws: {file: x}
       |   --- first here
    23 |   aws:
       |   ^^^ repeated here
       |
       = help: remove one of the two; parsers that accept both keep the last one

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `foreach`
      --> mappings/vault.yaml:14:9
       |
    14 |         foreach: environments
       |         ^^^^^^^
       |
       = help: write `for_each`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn nothing_hides_behind_anchors_and_merge_keys() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("      aws:\n        user_claim", "      other: &base {user_claim: project_id}\n      aws:\n        <<: *base\n        user_claim"),
        ("bound_claims: {environment: dev, project_id: \"365\"}", "<<: {bound_claims: {iss: x}}"),
    ]), @r#"
    error[jwt-role]: the role `other` would admit every JWT, and Vault refuses that
     --> mappings/vault.yaml:7:7
      |
    7 |       other: &base {user_claim: project_id}
      |       ^^^^^
      |
      = help: add `bound_audiences` and `bound_claims`: the claims that a job's JWT must have

    error[anchor]: anchors (`&name`) are not allowed
     --> mappings/vault.yaml:7:14
      |
    7 |       other: &base {user_claim: project_id}
      |              ^^^^^
      |
      = help: write the values out; a text that begins with `&` must be in quotes

    error[merge-key]: merge keys (`<<`) are not allowed
     --> mappings/vault.yaml:9:9
      |
    9 |         <<: *base
      |         ^^
      |
      = help: write the keys out where they apply

    error[alias]: aliases (`*name`) are not allowed
     --> mappings/vault.yaml:9:13
      |
    9 |         <<: *base
      |             ^^^^^
      |
      = help: write the value out; a text that begins with `*` must be in quotes: "*base"

    error: 4 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[merge-key]: merge keys (`<<`) are not allowed
      --> mappings/vault.yaml:10:9
       |
    10 |         <<: {bound_claims: {iss: x}}
       |         ^^
       |
       = help: write the keys out where they apply

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn values_have_the_right_type_and_what_follows_from_a_wrong_one_is_not_told() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("user_claim: project_id", "user_claim: 1"),
        ("{environment: dev, project_id: \"365\"}", "iss"),
        ("token_policies: [aws]", "token_policies: {aws: true}"),
        ("type: jwt", "type: oidc"),
        ("[arn:aws:iam::123456789012:role/tools]", "{a: b}"),
        ("  secrets: aws\n", "  secrets: 1\n"),
        ("[\"123456789012\"]", "[123456789012, 01234]"),
        ("policies:\n  aws:\n", "policies:\n  aws: 1\n  awss:\n"),
    ]), @r#"
    error[wrong-type]: expected a string, found the number 1
     --> mappings/vault.yaml:8:21
      |
    8 |         user_claim: 1
      |                     ^
      |
      = help: write "1"

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a mapping, found a string
      --> mappings/vault.yaml:10:23
       |
    10 |         bound_claims: iss
       |                       ^^^
       |
       = help: write `key: value` lines, indented below this

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a string or a list of strings, found a mapping
      --> mappings/vault.yaml:13:9
       |
    13 |         token_policies: {aws: true}
       |         ^^^^^^^^^^^^^^
       |
       = help: write a string or a list of strings

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-value]: unknown value `oidc`
     --> mappings/vault.yaml:4:11
      |
    4 |     type: oidc
      |           ^^^^
      |
      = help: known here: jwt

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a string or a list of strings, found a mapping
      --> mappings/vault.yaml:20:15
       |
    20 |       tools: {role_arns: {a: b}}
       |               ^^^^^^^^^
       |
       = help: write a string or a list of strings

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a string, found the number 1
      --> mappings/vault.yaml:28:12
       |
    28 |   secrets: 1
       |            ^
       |
       = help: write "1"

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a string, found the number 123456789012
      --> mappings/vault.yaml:30:22
       |
    30 |   allowed_accounts: [123456789012, 01234]
       |                      ^^^^^^^^^^^^
       |
       = help: write "123456789012"

    error[invalid-value]: YAML parsers disagree about what `01234` is
      --> mappings/vault.yaml:30:36
       |
    30 |   allowed_accounts: [123456789012, 01234]
       |                                    ^^^^^
       |
       = help: write "01234" for a string, or a number in plain decimal digits

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a mapping, found the number 1
      --> mappings/vault.yaml:22:8
       |
    22 |   aws: 1
       |        ^
       |
       = help: write `key: value` lines, indented below this

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn ttls_are_durations_in_order() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("default_lease_ttl: 30m", "default_lease_ttl: 30 minutes"),
        ("default_lease_ttl: 30m", "default_lease_ttl: 1d"),
        ("default_lease_ttl: 30m", "default_lease_ttl: 90m"),
        ("token_explicit_max_ttl: 10m\n", "token_explicit_max_ttl: 90m\n        token_max_ttl: 1h\n        token_ttl: 2h\n"),
        ("tools: {", "tools: {default_sts_ttl: 1h, max_sts_ttl: 600, "),
        ("    roles:\n      tools", "    lease: {lease: 2h, lease_max: 1h}\n    roles:\n      tools"),
    ]), @"
    error[invalid-value]: `30 minutes` is not a duration
      --> mappings/vault.yaml:17:24
       |
    17 |     default_lease_ttl: 30 minutes
       |                        ^^^^^^^^^^
       |
       = help: write a number of seconds, or `90s`, `10m`, `1h30m`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `1d` is not a duration
      --> mappings/vault.yaml:17:24
       |
    17 |     default_lease_ttl: 1d
       |                        ^^
       |
       = help: write a number of seconds, or `90s`, `10m`, `1h30m`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[ttl-order]: `default_lease_ttl` is longer than `max_lease_ttl`
      --> mappings/vault.yaml:17:24
       |
    17 |     default_lease_ttl: 90m
       |                        ^^^
    18 |     max_lease_ttl: 1h
       |                    -- the longest
       |
       = help: write `default_lease_ttl: 1h` or less, or a longer `max_lease_ttl`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[ttl-order]: `token_ttl` is longer than `token_explicit_max_ttl`
      --> mappings/vault.yaml:14:20
       |
    12 |         token_explicit_max_ttl: 90m
       |                                 --- the longest
    13 |         token_max_ttl: 1h
    14 |         token_ttl: 2h
       |                    ^^
       |
       = help: write `token_ttl: 1h30m` or less, or a longer `token_explicit_max_ttl`

    error[ttl-order]: `token_ttl` is longer than `token_max_ttl`
      --> mappings/vault.yaml:14:20
       |
    13 |         token_max_ttl: 1h
       |                        -- the longest
    14 |         token_ttl: 2h
       |                    ^^
       |
       = help: write `token_ttl: 1h` or less, or a longer `token_max_ttl`

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[ttl-order]: `default_sts_ttl` is longer than `max_sts_ttl`
      --> mappings/vault.yaml:20:32
       |
    20 |       tools: {default_sts_ttl: 1h, max_sts_ttl: 600, role_arns: [arn:aws:iam::123456789012:role/tools]}
       |                                ^^               --- the longest
       |
       = help: write `default_sts_ttl: 10m` or less, or a longer `max_sts_ttl`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[ttl-order]: `lease` is longer than `lease_max`
      --> mappings/vault.yaml:19:20
       |
    19 |     lease: {lease: 2h, lease_max: 1h}
       |                    ^^             -- the longest
       |
       = help: write `lease: 1h` or less, or a longer `lease_max`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn names_are_as_vault_keeps_them() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("  gitlab:\n", "  gitlab/:\n"),
        ("      aws:\n", "      AWS:\n"),
        ("      aws:\n", "      aws/x:\n"),
        ("      tools:", "      -tools:"),
        ("policies:\n  aws:", "policies:\n  AWS:"),
        ("policies:\n  aws:", "policies:\n  root:"),
        ("\"{project_id}-{environment}\"", "\"{project_id}{environment}\""),
        ("\"{project_id}-{environment}\"", "\"{project_id}/{environment}\""),
    ]), @r#"
    error[invalid-value]: `gitlab/` is not a mount path
     --> mappings/vault.yaml:3:3
      |
    3 |   gitlab/:
      |   ^^^^^^^
      |
      = help: write `gitlab`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: Vault lowercases the names of JWT roles, so `AWS` would become another
     --> mappings/vault.yaml:7:7
      |
    7 |       AWS:
      |       ^^^
      |
      = help: write `aws`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `aws/x` is not a JWT role's name
     --> mappings/vault.yaml:7:7
      |
    7 |       aws/x:
      |       ^^^^^
      |
      = help: write letters, digits and `_`, with `-` or `.` only between them

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `-tools` is not an AWS role's name
      --> mappings/vault.yaml:20:7
       |
    20 |       -tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ^^^^^^
       |
       = help: write letters, digits and `_`, with `-` or `.` or `@` only between them

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: Vault lowercases the names of policies, so `AWS` would become another
      --> mappings/vault.yaml:22:3
       |
    22 |   AWS:
       |   ^^^
       |
       = help: write `aws`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    warning[unknown-policy]: these files have no policy `aws`
      --> mappings/vault.yaml:13:26
       |
    13 |         token_policies: [aws]
       |                          ^^^
       |
       = help: add it under `policies`, unless it is managed elsewhere: until it is in Vault, it grants nothing

    error[invalid-value]: `root` is Vault's own policy and can't be written
      --> mappings/vault.yaml:22:3
       |
    22 |   root:
       |   ^^^^
       |
       = help: write another name

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `{project_id}{environment}` does not give every project and environment a name of its own
      --> mappings/vault.yaml:29:14
       |
    29 |   role_name: "{project_id}{environment}"
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `{project_id}`, something that is not a digit, and `{environment}`, such as `{project_id}-{environment}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `1/e` is not an AWS role's name
      --> mappings/vault.yaml:29:14
       |
    29 |   role_name: "{project_id}/{environment}"
       |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write letters, digits and `_`, with `-` or `.` or `@` only between them

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn jwt_methods_and_roles_are_complete() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("{jwks_url: https://git.example.com/-/jwks}", "{bound_issuer: https://git.example.com}"),
        ("{jwks_url:", "{oidc_discovery_url: https://git.example.com, jwks_url:"),
        ("        user_claim: project_id\n", ""),
        ("        bound_audiences: [https://vault.example.com]\n        bound_claims: {environment: dev, project_id: \"365\"}\n", ""),
        ("user_claim: project_id\n", "user_claim: project_id\n        role_type: oidc\n"),
    ]), @"
    error[jwt-config]: the source of the keys that sign the JWTs is missing
     --> mappings/vault.yaml:5:5
      |
    5 |     config: {bound_issuer: https://git.example.com}
      |     ^^^^^^
      |
      = help: add `jwks_url` with GitLab's address, such as `https://git.example.com/-/jwks`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-config]: Vault accepts only one source of the signing keys
     --> mappings/vault.yaml:5:59
      |
    5 |     config: {oidc_discovery_url: https://git.example.com, jwks_url: https://git.example.com/-/jwks}
      |              ------------------ the other one             ^^^^^^^^
      |
      = help: remove one of the two

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws` has no `user_claim`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: add `user_claim: project_id`: the claim that tells one project from another

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws` would admit every JWT, and Vault refuses that
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: add `bound_audiences` and `bound_claims`: the claims that a job's JWT must have

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws` is for browsers and has no `allowed_redirect_uris`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: add them, or write `role_type: jwt` for a role that jobs use

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn claims_are_strings() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("{environment: dev, project_id: \"365\"}", "{project_id: 7012, ref_protected: true, ref: [main, 1]}"),
        ("{environment: dev, project_id: \"365\"}", "{project_id: 1.5}"),
    ]), @r#"
    error[claim-type]: GitLab's claims are strings, so `7012` without quotes never matches
      --> mappings/vault.yaml:10:36
       |
    10 |         bound_claims: {project_id: 7012, ref_protected: true, ref: [main, 1]}
       |                                    ^^^^
       |
       = help: write "7012"

    error[claim-type]: GitLab's claims are strings, so `true` without quotes never matches
      --> mappings/vault.yaml:10:57
       |
    10 |         bound_claims: {project_id: 7012, ref_protected: true, ref: [main, 1]}
       |                                                         ^^^^
       |
       = help: write "true"

    error[claim-type]: GitLab's claims are strings, so `1` without quotes never matches
      --> mappings/vault.yaml:10:75
       |
    10 |         bound_claims: {project_id: 7012, ref_protected: true, ref: [main, 1]}
       |                                                                           ^
       |
       = help: write "1"

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[claim-type]: GitLab's claims are strings, so `1.5` without quotes never matches
      --> mappings/vault.yaml:10:36
       |
    10 |         bound_claims: {project_id: 1.5}
       |                                    ^^^
       |
       = help: write "1.5"

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn roles_of_the_aws_engine_are_what_vault_takes() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("[arn:aws:iam::123456789012:role/tools]", "[arn:aws:iam::1234567890:role/tools, arn:aws:s3:::bucket]"),
        ("[arn:aws:iam::123456789012:role/tools]", "arn:aws:iam::999999999999:role/tools"),
        ("{role_arns: [arn:aws:iam::123456789012:role/tools]}", "{}"),
        ("{role_arns:", "{credential_type: iam_user, user_path: /a/, max_sts_ttl: 1h, role_arns:"),
        ("{role_arns:", "{credential_type: assume_role, role_arns:"),
        ("{role_arns:", "{policy_document: \"no json\", role_arns:"),
    ]), @r#"
    error[invalid-value]: `arn:aws:iam::1234567890:role/tools` is not the ARN of an IAM role: the account `1234567890` has 10 digits, not 12
      --> mappings/vault.yaml:20:27
       |
    20 |       tools: {role_arns: [arn:aws:iam::1234567890:role/tools, arn:aws:s3:::bucket]}
       |                           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error[invalid-value]: `arn:aws:s3:::bucket` is not the ARN of an IAM role: the service is `s3`, not `iam`
      --> mappings/vault.yaml:20:63
       |
    20 |       tools: {role_arns: [arn:aws:iam::1234567890:role/tools, arn:aws:s3:::bucket]}
       |                                                               ^^^^^^^^^^^^^^^^^^^
       |
       = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[account]: the AWS account 999999999999 is not allowed here
      --> mappings/vault.yaml:20:26
       |
    20 |       tools: {role_arns: arn:aws:iam::999999999999:role/tools}
       |                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write a role of 123456789012, or add the account to `mappings.allowed_accounts` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[aws-role]: the role `tools` grants nothing
      --> mappings/vault.yaml:20:7
       |
    20 |       tools: {}
       |       ^^^^^
       |
       = help: add `role_arns` with the ARN of the IAM role

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[aws-role]: the role `tools` grants nothing
      --> mappings/vault.yaml:20:7
       |
    20 |       tools: {credential_type: iam_user, user_path: /a/, max_sts_ttl: 1h, role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ^^^^^
       |
       = help: add one of `policy_arns`, `policy_document` and `iam_groups`

    error[aws-role]: Vault refuses `max_sts_ttl` in a role with the credential type `iam_user`
      --> mappings/vault.yaml:20:58
       |
    20 |       tools: {credential_type: iam_user, user_path: /a/, max_sts_ttl: 1h, role_arns: [arn:aws:iam::123456789012:role/tools]}
       |                                                          ^^^^^^^^^^^
       |
       = help: remove it, or write `credential_type: assumed_role` or `federation_token` or `session_token`

    error[aws-role]: Vault refuses `role_arns` in a role with the credential type `iam_user`
      --> mappings/vault.yaml:20:75
       |
    20 |       tools: {credential_type: iam_user, user_path: /a/, max_sts_ttl: 1h, role_arns: [arn:aws:iam::123456789012:role/tools]}
       |                                                                           ^^^^^^^^^
       |
       = help: remove it, or write `credential_type: assumed_role`

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-value]: unknown value `assume_role`
      --> mappings/vault.yaml:20:32
       |
    20 |       tools: {credential_type: assume_role, role_arns: [arn:aws:iam::123456789012:role/tools]}
       |                                ^^^^^^^^^^^
       |
       = help: write `assumed_role`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[aws-role]: a policy document is a JSON object
      --> mappings/vault.yaml:20:32
       |
    20 |       tools: {policy_document: "no json", role_arns: [arn:aws:iam::123456789012:role/tools]}
       |                                ^^^^^^^^^
       |
       = help: write it as a mapping, or as the text of a JSON object

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn keys_never_stand_in_a_file_and_are_never_shown() {
    let roles = "    roles:\n      tools";
    let configs = [
        "config: {access_key: AKIAIOSFODNN7EXAMPLE, secret_key: wJalrXUtnFEMI}",
        "config:\n      access_key_env: AWS_KEY\n      secret_key: wJalrXUtnFEMI",
        "config: {acess_key: AKIAIOSFODNN7EXAMPLE, secret_access_key: wJalrXUtnFEMI}",
        "secret_key: wJalrXUtnFEMI",
        "config: {secret_key: [wJalrXUtnFEMI}",
        "config: {access_key_env: AWS_KEY}",
        "config: {access_key_env: AWS_KEY, access_key_file: key, secret_key_file: 5}",
        "config: {access_key_env: AWS_KEY, secret_key_evn: AWS_SECRET}",
    ];
    let changes: Vec<String> = configs
        .iter()
        .map(|config| format!("    {config}\n{roles}"))
        .collect();
    let changes: Vec<(&str, &str)> = changes.iter().map(|to| (roles, to.as_str())).collect();
    let said = mistakes_in_platform(&changes);
    assert!(!said.contains("AKIA") && !said.contains("wJal"), "{said}");
    insta::assert_snapshot!(said, @r#"
    error[credentials]: a key must not be written into a file: whoever reads the repository has it
      --> mappings/vault.yaml:19:14
       |
    19 |     config: {access_key: ********************, secret_key: *************}
       |              ^^^^^^^^^^
       |
       = help: revoke this key; write `access_key_env: NAME` with the variable, or `access_key_file: PATH` with the file, that holds the new one when `apply` runs

    error[credentials]: a key must not be written into a file: whoever reads the repository has it
      --> mappings/vault.yaml:19:48
       |
    19 |     config: {access_key: ********************, secret_key: *************}
       |                                                ^^^^^^^^^^
       |
       = help: revoke this key; write `secret_key_env: NAME` with the variable, or `secret_key_file: PATH` with the file, that holds the new one when `apply` runs

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[credentials]: a key must not be written into a file: whoever reads the repository has it
      --> mappings/vault.yaml:21:7
       |
    21 |       secret_key: *************
       |       ^^^^^^^^^^
       |
       = help: revoke this key; write `secret_key_env: NAME` with the variable, or `secret_key_file: PATH` with the file, that holds the new one when `apply` runs

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[credentials]: a key must not be written into a file: whoever reads the repository has it
      --> mappings/vault.yaml:19:14
       |
    19 |     config: {acess_key: ********************, secret_access_key: *************}
       |              ^^^^^^^^^
       |
       = help: revoke this key; write `access_key_env: NAME` with the variable, or `access_key_file: PATH` with the file, that holds the new one when `apply` runs

    error[credentials]: a key must not be written into a file: whoever reads the repository has it
      --> mappings/vault.yaml:19:47
       |
    19 |     config: {acess_key: ********************, secret_access_key: *************}
       |                                               ^^^^^^^^^^^^^^^^^
       |
       = help: revoke this key; write `secret_key_env: NAME` with the variable, or `secret_key_file: PATH` with the file, that holds the new one when `apply` runs

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `secret_key`
      --> mappings/vault.yaml:19:5
       |
    19 |     secret_key: *************
       |     ^^^^^^^^^^
       |
       = help: known here: type, description, default_lease_ttl, max_lease_ttl, config, lease, roles, allow

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[syntax]: a `,` or the closing bracket is missing
      --> mappings/vault.yaml:19:40
       |
    19 |     config: {secret_key: **************}
       |                          - opened here ^
       |
       = help: between brackets, a text that contains `{`, `}`, `[`, `]` or `,` must be in quotes

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[credentials]: `access_key` is given and `secret_key` is not: an access key has both parts
      --> mappings/vault.yaml:19:5
       |
    19 |     config: {access_key_env: AWS_KEY}
       |     ^^^^^^
       |
       = help: add `secret_key_env: NAME` or `secret_key_file: PATH`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[credentials]: `access_key` has two places
      --> mappings/vault.yaml:19:39
       |
    19 |     config: {access_key_env: AWS_KEY, access_key_file: key, secret_key_file: 5}
       |              --------------           ^^^^^^^^^^^^^^^
       |              |
       |              the other one
       |
       = help: remove one of the two

    error[wrong-type]: expected a string, found the number 5
      --> mappings/vault.yaml:19:78
       |
    19 |     config: {access_key_env: AWS_KEY, access_key_file: key, secret_key_file: 5}
       |                                                                              ^
       |
       = help: write "5"

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `secret_key_evn`
      --> mappings/vault.yaml:19:39
       |
    19 |     config: {access_key_env: AWS_KEY, secret_key_evn: **********}
       |                                       ^^^^^^^^^^^^^^
       |
       = help: write `secret_key_env`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn the_key_of_a_provider_is_never_shown() {
    let mappings = good();
    mappings.replace(
        "vault.yaml",
        "    config: {jwks_url: https://git.example.com/-/jwks}\n",
        "    config:
      oidc_discovery_url: https://accounts.google.com
      provider_config:
        provider: gsuite
        gsuite_service_account: |
          -----BEGIN PRIVATE KEY-----
          bm90IGEga2V5
          -----END PRIVATE KEY-----
",
    );
    let said = mistakes(&mappings);
    assert!(!said.contains("bm90"), "{said}");
    insta::assert_snapshot!(said, @"
    error[credentials]: a key must not be written into a file: whoever reads the repository has it
      --> mappings/vault.yaml:10:11
       |
    10 |           -----BEGIN ******* ********
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: revoke it, and write the path of its file on the Vault server

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn mounts_lie_beside_each_other_and_beside_vaults_own() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("secrets:\n  aws:\n", "secrets:\n  sys/aws: {type: aws}\n  identity: {type: aws}\n  aws:\n"),
        ("auth:\n", "auth:\n  token: {type: jwt}\n"),
        ("secrets:\n  aws:\n", "secrets:\n  aws-1: {type: aws}\n  aws/team/x: {type: aws}\n  aws:\n"),
    ]), @"
    error[mount]: the path `sys/aws` belongs to Vault itself
      --> mappings/vault.yaml:15:3
       |
    15 |   sys/aws: {type: aws}
       |   ^^^^^^^
       |
       = help: write another path

    error[mount]: the path `identity` belongs to Vault itself
      --> mappings/vault.yaml:16:3
       |
    16 |   identity: {type: aws}
       |   ^^^^^^^^
       |
       = help: write another path

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: the path `token` belongs to Vault itself
     --> mappings/vault.yaml:3:3
      |
    3 |   token: {type: jwt}
      |   ^^^^^
      |
      = help: write another path

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: `aws/team/x` would lie inside of `aws`, and Vault refuses that
      --> mappings/vault.yaml:16:3
       |
    16 |   aws/team/x: {type: aws}
       |   ^^^^^^^^^^
    17 |   aws:
       |   --- the outer one
       |
       = help: write a path that does not begin with `aws/`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn what_is_left_alone_or_removed_is_not_managed() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("mappings:\n", "unmanaged: {aws_roles: [legacy-*, to*], jwt_roles: [aws]}\nmappings:\n"),
        ("mappings:\n", "unmanaged: {aws_roles: [365-*, \"a[\"], jwt_role: [x]}\nmappings:\n"),
        ("mappings:\n", "removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]\nmappings:\n"),
        ("mappings:\n", "removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]\nmappings:\n"),
        ("mappings:\n", "removed: [{polic: old}, old, {auth: a, secrets: b}]\nmappings:\n"),
        ("mappings:\n", "guardrails: {max_delete_percent: 300, delete_floor: -1}\nmappings:\n"),
    ]), @r#"
    error[unmanaged]: the role `aws` is managed here and left alone too
      --> mappings/vault.yaml:7:7
       |
     7 |       aws:
       |       ^^^
    ...
    27 | unmanaged: {aws_roles: [legacy-*, to*], jwt_roles: [aws]}
       |                                                     --- leaves it alone
       |
       = help: remove the role, or narrow the glob under `unmanaged`

    error[unmanaged]: the role `tools` is managed here and left alone too
      --> mappings/vault.yaml:20:7
       |
    20 |       tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ^^^^^
    ...
    27 | unmanaged: {aws_roles: [legacy-*, to*], jwt_roles: [aws]}
       |                                   --- leaves it alone
       |
       = help: remove the role, or narrow the glob under `unmanaged`

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unmanaged]: this becomes the role `365-dev`, which is left alone
      --> mappings/projects/team/app.yaml:4:3
       |
     4 |   dev: arn:aws:iam::123456789012:role/app
       |   ^^^
       |
      ::: mappings/vault.yaml:27:25
       |
    27 | unmanaged: {aws_roles: [365-*, "a["], jwt_role: [x]}
       |                         ----- leaves it alone
       |
       = help: narrow the glob, so that it leaves this role out

    error[glob]: this is not a glob: unclosed character class; missing ']'
      --> mappings/vault.yaml:27:32
       |
    27 | unmanaged: {aws_roles: [365-*, "a["], jwt_role: [x]}
       |                                ^^^^
       |
       = help: write a name in which `*` stands for any text, such as `legacy-*`

    error[unknown-key]: unknown key `jwt_role`
      --> mappings/vault.yaml:27:39
       |
    27 | unmanaged: {aws_roles: [365-*, "a["], jwt_role: [x]}
       |                                       ^^^^^^^^
       |
       = help: write `jwt_roles`

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[removed]: `gitlab` is declared, and to be removed too
      --> mappings/vault.yaml:27:18
       |
     3 |   gitlab:
       |   ------ declared here
    ...
    27 | removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]
       |                  ^^^^^^
       |
       = help: remove one of the two

    error[removed]: `aws` is declared, and to be removed too
      --> mappings/vault.yaml:27:37
       |
    15 |   aws:
       |   --- declared here
    ...
    27 | removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]
       |                                     ^^^
       |
       = help: remove one of the two

    error[removed]: `aws` is declared, and to be removed too
      --> mappings/vault.yaml:27:52
       |
    22 |   aws:
       |   --- declared here
    ...
    27 | removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]
       |                                                    ^^^
       |
       = help: remove one of the two

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[removed]: `default` belongs to Vault itself and can't be removed
      --> mappings/vault.yaml:27:35
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                                   ^^^^^^^
       |
       = help: remove this line

    error[removed]: `token` belongs to Vault itself and can't be removed
      --> mappings/vault.yaml:27:52
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                                                    ^^^^^
       |
       = help: remove this line

    error[removed]: `sys` belongs to Vault itself and can't be removed
      --> mappings/vault.yaml:27:70
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                                                                      ^^^
       |
       = help: remove this line

    error[removed]: `old` is named twice
      --> mappings/vault.yaml:27:85
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                    --- first here                                                   ^^^
       |
       = help: remove one of the two

    error: 4 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: each item names one thing to remove
      --> mappings/vault.yaml:27:11
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |           ^
       |
       = help: write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`

    error[unknown-key]: unknown key `polic`
      --> mappings/vault.yaml:27:12
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |            ^^^^^
       |
       = help: write `policy`

    error[wrong-type]: expected `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`, found a string
      --> mappings/vault.yaml:27:25
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |                         ^^^
       |
       = help: write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`

    error[invalid-value]: each item names one thing to remove
      --> mappings/vault.yaml:27:30
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |                              ^
       |
       = help: write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`

    error: 4 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: 300 is not a percentage
      --> mappings/vault.yaml:27:34
       |
    27 | guardrails: {max_delete_percent: 300, delete_floor: -1}
       |                                  ^^^
       |
       = help: write 0 to 100

    error[wrong-type]: expected a positive whole number, found the number -1
      --> mappings/vault.yaml:27:53
       |
    27 | guardrails: {max_delete_percent: 300, delete_floor: -1}
       |                                                     ^^
       |
       = help: write a positive whole number

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn for_each_makes_names_that_differ() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("[aws]\n", "[aws]\n        for_each: projects\n"),
        ("[aws]\n", "[aws]\n        for_each: environments\n"),
        ("      aws:\n        user_claim", "      aws-{environment}:\n        user_claim"),
        ("      aws:\n        user_claim", "      aws-{env}:\n        for_each: environments\n        user_claim"),
        ("{environment: dev, project_id: \"365\"}", "{environment: \"{environment}\"}"),
        ("[aws]\n", "[aws]\n        protected_bound_claims: {ref_protected: \"true\"}\n"),
        ("      aws:\n        user_claim", "      aws-dev: {}\n      aws-{environment}:\n        for_each: environments\n        user_claim"),
    ]), @r#"
    error[for-each]: the copies for each environment would all have the name `aws`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: put `{environment}` into the name, such as `aws-{environment}`

    error[for-each]: `for_each` supports nothing but `environments`
      --> mappings/vault.yaml:14:19
       |
    14 |         for_each: projects
       |                   ^^^^^^^^
       |
       = help: write `for_each: environments`

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[for-each]: the copies for each environment would all have the name `aws`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: put `{environment}` into the name, such as `aws-{environment}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[for-each]: nothing fills `{environment}` here
     --> mappings/vault.yaml:7:7
      |
    7 |       aws-{environment}:
      |       ^^^^^^^^^^^^^^^^^
      |
      = help: add `for_each: environments` to `aws-{environment}`: then there is one for each environment

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[for-each]: there is no placeholder `{env}`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws-{env}:
      |       ^^^^^^^^^
      |
      = help: write `{environment}`; Vault's own templates have two braces: `{{…}}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[for-each]: nothing fills `{environment}` here
      --> mappings/vault.yaml:10:37
       |
    10 |         bound_claims: {environment: "{environment}"}
       |                                     ^^^^^^^^^^^^^^^
       |
       = help: add `for_each: environments` to `aws`: then there is one for each environment

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[for-each]: `protected_bound_claims` has an effect together with `for_each` only
      --> mappings/vault.yaml:14:9
       |
    14 |         protected_bound_claims: {ref_protected: "true"}
       |         ^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the claims under `bound_claims`, or add `for_each: environments`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws-dev` has no `user_claim`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws-dev: {}
      |       ^^^^^^^
      |
      = help: add `user_claim: project_id`: the claim that tells one project from another

    error[jwt-role]: the role `aws-dev` would admit every JWT, and Vault refuses that
     --> mappings/vault.yaml:7:7
      |
    7 |       aws-dev: {}
      |       ^^^^^^^
      |
      = help: add `bound_audiences` and `bound_claims`: the claims that a job's JWT must have

    error[duplicate-key]: the key `aws-dev` is repeated
     --> mappings/vault.yaml:8:7
      |
    7 |       aws-dev: {}
      |       ------- first here
    8 |       aws-{environment}:
      |       ^^^^^^^^^^^^^^^^^ repeated here
      |
      = help: remove one of the two; parsers that accept both keep the last one

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn for_each_needs_environments_in_lower_case() {
    let mappings = good();
    mappings.replace("projects/team/app.yaml", "dev:", "Prod:");
    mappings.replace(
        "vault.yaml",
        "policies:\n  aws:\n",
        "policies:\n  aws-{environment}:\n    for_each: environments\n",
    );
    mappings.replace("vault.yaml", "token_policies: [aws]", "token_policies: []");
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[for-each]: the environment `Prod` has upper-case letters, and Vault lowercases the names of roles and policies
      --> mappings/projects/team/app.yaml:4:3
       |
     4 |   Prod: arn:aws:iam::123456789012:role/app
       |   ^^^^
       |
      ::: mappings/vault.yaml:22:3
       |
    22 |   aws-{environment}:
       |   ----------------- its name would be part of this one
       |
       = help: rename the environment to `prod`, here and in the project's pipeline

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn projects_need_to_know_their_engine() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("mappings:\n  secrets: aws\n  role_name: \"{project_id}-{environment}\"\n  allowed_accounts: [\"123456789012\"]\n", ""),
        ("mappings:\n  secrets: aws\n", "mappings:\n  secrets: awss\n"),
        ("  role_name: \"{project_id}-{environment}\"\n", ""),
    ]), @r#"
    error[missing-key]: `mappings` is missing: it names the engine for the roles of the projects
     --> mappings/vault.yaml:1:1
      |
    1 | version: 1
      | ^
      |
     ::: mappings/projects/team/app.yaml:1:1
      |
    1 | project: team/app
      | ------- the first project
      |
      = help: add `mappings: {secrets: aws, role_name: "{project_id}-{environment}"}` with the path of an engine under `secrets`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[reference]: these files have no secrets mount `awss`
      --> mappings/vault.yaml:28:12
       |
    28 |   secrets: awss
       |            ^^^^
       |
       = help: write the path of one that is under `secrets`, or add it there

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-key]: `role_name` is missing
      --> mappings/vault.yaml:27:1
       |
    27 | mappings:
       | ^^^^^^^^
       |
       = help: add `role_name: …`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn references_are_for_policies() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("jwks_url: https://git.example.com/-/jwks", "jwks_url: \"https://${secrets.aws.path}\""),
        ("policies:\n  aws:", "policies:\n  x-${auth.gitlab.path}:"),
    ]), @r#"
    error[reference]: `${…}` is filled in the rules of policies only
     --> mappings/vault.yaml:5:24
      |
    5 |     config: {jwks_url: "https://${secrets.aws.path}"}
      |                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write the value here, such as the path of the mount

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    warning[unknown-policy]: these files have no policy `aws`
      --> mappings/vault.yaml:13:26
       |
    13 |         token_policies: [aws]
       |                          ^^^
       |
       = help: add it under `policies`, unless it is managed elsewhere: until it is in Vault, it grants nothing

    error[reference]: `${…}` is filled in the rules of policies only
      --> mappings/vault.yaml:22:3
       |
    22 |   x-${auth.gitlab.path}:
       |   ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write the value here, such as the path of the mount

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn roles_are_what_vault_lets_log_in() {
    let mappings = good();
    mappings.replace(
        "vault.yaml",
        "        claim_mappings: {project_id: project_id}\n",
        "        claim_mappings: {project_id: project_id, job_id: project_id, ref: role}
        token_bound_cidrs: [10.0.0.0/8, 10.0.0.0/33, \"example.com\"]
        token_type: batch
        token_period: 1h
        token_num_uses: 3
",
    );
    mappings.replace(
        "vault.yaml",
        "token_policies: [aws]",
        "token_policies: [aws, root]",
    );
    insta::assert_snapshot!(mistakes(&mappings), @r#"
    error[claim-mapping]: two claims can't both become the metadata `project_id`
      --> mappings/vault.yaml:11:58
       |
    11 |         claim_mappings: {project_id: project_id, job_id: project_id, ref: role}
       |                                      ----------          ^^^^^^^^^^
       |                                      |
       |                                      the other one
       |
       = help: give each claim a name of its own

    error[claim-mapping]: Vault reserves the metadata `role`
      --> mappings/vault.yaml:11:75
       |
    11 |         claim_mappings: {project_id: project_id, job_id: project_id, ref: role}
       |                                                                           ^^^^
       |
       = help: write another name

    error[network]: `10.0.0.0/33` is not a network
      --> mappings/vault.yaml:12:41
       |
    12 |         token_bound_cidrs: [10.0.0.0/8, 10.0.0.0/33, "example.com"]
       |                                         ^^^^^^^^^^^
       |
       = help: write an IP address, or one with the length of its prefix, such as `10.0.0.0/8`

    error[network]: `example.com` is not a network
      --> mappings/vault.yaml:12:54
       |
    12 |         token_bound_cidrs: [10.0.0.0/8, 10.0.0.0/33, "example.com"]
       |                                                      ^^^^^^^^^^^^^
       |
       = help: write an IP address, or one with the length of its prefix, such as `10.0.0.0/8`

    error[batch-token]: a batch token can't be periodic
      --> mappings/vault.yaml:14:23
       |
    13 |         token_type: batch
       |                     ----- a batch token
    14 |         token_period: 1h
       |                       ^^
       |
       = help: remove `token_period`, or write `token_type: service`

    error[batch-token]: the uses of a batch token can't be counted
      --> mappings/vault.yaml:15:25
       |
    13 |         token_type: batch
       |                     ----- a batch token
    14 |         token_period: 1h
    15 |         token_num_uses: 3
       |                         ^
       |
       = help: remove `token_num_uses`, or write `token_type: service`

    error[root-token]: Vault refuses every login with a role that has the policy `root`
      --> mappings/vault.yaml:17:31
       |
    17 |         token_policies: [aws, root]
       |                               ^^^^
       |
       = help: name the policies that these jobs need

    error: 7 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn a_file_that_is_no_platform_says_so() {
    for text in [
        "- version: 1\n",
        "just a text\n",
        "---\nversion: 1\n---\nversion: 1\n",
    ] {
        let said = mistakes(&Mappings::of(text));
        assert!(said.contains("mappings/vault.yaml:"), "{said}");
    }
}
