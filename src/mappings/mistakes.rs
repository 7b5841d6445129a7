//! What people see for each mistake that can be made in one file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::decode::decode;
use super::parse::parse;
use crate::diagnostic::{Diagnostic, Sources, render};
use crate::value::{AwsRoleName, ProjectId, RoleArn, Set, Ttl};

/// A stand-in for the files, with every kind of field that they have.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(dead_code, reason = "only the mistakes are looked at")]
struct Platform {
    description: String,
    id: Option<ProjectId>,
    enabled: bool,
    max_lease_ttl: Ttl,
    token_policies: Set,
    accounts: Vec<String>,
    credential_type: Option<CredentialType>,
    bound_claims: BTreeMap<String, String>,
    roles: BTreeMap<AwsRoleName, Role>,
    removed: Vec<Removed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only the mistakes are looked at")]
struct Role {
    role_arn: RoleArn,
    #[serde(default)]
    max_sts_ttl: Ttl,
    user: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CredentialType {
    AssumedRole,
    IamUser,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only the mistakes are looked at")]
enum Removed {
    Auth(String),
    Policy(String),
}

fn mistakes(text: &str) -> String {
    let mut sources = Sources::default();
    let file = sources.add("mappings/vault.yaml", text);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    if let Some(node) = parse(text, file, &mut diagnostics) {
        decode::<Platform>(&node, &mut diagnostics);
    }
    render(&diagnostics, &sources, false)
}

/// The messages for several texts, each on its own.
fn each<const N: usize>(texts: [&str; N]) -> String {
    texts.map(mistakes).concat()
}

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
fn duplicate_keys_point_at_both() {
    insta::assert_snapshot!(each(["roles:\n  365-dev: {}\n  365-prod: {}\n  365-dev: {}\n", "{id: 1, \"id\": 2}"]), @r#"
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
    3 |   365-prod: {}
      |   ^^^^^^^^
      |
      = help: add `role_arn: …`

    error[duplicate-key]: the key `365-dev` stands twice
     --> mappings/vault.yaml:4:3
      |
    2 |   365-dev: {}
      |   ------- first here
    3 |   365-prod: {}
    4 |   365-dev: {}
      |   ^^^^^^^ again here
      |
      = help: remove one of the two; parsers that accept both let the last one win

    error[duplicate-key]: the key `id` stands twice
     --> mappings/vault.yaml:1:9
      |
    1 | {id: 1, "id": 2}
      |  --     ^^^^ again here
      |  |
      |  first here
      |
      = help: remove one of the two; parsers that accept both let the last one win
    "#);
}

#[test]
fn anchors_aliases_and_merge_keys_are_refused() {
    insta::assert_snapshot!(each([r#"
bound_claims: &base
  project_id: "7012"
roles:
  a: {<<: *base}
"#, "description: *missing", "description: &x\n", "bound_claims: {ref: *-prod, ref_type: *}"]), @r#"
    error[anchor]: anchors (`&name`) are not allowed
     --> mappings/vault.yaml:2:15
      |
    2 | bound_claims: &base
      |               ^^^^^
      |
      = help: write the values out; a text that begins with `&` must be in quotes

    error[missing-key]: `role_arn` is missing
     --> mappings/vault.yaml:5:3
      |
    5 |   a: {<<: *base}
      |   ^
      |
      = help: add `role_arn: …`

    error[merge-key]: merge keys (`<<`) are not allowed
     --> mappings/vault.yaml:5:7
      |
    5 |   a: {<<: *base}
      |       ^^
      |
      = help: write the keys out, so that a reviewer sees them where they count

    error[alias]: aliases (`*name`) are not allowed
     --> mappings/vault.yaml:5:11
      |
    5 |   a: {<<: *base}
      |           ^^^^^
      |
      = help: write the value out; a text that begins with `*` must be in quotes: "*base"

    error[alias]: aliases (`*name`) are not allowed
     --> mappings/vault.yaml:1:14
      |
    1 | description: *missing
      |              ^^^^^^^^
      |
      = help: write the value out; a text that begins with `*` must be in quotes: "*missing"

    error[anchor]: anchors (`&name`) are not allowed
     --> mappings/vault.yaml:1:14
      |
    1 | description: &x
      |              ^^
      |
      = help: write the values out; a text that begins with `&` must be in quotes

    error[alias]: aliases (`*name`) are not allowed
     --> mappings/vault.yaml:1:21
      |
    1 | bound_claims: {ref: *-prod, ref_type: *}
      |                     ^^^^^^
      |
      = help: write the value out; a text that begins with `*` must be in quotes: "*-prod"
    "#);
}

#[test]
fn tags_are_refused() {
    insta::assert_snapshot!(mistakes("id: !!int \"7012\"\ndescription: !secret x\n"), @r#"
    error[tag]: tags (`!name`) are not allowed
     --> mappings/vault.yaml:1:5
      |
    1 | id: !!int "7012"
      |     ^^^^^
      |
      = help: remove the tag; quotes make a string, and a text that begins with `!` must be in quotes

    error[tag]: tags (`!name`) are not allowed
     --> mappings/vault.yaml:2:14
      |
    2 | description: !secret x
      |              ^^^^^^^
      |
      = help: remove the tag; quotes make a string, and a text that begins with `!` must be in quotes
    "#);
}

#[test]
fn a_second_document_is_refused() {
    insta::assert_snapshot!(mistakes("id: 1\n---\nid: 2\n"), @"
    error[multiple-documents]: a second document begins here
     --> mappings/vault.yaml:2:1
      |
    2 | ---
      | ^^^
      |
      = help: write one document in a file: move the rest to a file of its own, or remove this `---`
    ");
}

#[test]
fn an_empty_file_is_refused() {
    insta::assert_snapshot!(each(["", "# nothing but a comment\n", "---\n"]), @"
    error[empty-file]: the file says nothing
    --> mappings/vault.yaml
     = help: write what belongs here, or remove the file

    error[empty-file]: the file says nothing
     --> mappings/vault.yaml:1:1
      |
    1 | # nothing but a comment
      | ^
      |
      = help: write what belongs here, or remove the file

    error[wrong-type]: expected a mapping, found nothing
     --> mappings/vault.yaml:2:1
      |
    2 |
      | ^
      |
      = help: write a value, or remove the key
    ");
}

#[test]
fn keys_are_strings() {
    insta::assert_snapshot!(mistakes("bound_claims:\n  7012: a\n  true: b\n  [x]: c\n  null: d\n  : e\n"), @r#"
    error[key-type]: a key must be a string
     --> mappings/vault.yaml:2:3
      |
    2 |   7012: a
      |   ^^^^ YAML does not read this as a string
      |
      = help: write "7012" in quotes

    error[key-type]: a key must be a string
     --> mappings/vault.yaml:3:3
      |
    3 |   true: b
      |   ^^^^ YAML does not read this as a string
      |
      = help: write "true" in quotes

    error[key-type]: a key must be a string
     --> mappings/vault.yaml:4:3
      |
    4 |   [x]: c
      |   ^^^
      |
      = help: a text that begins with `{` or `[` must be in quotes

    error[key-type]: a key must be a string
     --> mappings/vault.yaml:5:3
      |
    5 |   null: d
      |   ^^^^ YAML does not read this as a string
      |
      = help: write "null" in quotes

    error[key-type]: a key must be a string
     --> mappings/vault.yaml:6:3
      |
    6 |   : e
      |   ^ YAML does not read this as a string
      |
      = help: write "" in quotes
    "#);
}

#[test]
fn deep_nesting_ends_the_file() {
    insta::assert_snapshot!(each([&"[".repeat(100_000), &format!("a: {}", "[".repeat(70)), &(0..70).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect::<String>()]), @"
    error[too-deep]: lists and mappings are nested too deeply
     --> mappings/vault.yaml:1:256
      |
    1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
      |                                                                    ^
      |
      = help: the rest of the file has not been read; nothing here is more than a few levels deep

    error[too-deep]: lists and mappings are nested too deeply
     --> mappings/vault.yaml:1:68
      |
    1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
      |                                                                    ^
      |
      = help: the rest of the file has not been read; nothing here is more than a few levels deep

    error[too-deep]: lists and mappings are nested too deeply
      --> mappings/vault.yaml:65:65
       |
    65 | ...                   a:
       |                       ^
       |
       = help: the rest of the file has not been read; nothing here is more than a few levels deep
    ");
}

#[test]
fn indentation_mistakes_say_what_to_check() {
    insta::assert_snapshot!(each(["roles:\n\ta: 1\n", "id: 1\n  description: x\n", "roles:\n    a: 1\n  b: 2\n", "- a\nid: 1\n", "accounts: - a\n", "id: 1\ndescription\nenabled: true\n"]), @"
    error[syntax]: a tab cannot indent in YAML
     --> mappings/vault.yaml:2:1
      |
    2 |     a: 1
      | ^^^^
      |
      = help: write spaces

    error[syntax]: a `:` is not expected here
     --> mappings/vault.yaml:2:14
      |
    2 |   description: x
      |              ^
      |
      = help: check the indentation; a text that contains `: ` must be in quotes

    error[syntax]: `key: value` is expected here
     --> mappings/vault.yaml:3:3
      |
    3 |   b: 2
      |   ^
      |
      = help: check the indentation and that `: ` stands after the key

    error[syntax]: a list item should begin here
     --> mappings/vault.yaml:2:1
      |
    2 | id: 1
      | ^
      |
      = help: check the indentation; each item begins with `- `

    error[syntax]: a list item cannot begin here
     --> mappings/vault.yaml:1:11
      |
    1 | accounts: - a
      |           ^
      |
      = help: write each `- ` on a line of its own

    error[syntax]: `key: value` is expected here
     --> mappings/vault.yaml:3:1
      |
    3 | enabled: true
      | ^
      |
      = help: check the indentation and that `: ` stands after the key
    ");
}

#[test]
fn quoting_mistakes_say_what_to_quote() {
    insta::assert_snapshot!(each(["description: AWS: roles\n", "description: {project_id}-{environment}\n", "description: \"AWS\" roles\n", "description: \"AWS roles\n", "description: @team\n", "description: \"\\d\"\n", "roles: {a: {user: ${x}}}\n", "accounts: [a, b\n", "id: 1]\n"]), @r#"
    error[syntax]: a `:` is not expected here
     --> mappings/vault.yaml:1:17
      |
    1 | description: AWS: roles
      |                 ^
      |
      = help: check the indentation; a text that contains `: ` must be in quotes

    error[syntax]: there is text after the closing bracket
     --> mappings/vault.yaml:1:26
      |
    1 | description: {project_id}-{environment}
      |                          ^
      |
      = help: put the whole text in quotes; one that begins with a bracket or a quote ends with its counterpart

    error[syntax]: there is text after the closing quote
     --> mappings/vault.yaml:1:20
      |
    1 | description: "AWS" roles
      |                    ^
      |
      = help: put the whole text in quotes; one that begins with a bracket or a quote ends with its counterpart

    error[syntax]: this quote is never closed
     --> mappings/vault.yaml:1:14
      |
    1 | description: "AWS roles
      |              ^
      |
      = help: write the closing quote

    error[syntax]: a text cannot begin with this character
     --> mappings/vault.yaml:1:14
      |
    1 | description: @team
      |              ^
      |
      = help: put it in quotes

    error[syntax]: this text in double quotes holds an escape that YAML does not know
     --> mappings/vault.yaml:1:14
      |
    1 | description: "\d"
      |              ^
      |
      = help: write `\\` for a backslash, or use single quotes

    error[syntax]: a `,` or the closing bracket is missing
     --> mappings/vault.yaml:1:20
      |
    1 | roles: {a: {user: ${x}}}
      |                    ^
      |
      = help: between brackets, a text that contains `{`, `}`, `[`, `]` or `,` must be in quotes

    error[syntax]: a bracket is never closed
     --> mappings/vault.yaml:2:1
      |
    2 |
      | ^
      |
      = help: write the closing `}` or `]`

    error[wrong-type]: expected a positive whole number, found a string
     --> mappings/vault.yaml:1:5
      |
    1 | id: 1]
      |     ^^
    "#);
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

    error[wrong-type]: expected a boolean, found a string
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

    error[wrong-type]: expected a string or a list of strings, found a mapping
     --> mappings/vault.yaml:6:1
      |
    6 | token_policies: {a: b}
      | ^^^^^^^^^^^^^^

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
      = help: write a value, or remove the key

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
      = help: write a value, or remove the key

    error[wrong-type]: expected a mapping, found a list
     --> mappings/vault.yaml:9:1
      |
    9 | roles: []
      | ^^^^^

    error[wrong-type]: expected a list, found a string
      --> mappings/vault.yaml:10:10
       |
    10 | removed: old
       |          ^^^
       |
       = help: write each item as `- …` on a line of its own, or `[…]`

    error[wrong-type]: expected a mapping, found a string
     --> mappings/vault.yaml:1:1
      |
    1 | just text
      | ^^^^^^^^^

    error[invalid-value]: expected a positive whole number, found the number -1
     --> mappings/vault.yaml:1:5
      |
    1 | id: -1
      |     ^^

    error[wrong-type]: expected a number of seconds, or a duration such as `10m`, found the number 1.5
     --> mappings/vault.yaml:2:16
      |
    2 | max_lease_ttl: 1.5
      |                ^^^

    error[wrong-type]: expected a string, found nothing
     --> mappings/vault.yaml:3:1
      |
    3 | description:
      | ^^^^^^^^^^^
      |
      = help: write a value, or remove the key

    error[wrong-type]: expected a mapping, found nothing
     --> mappings/vault.yaml:4:1
      |
    4 | roles:
      | ^^^^^
      |
      = help: write a value, or remove the key
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

    error[missing-key]: `role_arn` is missing
     --> mappings/vault.yaml:4:3
      |
    4 |   a:
      |   ^
      |
      = help: add `role_arn: …`

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
    insta::assert_snapshot!(each(["credential_type: assume_role\nremoved: [{auht: x}, {auth: x, policy: y}, {secrets: z}]\n", "credential_type: 1\n"]), @r#"
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

    error[invalid-value]: expected a mapping with exactly one key
     --> mappings/vault.yaml:2:22
      |
    2 | removed: [{auht: x}, {auth: x, policy: y}, {secrets: z}]
      |                      ^

    error[unknown-value]: unknown value `secrets`
     --> mappings/vault.yaml:2:45
      |
    2 | removed: [{auht: x}, {auth: x, policy: y}, {secrets: z}]
      |                                             ^^^^^^^
      |
      = help: known here: auth, policy

    error[wrong-type]: expected a string, found the number 1
     --> mappings/vault.yaml:1:18
      |
    1 | credential_type: 1
      |                  ^
      |
      = help: write "1"
    "#);
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
      = help: write letters, digits and `_`, with `-`, `.`, `@` only between them

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

#[test]
fn windows_line_endings_count_as_one() {
    insta::assert_snapshot!(mistakes("id: 1\r\nroles:\r\n  a: 1\r\n"), @"
    error[wrong-type]: expected a mapping, found the number 1
     --> mappings/vault.yaml:3:6
      |
    3 |   a: 1
      |      ^
    ");
}

#[test]
fn what_is_written_cannot_reach_the_terminal() {
    insta::assert_snapshot!(mistakes("\"\\e[31mred\\u202e\": \"\\e[0m\"\nid: \u{1b}[2J\n"), @r#"
    error[unknown-key]: unknown key `␛[31mred�`
     --> mappings/vault.yaml:1:1
      |
    1 | "\e[31mred\u202e": "\e[0m"
      | ^^^^^^^^^^^^^^^^^
      |
      = help: known here: description, id, enabled, max_lease_ttl, token_policies, accounts, credential_type, bound_claims, roles, removed

    error[wrong-type]: expected a positive whole number, found a string
     --> mappings/vault.yaml:2:5
      |
    2 | id: ␛[2J
      |     ^^^^
    "#);
}
