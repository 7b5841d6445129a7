//! Keys and values that the files cannot have.

use super::{each, mistakes};

#[test]
fn a_right_file_has_none() {
    assert_eq!(
        mistakes(
            r#"
description: on
id: 7012
enabled: true
max_lease_ttl: 1h30m
token_policies: read-only
accounts: ["012345678901"]
credential_type: iam_user
bound_claims: {project_id: "7012", ref: "release/*"}
roles:
  365-dev: {role_arn: arn:aws:iam::123456789012:role/x, user: a}
removed: [{auth: old}, {policy: older}]
"#
        ),
        ""
    );
}

#[test]
fn wrong_types_say_what_to_write() {
    insta::assert_snapshot!(each([r#"
description: 7012
id: "7012"
enabled: yes
max_lease_ttl: [1h]
token_policies: {a: b}
accounts: [123456789012, 012345678901, 1.5, true, null]
bound_claims: {project_id: 7012, ref_protected: true, x: }
roles: []
removed: old
"#, "just text", "- a list", "id: -1\nmax_lease_ttl: 1.5\ndescription:\nroles:\n"]), @r#"
error[wrong-type]: expected a string, found the number 7012
 --> mappings/vault.yaml:2:14
  |
2 | description: 7012
  |              ^^^^
  |
  = help: write "7012"

error[wrong-type]: expected a positive whole number, found a string
 --> mappings/vault.yaml:3:5
  |
3 | id: "7012"
  |     ^^^^^^
  |
  = help: write 7012 without quotes

error[wrong-type]: expected true or false, found a string
 --> mappings/vault.yaml:4:10
  |
4 | enabled: yes
  |          ^^^
  |
  = help: write true

error[wrong-type]: expected a number of seconds, or a duration such as `10m`, found a list
 --> mappings/vault.yaml:5:1
  |
5 | max_lease_ttl: [1h]
  | ^^^^^^^^^^^^^
  |
  = help: write a number of seconds, or a duration such as `10m`

error[wrong-type]: expected a string or a list of strings, found a mapping
 --> mappings/vault.yaml:6:1
  |
6 | token_policies: {a: b}
  | ^^^^^^^^^^^^^^
  |
  = help: write a string or a list of strings

error[wrong-type]: expected a string, found the number 123456789012
 --> mappings/vault.yaml:7:12
  |
7 | accounts: [123456789012, 012345678901, 1.5, true, null]
  |            ^^^^^^^^^^^^
  |
  = help: write "123456789012"

error[invalid-value]: YAML parsers disagree about what `012345678901` is
 --> mappings/vault.yaml:7:26
  |
7 | accounts: [123456789012, 012345678901, 1.5, true, null]
  |                          ^^^^^^^^^^^^
  |
  = help: write "012345678901" for a string, or a number in plain decimal digits

error[wrong-type]: expected a string, found the number 1.5
 --> mappings/vault.yaml:7:40
  |
7 | accounts: [123456789012, 012345678901, 1.5, true, null]
  |                                        ^^^
  |
  = help: write "1.5"

error[wrong-type]: expected a string, found the boolean true
 --> mappings/vault.yaml:7:45
  |
7 | accounts: [123456789012, 012345678901, 1.5, true, null]
  |                                             ^^^^
  |
  = help: write "true"

error[wrong-type]: expected a string, found nothing
 --> mappings/vault.yaml:7:51
  |
7 | accounts: [123456789012, 012345678901, 1.5, true, null]
  |                                                   ^^^^
  |
  = help: write a value, or remove this

error[wrong-type]: expected a string, found the number 7012
 --> mappings/vault.yaml:8:28
  |
8 | bound_claims: {project_id: 7012, ref_protected: true, x: }
  |                            ^^^^
  |
  = help: write "7012"

error[wrong-type]: expected a string, found the boolean true
 --> mappings/vault.yaml:8:49
  |
8 | bound_claims: {project_id: 7012, ref_protected: true, x: }
  |                                                 ^^^^
  |
  = help: write "true"

error[wrong-type]: expected a string, found nothing
 --> mappings/vault.yaml:8:55
  |
8 | bound_claims: {project_id: 7012, ref_protected: true, x: }
  |                                                       ^
  |
  = help: write a value, or remove this

error[wrong-type]: expected a mapping, found a list
 --> mappings/vault.yaml:9:1
  |
9 | roles: []
  | ^^^^^
  |
  = help: write `key: value` lines, indented below this

error[wrong-type]: expected a list, found a string
  --> mappings/vault.yaml:10:10
   |
10 | removed: old
   |          ^^^
   |
   = help: write each item as `- item` on a line of its own, or `[item, item]`

error[wrong-type]: expected a mapping, found a string
 --> mappings/vault.yaml:1:1
  |
1 | just text
  | ^^^^^^^^^
  |
  = help: write `key: value` lines, indented below this

error[wrong-type]: expected a mapping, found a list
 --> mappings/vault.yaml:1:1
  |
1 | - a list
  | ^
  |
  = help: write `key: value` lines, indented below this

error[invalid-value]: -1 is not a project's id
 --> mappings/vault.yaml:1:5
  |
1 | id: -1
  |     ^^
  |
  = help: write the number that GitLab shows on the project's page

error[wrong-type]: expected a number of seconds, or a duration such as `10m`, found the number 1.5
 --> mappings/vault.yaml:2:16
  |
2 | max_lease_ttl: 1.5
  |                ^^^
  |
  = help: write a number of seconds, or a duration such as `10m`

error[wrong-type]: expected a string, found nothing
 --> mappings/vault.yaml:3:1
  |
3 | description:
  | ^^^^^^^^^^^
  |
  = help: write a value, or remove this

error[wrong-type]: expected a mapping, found nothing
 --> mappings/vault.yaml:4:1
  |
4 | roles:
  | ^^^^^
  |
  = help: write `key: value` lines, indented below this, or `{}` for an empty one
"#);
}

#[test]
fn unclear_numbers_are_refused() {
    insta::assert_snapshot!(mistakes("id: 0365\ndescription: 0x1F\nmax_lease_ttl: 99999999999999999999\nbound_claims: {a: .inf}\n"), @r#"
    error[invalid-value]: YAML parsers disagree about what `0365` is
     --> mappings/vault.yaml:1:5
      |
    1 | id: 0365
      |     ^^^^
      |
      = help: write "0365" for a string, or a number in plain decimal digits

    error[invalid-value]: YAML parsers disagree about what `0x1F` is
     --> mappings/vault.yaml:2:14
      |
    2 | description: 0x1F
      |              ^^^^
      |
      = help: write "0x1F" for a string, or a number in plain decimal digits

    error[invalid-value]: YAML parsers disagree about what `99999999999999999999` is
     --> mappings/vault.yaml:3:16
      |
    3 | max_lease_ttl: 99999999999999999999
      |                ^^^^^^^^^^^^^^^^^^^^
      |
      = help: write "99999999999999999999" for a string, or a number in plain decimal digits

    error[invalid-value]: YAML parsers disagree about what `.inf` is
     --> mappings/vault.yaml:4:19
      |
    4 | bound_claims: {a: .inf}
      |                   ^^^^
      |
      = help: write ".inf" for a string, or a number in plain decimal digits
    "#);
}

#[test]
fn unknown_keys_suggest_the_one_that_was_meant() {
    insta::assert_snapshot!(mistakes("descripton: x\nregion: eu-west-1\nroles:\n  a:\n    role_arm: x\n    user: x\n"), @"
    error[unknown-key]: unknown key `descripton`
     --> mappings/vault.yaml:1:1
      |
    1 | descripton: x
      | ^^^^^^^^^^
      |
      = help: write `description`

    error[unknown-key]: unknown key `region`
     --> mappings/vault.yaml:2:1
      |
    2 | region: eu-west-1
      | ^^^^^^
      |
      = help: known here: description, id, enabled, max_lease_ttl, token_policies, accounts, credential_type, bound_claims, roles, removed

    error[unknown-key]: unknown key `role_arm`
     --> mappings/vault.yaml:5:5
      |
    5 |     role_arm: x
      |     ^^^^^^^^
      |
      = help: write `role_arn`
    ");
}

#[test]
fn missing_keys_are_shown_at_the_key_of_their_mapping() {
    insta::assert_snapshot!(mistakes("roles:\n  365-dev: {}\n  365-prod:\n    user: x\n"), @"
    error[missing-key]: `role_arn` is missing
     --> mappings/vault.yaml:2:3
      |
    2 |   365-dev: {}
      |   ^^^^^^^
      |
      = help: add `role_arn: …`

    error[missing-key]: `role_arn` is missing
     --> mappings/vault.yaml:3:3
      |
    3 |   365-prod:
      |   ^^^^^^^^
      |
      = help: add `role_arn: …`
    ");
}

#[test]
fn unknown_values_suggest_the_one_that_was_meant() {
    insta::assert_snapshot!(each(["credential_type: assume_role\nremoved: [{auht: x}, {auth: x, policy: y}, {secrets: z}]\n", "credential_type: 1\n"]), @"
    error[unknown-value]: unknown value `assume_role`
     --> mappings/vault.yaml:1:18
      |
    1 | credential_type: assume_role
      |                  ^^^^^^^^^^^
      |
      = help: write `assumed_role`

    error[unknown-value]: unknown value `auht`
     --> mappings/vault.yaml:2:12
      |
    2 | removed: [{auht: x}, {auth: x, policy: y}, {secrets: z}]
      |            ^^^^
      |
      = help: write `auth`

    error[wrong-type]: expected one of auth, policy, found 2 items
     --> mappings/vault.yaml:2:22
      |
    2 | removed: [{auht: x}, {auth: x, policy: y}, {secrets: z}]
      |                      ^
      |
      = help: write one of auth, policy

    error[unknown-value]: unknown value `secrets`
     --> mappings/vault.yaml:2:45
      |
    2 | removed: [{auht: x}, {auth: x, policy: y}, {secrets: z}]
      |                                             ^^^^^^^
      |
      = help: known here: auth, policy

    error[unknown-value]: unknown value `1`
     --> mappings/vault.yaml:1:18
      |
    1 | credential_type: 1
      |                  ^
      |
      = help: known here: assumed_role, iam_user
    ");
}

#[test]
fn values_say_why_they_are_not_right() {
    insta::assert_snapshot!(each(["id: 0\nmax_lease_ttl: 10 minutes\nroles:\n  365/dev:\n    role_arn: arn:aws:iam::1234567890:role/x\n    max_sts_ttl: -5\n", "roles:\n  365-dev:\n    role_arn: arn:aws:iam::1234567890:role/x\n    max_sts_ttl: -5\n    user: 1\n"]), @r#"
    error[invalid-value]: 0 is not a project's id
     --> mappings/vault.yaml:1:5
      |
    1 | id: 0
      |     ^
      |
      = help: write the number that GitLab shows on the project's page

    error[invalid-value]: `10 minutes` is not a duration
     --> mappings/vault.yaml:2:16
      |
    2 | max_lease_ttl: 10 minutes
      |                ^^^^^^^^^^
      |
      = help: write a number of seconds, or `90s`, `10m`, `1h30m`

    error[invalid-value]: `365/dev` is not an AWS role's name
     --> mappings/vault.yaml:4:3
      |
    4 |   365/dev:
      |   ^^^^^^^
      |
      = help: write letters, digits and `_`, with `-` or `.` or `@` only between them

    error[invalid-value]: `arn:aws:iam::1234567890:role/x` is not the ARN of an IAM role: the account `1234567890` has 10 digits, not 12
     --> mappings/vault.yaml:3:15
      |
    3 |     role_arn: arn:aws:iam::1234567890:role/x
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error[invalid-value]: a TTL can't be negative
     --> mappings/vault.yaml:4:18
      |
    4 |     max_sts_ttl: -5
      |                  ^^
      |
      = help: write a number of seconds, or `10m`

    error[wrong-type]: expected a string, found the number 1
     --> mappings/vault.yaml:5:11
      |
    5 |     user: 1
      |           ^
      |
      = help: write "1"
    "#);
}
