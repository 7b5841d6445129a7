//! Mistakes in project files, which every developer writes.

use super::mistakes_in_project;

#[test]
fn keys_are_known_there_and_stand_once() {
    insta::assert_snapshot!(mistakes_in_project(&[
        ("environments:", "enviroments:"),
        ("project: team/app\n", ""),
        ("id: 365\n", ""),
        ("id: 365\n", "id: 365\nid: 366\n"),
        ("environments:\n", "environments:\n  dev: arn:aws:iam::123456789012:role/other\n"),
        ("dev: arn:aws:iam::123456789012:role/app", "dev: {arn: arn:aws:iam::123456789012:role/app}"),
        ("dev: arn:aws:iam::123456789012:role/app", "dev: {role_arn: arn:aws:iam::123456789012:role/app, ttl: 1h}"),
    ]), @"
    error[unknown-key]: unknown key `enviroments`
     --> mappings/projects/team/app.yaml:3:1
      |
    3 | enviroments:
      | ^^^^^^^^^^^
      |
      = help: write `environments`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-key]: `project` is missing
     --> mappings/projects/team/app.yaml:1:1
      |
    1 | id: 365
      | ^
      |
      = help: add `project: …`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-key]: `id` is missing
     --> mappings/projects/team/app.yaml:1:1
      |
    1 | project: team/app
      | ^
      |
      = help: add `id: …`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[duplicate-key]: the key `id` is repeated
     --> mappings/projects/team/app.yaml:3:1
      |
    2 | id: 365
      | -- first here
    3 | id: 366
      | ^^ repeated here
      |
      = help: remove one of the two; parsers that accept both keep the last one

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[duplicate-key]: the key `dev` is repeated
     --> mappings/projects/team/app.yaml:5:3
      |
    4 |   dev: arn:aws:iam::123456789012:role/other
      |   --- first here
    5 |   dev: arn:aws:iam::123456789012:role/app
      |   ^^^ repeated here
      |
      = help: remove one of the two; parsers that accept both keep the last one

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `arn`
     --> mappings/projects/team/app.yaml:4:9
      |
    4 |   dev: {arn: arn:aws:iam::123456789012:role/app}
      |         ^^^
      |
      = help: write `role_arn`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `ttl`
     --> mappings/projects/team/app.yaml:4:55
      |
    4 |   dev: {role_arn: arn:aws:iam::123456789012:role/app, ttl: 1h}
      |                                                       ^^^
      |
      = help: known here: role_arn, default_sts_ttl, max_sts_ttl, expires, external_id, session_tags, policy_arns, allow

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn values_are_a_project_its_id_and_arns() {
    insta::assert_snapshot!(mistakes_in_project(&[
        ("team/app", "app"),
        ("team/app", "https://git.example.com/team/app"),
        ("team/app", "team/../app"),
        ("365", "\"365\""),
        ("365", "0"),
        ("365", "-1"),
        ("365", "0365"),
        ("dev: arn:aws:iam::123456789012:role/app", "dev:"),
        ("dev: arn:aws:iam::123456789012:role/app", "- dev"),
        ("dev: arn:aws:iam::123456789012:role/app", "dev: {role_arn: arn:aws:iam::123456789012:role/app, default_sts_ttl: 2h, max_sts_ttl: 1h}"),
    ]), @r#"
    error[invalid-value]: `app` is not a project's path
     --> mappings/projects/team/app.yaml:1:10
      |
    1 | project: app
      |          ^^^
      |
      = help: write it as it stands in GitLab's address, such as `somenamespace/someproject`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `https://git.example.com/team/app` is not a project's path
     --> mappings/projects/team/app.yaml:1:10
      |
    1 | project: https://git.example.com/team/app
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `team/app`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `team/../app` is not a project's path
     --> mappings/projects/team/app.yaml:1:10
      |
    1 | project: team/../app
      |          ^^^^^^^^^^^
      |
      = help: write it as it stands in GitLab's address, such as `somenamespace/someproject`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a positive whole number, found a string
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: "365"
      |     ^^^^^
      |
      = help: write 365 without quotes

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: 0 is not a project's id
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: 0
      |     ^
      |
      = help: write the number that GitLab shows on the project's page

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: -1 is not a project's id
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: -1
      |     ^^
      |
      = help: write the number that GitLab shows on the project's page

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: YAML parsers disagree about what `0365` is
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: 0365
      |     ^^^^
      |
      = help: write "0365" for a string, or a number in plain decimal digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected the ARN of an IAM role, or a mapping with `role_arn` or `roles`, found nothing
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   dev:
      |   ^^^
      |
      = help: write a value, or remove this

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a mapping, found a list
     --> mappings/projects/team/app.yaml:3:1
      |
    3 | environments:
      | ^^^^^^^^^^^^
      |
      = help: write `key: value` lines, indented below this

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[ttl-order]: `default_sts_ttl` is longer than `max_sts_ttl`
     --> mappings/projects/team/app.yaml:4:72
      |
    4 |   dev: {role_arn: arn:aws:iam::123456789012:role/app, default_sts_ttl: 2h, max_sts_ttl: 1h}
      |                                                                        ^^               -- the longest
      |
      = help: write `default_sts_ttl: 1h` or less, or a longer `max_sts_ttl`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn arns_are_those_of_iam_roles() {
    let arn = "arn:aws:iam::123456789012:role/app";
    insta::assert_snapshot!(mistakes_in_project(&[
        (arn, "app"),
        (arn, "123456789012:role/app"),
        (arn, "arn:aws:iam::1234567890:role/app"),
        (arn, "arn:aws:iam::123456789012:user/app"),
        (arn, "arn:aws:sts::123456789012:assumed-role/app/x"),
        (arn, "arn:aws:iam::123456789012:role/*"),
        (arn, "arn:aws:iam::999999999999:role/app"),
    ]), @"
    error[invalid-value]: `app` is not the ARN of an IAM role: it does not begin with `arn:`
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: app
      |        ^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `123456789012:role/app` is not the ARN of an IAM role: it does not begin with `arn:`
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: 123456789012:role/app
      |        ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `arn:aws:iam::1234567890:role/app` is not the ARN of an IAM role: the account `1234567890` has 10 digits, not 12
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: arn:aws:iam::1234567890:role/app
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `arn:aws:iam::123456789012:user/app` is not the ARN of an IAM role: `user/app` is not a role
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: arn:aws:iam::123456789012:user/app
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `arn:aws:sts::123456789012:assumed-role/app/x` is not the ARN of an IAM role: the service is `sts`, not `iam`
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: arn:aws:sts::123456789012:assumed-role/app/x
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `arn:aws:iam::123456789012:role/*` is not the ARN of an IAM role: `*` is not a role's name
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: arn:aws:iam::123456789012:role/*
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[account]: the AWS account 999999999999 is not allowed here
     --> mappings/projects/team/app.yaml:4:8
      |
    4 |   dev: arn:aws:iam::999999999999:role/app
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write a role of 123456789012, or add the account to `mappings.allowed_accounts` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn environments_have_names_that_vault_can_hold() {
    insta::assert_snapshot!(mistakes_in_project(&[
        ("dev:", "review/feature:"),
        ("dev:", "\"my env\":"),
        ("dev:", "dev-:"),
        ("dev:", "1:"),
    ]), @r#"
    error[environment]: Vault can hold no role for an environment with the name `review/feature`
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   review/feature: arn:aws:iam::123456789012:role/app
      |   ^^^^^^^^^^^^^^
      |
      = help: add `review: {match: review/*}` to `mappings.environments` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[environment]: Vault can hold no role for an environment with the name `my env`
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   "my env": arn:aws:iam::123456789012:role/app
      |   ^^^^^^^^
      |
      = help: add `my-env: {match: my env}` to `mappings.environments` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[environment]: Vault can hold no role for an environment with the name `dev-`
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   dev-: arn:aws:iam::123456789012:role/app
      |   ^^^^
      |
      = help: add `dev: {match: "dev-"}` to `mappings.environments` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[key-type]: a key must be a string
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   1: arn:aws:iam::123456789012:role/app
      |   ^ YAML does not read this as a string
      |
      = help: write "1" in quotes

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}
