//! Mistakes in the indentation and the quotes of YAML, and the ends of its lines.

use super::{each, mistakes};

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

    error[syntax]: this line is indented more than the one above it, which has a value already
     --> mappings/vault.yaml:2:14
      |
    2 |   description: x
      |              ^
      |
      = help: begin both in the same column; a text that contains `: ` must be in quotes

    error[syntax]: this line begins in the column of no line above it
     --> mappings/vault.yaml:3:3
      |
    3 |   b: 2
      |   ^
      |
      = help: begin it in the same column as the lines that it belongs to

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

    error[syntax]: there is no `: ` on this line
     --> mappings/vault.yaml:2:1
      |
    2 | description
      | ^^^^^^^^^^^
      |
      = help: write `key: value`, or `key:` with indented lines below it
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
      |            -       ^
      |            |
      |            opened here
      |
      = help: between brackets, a text that contains `{`, `}`, `[`, `]` or `,` must be in quotes

    error[syntax]: a bracket is never closed
     --> mappings/vault.yaml:2:1
      |
    1 | accounts: [a, b
      |           - opened here
    2 |
      | ^
      |
      = help: write the closing `}` or `]`

    error[invalid-value]: `1]` is not a project's id
     --> mappings/vault.yaml:1:5
      |
    1 | id: 1]
      |     ^^
      |
      = help: write the number that GitLab shows on the project's page
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
      |
      = help: write `key: value` lines, indented below this
    ");
}
