//! What `add` refuses, and leaves as it is.

use super::{good, refused, with_file};

#[test]
fn what_is_there_is_not_changed() {
    let there =
        "project: team/app\nid: 365\nenvironments:\n  dev: arn:aws:iam::123456789012:role/app\n";
    let other = "dev=@other";
    let new = "prod=@app";
    let said = [
        refused(&with_file(there), "team/app", "365", &[new, other]),
        refused(&with_file(there), "team/app", "366", &[new]),
        refused(&with_file(there), "team/other", "365", &[new]),
        refused(
            &with_file(&there.replace("team/app", "team/moved")),
            "team/app",
            "366",
            &[new],
        ),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    error[add]: team/app already has another IAM role for `dev`
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   dev: arn:aws:iam::123456789012:role/app
      |   ^^^
      |
      = help: `add` never changes an existing mapping; to give its jobs arn:aws:iam::123456789012:role/other instead, edit this line

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[add]: team/app has the id 365 in this file, not 366
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: 365
      |     ^^^
      |
      = help: give `--id` as GitLab shows it on the project's page, or correct it here

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[add]: the id 365 belongs to team/app
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: 365
      |     ^^^
      |
      = help: give the id that GitLab shows on the page of team/other; if that is the new name of team/app, correct this file

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[add]: this file has the path that belongs to the file of team/app
     --> mappings/projects/team/app.yaml:1:10
      |
    1 | project: team/moved
      |          ^^^^^^^^^^
      |
      = help: move this file to `projects/team/moved.yaml`, and add the mapping again

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn nothing_is_written_unless_all_files_are_valid_afterwards() {
    let there =
        "project: team/app\nid: 365\nenvironments:\n  dev: arn:aws:iam::123456789012:role/app\n";
    let new = "prod=@app";
    let broken = good();
    broken.replace("vault.yaml", "version: 1", "version: 2");
    let taken = good();
    taken.replace(
        "vault.yaml",
        "{type: aws}",
        "{type: aws, roles: {365-prod: {role_arns: arn:aws:iam::123456789012:role/x}}}",
    );
    let said = [
        refused(
            &good(),
            "team/app",
            "365",
            &["prod=arn:aws:iam::999999999999:role/app"],
        ),
        refused(&broken, "team/app", "365", &[new]),
        refused(&taken, "team/app", "365", &[new]),
        refused(
            &with_file(&there.replace("id:", "idd:")),
            "team/app",
            "365",
            &[new],
        ),
        refused(
            &with_file("project: team/app\nid: 365\nenvironments:\n"),
            "team/app",
            "365",
            &[new],
        ),
        refused(
            &with_file(
                "? project\n: team/app\n? id\n: 365\n? environments\n: ? dev\n  : arn:aws:iam::123456789012:role/app\n",
            ),
            "team/app",
            "365",
            &[new],
        ),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    error[account]: the AWS account 999999999999 is not allowed here
     --> mappings/projects/team/app.yaml:4:9
      |
    4 |   prod: arn:aws:iam::999999999999:role/app
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write a role of 123456789012, or add the account to `mappings.allowed_accounts` in vault.yaml

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

    error[duplicate-role]: this becomes the role `365-prod`, and another role has this name
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   prod: arn:aws:iam::123456789012:role/app
      |   ^^^^
      |
     ::: mappings/vault.yaml:3:28
      |
    3 |   aws: {type: aws, roles: {365-prod: {role_arns: arn:aws:iam::123456789012:role/x}}}
      |                            -------- the other one
      |
      = help: rename or remove one of the two: otherwise one team would get the other's credentials

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `idd`
     --> mappings/projects/team/app.yaml:2:1
      |
    2 | idd: 365
      | ^^^
      |
      = help: write `id`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a mapping, found nothing
     --> mappings/projects/team/app.yaml:3:1
      |
    3 | environments:
      | ^^^^^^^^^^^^
      |
      = help: write `key: value` lines, indented below this, or `{}` for an empty one

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[add]: `add` cannot extend a file with this layout
     --> mappings/projects/team/app.yaml:5:3
      |
    5 | ? environments
      |   ^^^^^^^^^^^^
      |
      = help: add `prod: arn:aws:iam::123456789012:role/app` by hand

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn arguments_say_what_to_write() {
    let mappings = good();
    let said = [
        refused(&mappings, "app", "365", &["dev=@app"]),
        refused(&mappings, "../../app", "365", &["dev=@app"]),
        refused(&mappings, "team/app", "0", &["dev=@app"]),
        refused(&mappings, "team/app", "many", &["dev=@app"]),
        refused(
            &mappings,
            "team/app",
            "365",
            &["arn:aws:iam::123456789012:role/app"],
        ),
        refused(&mappings, "team/app", "365", &["dev=app"]),
        refused(
            &mappings,
            "team/app",
            "365",
            &["dev=arn:aws:iam::123456789012:app"],
        ),
        refused(&mappings, "team/app", "365", &["review/x=@app"]),
        refused(&mappings, "team/app", "365", &[]),
        refused(&mappings, "team/app", "365", &["dev=@a", "dev=@b"]),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    error[invalid-value]: `app` is not a project's path; write it as it stands in GitLab's address, such as `somenamespace/someproject`
    For more about this error, run `vault-provisioner --explain invalid-value`.

    error[invalid-value]: `../../app` is not a project's path; write it as it stands in GitLab's address, such as `somenamespace/someproject`
    For more about this error, run `vault-provisioner --explain invalid-value`.

    error: invalid value '0' for '--id <N>': 0 is not a project's id; write the number that GitLab shows on the project's page

    For more information, try '--help'.

    error: invalid value 'many' for '--id <N>': `many` is not a project's id; write the number that GitLab shows on the project's page

    For more information, try '--help'.

    error: invalid value 'arn:aws:iam::123456789012:role/app' for '--environment <E=ARN>': there is no `=` in it; write the environment, `=` and the ARN of its IAM role, such as `dev=arn:aws:iam::123456789012:role/NAME`

    For more information, try '--help'.

    error: invalid value 'dev=app' for '--environment <E=ARN>': `app` is not the ARN of an IAM role: it does not begin with `arn:`; write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    For more information, try '--help'.

    error: invalid value 'dev=arn:aws:iam::123456789012:app' for '--environment <E=ARN>': `arn:aws:iam::123456789012:app` is not the ARN of an IAM role: `app` is not a role; write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    For more information, try '--help'.

    error[environment]: Vault can hold no role for an environment with the name `review/x`
     --> mappings/projects/team/app.yaml:4:3
      |
    4 |   review/x: arn:aws:iam::123456789012:role/app
      |   ^^^^^^^^
      |
      = help: add `review: {match: review/*}` to `mappings.environments` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error: the following required arguments were not provided:
      --environment <E=ARN>

    Usage: vault-provisioner add --id <N> --environment <E=ARN> <PROJECT>

    For more information, try '--help'.

    error[two-roles]: the environment dev is given with two IAM roles; give one
    For more about this error, run `vault-provisioner --explain two-roles`.
    ");
}
