//! Mistakes in vault.yaml.

use super::{mistakes, mistakes_in_platform};
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
fn values_have_the_right_type_and_consequences_of_a_wrong_one_are_not_reported() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("user_claim: project_id", "user_claim: 1"),
        ("{environment: dev, project_id: \"365\"}", "iss"),
        ("token_policies: [aws]", "token_policies: {aws: true}"),
        ("type: jwt", "type: jwt\n    listing_visibility: shown"),
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

    error[unknown-value]: unknown value `shown`
     --> mappings/vault.yaml:5:25
      |
    5 |     listing_visibility: shown
      |                         ^^^^^
      |
      = help: known here: hidden, unauth

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
        ("tools: {", "tools: {default_sts_ttl: 1h, max_sts_ttl: 20m, "),
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
    20 |       tools: {default_sts_ttl: 1h, max_sts_ttl: 20m, role_arns: [arn:aws:iam::123456789012:role/tools]}
       |                                ^^               --- the longest
       |
       = help: write `default_sts_ttl: 20m` or less, or a longer `max_sts_ttl`

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

    error[invalid-value]: Vault does not let the policy `root` be written
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
fn a_file_that_is_not_a_platform_is_reported() {
    for text in [
        "- version: 1\n",
        "just a text\n",
        "---\nversion: 1\n---\nversion: 1\n",
    ] {
        let said = mistakes(&Mappings::of(text));
        assert!(said.contains("mappings/vault.yaml:"), "{said}");
    }
}
