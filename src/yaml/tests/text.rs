//! Mistakes in YAML itself.

use super::{each, mistakes};

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

    error[duplicate-key]: the key `365-dev` is repeated
     --> mappings/vault.yaml:4:3
      |
    2 |   365-dev: {}
      |   ------- first here
    3 |   365-prod: {}
    4 |   365-dev: {}
      |   ^^^^^^^ repeated here
      |
      = help: remove one of the two; parsers that accept both keep the last one

    error[duplicate-key]: the key `id` is repeated
     --> mappings/vault.yaml:1:9
      |
    1 | {id: 1, "id": 2}
      |  --     ^^^^ repeated here
      |  |
      |  first here
      |
      = help: remove one of the two; parsers that accept both keep the last one
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

    error[merge-key]: merge keys (`<<`) are not allowed
     --> mappings/vault.yaml:5:7
      |
    5 |   a: {<<: *base}
      |       ^^
      |
      = help: write the keys out where they apply

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
    insta::assert_snapshot!(each(["", "# only a comment\n", "---\n"]), @"
    error[empty-file]: the file is empty
    --> mappings/vault.yaml
     = help: add its content, or remove the file

    error[empty-file]: the file is empty
     --> mappings/vault.yaml:1:1
      |
    1 | # only a comment
      | ^
      |
      = help: add its content, or remove the file

    error[empty-file]: the file is empty
     --> mappings/vault.yaml:1:1
      |
    1 | ---
      | ^
      |
      = help: add its content, or remove the file
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
fn what_is_written_cannot_reach_the_terminal() {
    insta::assert_snapshot!(mistakes("\"\\e[31mred\\u202e\": \"\\e[0m\"\nid: \u{1b}[2J\n"), @r#"
    error[unknown-key]: unknown key `␛[31mred�`
     --> mappings/vault.yaml:1:1
      |
    1 | "\e[31mred\u202e": "\e[0m"
      | ^^^^^^^^^^^^^^^^^
      |
      = help: known here: description, id, enabled, max_lease_ttl, token_policies, accounts, credential_type, bound_claims, roles, removed

    error[invalid-value]: `␛[2J` is not a project's id
     --> mappings/vault.yaml:2:5
      |
    2 | id: ␛[2J
      |     ^^^^
      |
      = help: write the number that GitLab shows on the project's page
    "#);
}
