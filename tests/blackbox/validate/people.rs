//! What `validate` is for: good files, warnings, all mistakes at once.

use super::{PLATFORM, PROJECT, good, mistakes};
use crate::support::{Mappings, Tool, stderr, stdout};

/// The platform and the project of the design.
pub(super) fn sample() -> Mappings {
    Mappings::fixture("sample")
}

#[test]
fn valid_files_are_counted() {
    let mappings = good();
    let issuer = "/-/jwks, bound_issuer: https://git.example.com}";
    mappings.replace("vault.yaml", "/-/jwks}", issuer);
    let run = Tool::offline(&mappings)
        .run(["validate"])
        .assert()
        .success();
    insta::assert_snapshot!(stdout(&run), @"mappings: 1 project, 7 resources. The files are valid.");
    assert_eq!(stderr(&run), "");
}

#[test]
fn what_others_may_own_is_a_warning() {
    let mappings = sample();
    mappings.replace(
        "projects/somenamespace/someproject.yaml",
        "123456789013",
        "123456789012",
    );
    let run = Tool::offline(&mappings)
        .run(["validate"])
        .assert()
        .success();
    insta::assert_snapshot!(stdout(&run), @"mappings: 1 project, 10 resources, 7 warnings. The files are valid.");
    insta::assert_snapshot!(stderr(&run), @"
    warning[unreachable-mapping]: no JWT role gives the environment `dev` of this project a token that can be used
     --> mappings/projects/somenamespace/someproject.yaml:4:3
      |
    4 |   dev: arn:aws:iam::123456789012:role/gitlab-service-role
      |   ^^^
      |
      = help: add a JWT role and a policy for it to vault.yaml, or remove the mapping

    warning[unreachable-mapping]: no JWT role gives the environment `prod` of this project a token that can be used
     --> mappings/projects/somenamespace/someproject.yaml:5:3
      |
    5 |   prod: {role_arn: arn:aws:iam::123456789012:role/gitlab-service-role, max_sts_ttl: 1h}
      |   ^^^^
      |
      = help: add a JWT role and a policy for it to vault.yaml, or remove the mapping

    warning[unreachable-mapping]: no JWT role gives jobs without an environment of this project a token that can be used
     --> mappings/projects/somenamespace/someproject.yaml:6:1
      |
    6 | default: arn:aws:iam::123456789012:role/gitlab-build    # optional: aws/sts/365
      | ^^^^^^^
      |
      = help: add a JWT role and a policy for it to vault.yaml, or remove the mapping

    warning[unknown-role]: these files have no role `aws` for this auth method
      --> mappings/vault.yaml:10:21
       |
    10 |       default_role: aws
       |                     ^^^
       |
       = help: add it under `roles`: until it exists, a login that names no role fails

    warning[unknown-policy]: these files have no policy `vault-provisioner`
      --> mappings/vault.yaml:15:26
       |
    15 |         token_policies: [vault-provisioner]
       |                          ^^^^^^^^^^^^^^^^^
       |
       = help: add it under `policies`; if it is kept elsewhere, write `allow: {unknown-policy: …}` here, with who keeps it

    warning[unused-policy]: no JWT role grants the policy `gitlab-projects-aws-assumed-role`
      --> mappings/vault.yaml:28:3
       |
    28 |   gitlab-projects-aws-assumed-role:
       |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: add it to the `token_policies` of a role, or remove it; Vault keeps it until it is under `removed`

    warning[unused-policy]: no JWT role grants the policy `hand-written`
      --> mappings/vault.yaml:33:3
       |
    33 |   hand-written: {file: policies/hand-written.hcl}
       |   ^^^^^^^^^^^^
       |
       = help: add it to the `token_policies` of a role, or remove it; Vault keeps it until it is under `removed`
    ");
}

#[test]
fn an_account_that_is_not_allowed_is_an_error() {
    insta::assert_snapshot!(mistakes(&sample()), @"
    error[account]: the AWS account 123456789013 is not allowed here
     --> mappings/projects/somenamespace/someproject.yaml:5:20
      |
    5 |   prod: {role_arn: arn:aws:iam::123456789013:role/gitlab-service-role, max_sts_ttl: 1h}
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write a role of 123456789012, or add the account to `mappings.allowed_accounts` in vault.yaml

    warning[unknown-role]: these files have no role `aws` for this auth method
      --> mappings/vault.yaml:10:21
       |
    10 |       default_role: aws
       |                     ^^^
       |
       = help: add it under `roles`: until it exists, a login that names no role fails

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn one_run_shows_every_mistake_in_every_file_in_the_order_of_the_files() {
    let mappings = Mappings::of(
        &PLATFORM
            .replace("version: 1", "version: 2")
            .replace("[aws]", "[Aws, other]"),
    );
    mappings.replace(
        "vault.yaml",
        "default_lease_ttl: 30m",
        "default_lease_ttl: 2h",
    );
    mappings.write(
        "projects/team/app.yaml",
        PROJECT.replace("id: 365", "id: \"365\""),
    );
    mappings.write(
        "projects/a/b.yaml",
        "project: a/b\nid: 1\nenvironments: {dev: arn}\n",
    );
    mappings.write("projects/b.yaml", "project: a/b\nid: 1\nenvironment: {}\n");
    mappings.write("projects/c.yaml", "project: 'a/c\n");
    mappings.write("projects/d.yml", "project: a/d\n");
    insta::assert_snapshot!(mistakes(&mappings), @r#"
    error[invalid-value]: `arn` is not the ARN of an IAM role: it does not begin with `arn:`
     --> mappings/projects/a/b.yaml:3:21
      |
    3 | environments: {dev: arn}
      |                     ^^^
      |
      = help: write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits

    error[duplicate-project]: another file also declares the project a/b
     --> mappings/projects/b.yaml:1:10
      |
    1 | project: a/b
      |          ^^^
      |
     ::: mappings/projects/a/b.yaml:1:10
      |
    1 | project: a/b
      |          --- first here
      |
      = help: write all environments of a project into one file

    error[unknown-key]: unknown key `environment`
     --> mappings/projects/b.yaml:3:1
      |
    3 | environment: {}
      | ^^^^^^^^^^^
      |
      = help: write `environments`

    error[syntax]: this quote is never closed
     --> mappings/projects/c.yaml:1:10
      |
    1 | project: 'a/c
      |          ^
      |
      = help: write the closing quote

    error[file-name]: mapping files end in `.yaml`
    --> mappings/projects/d.yml
     = help: rename it; it is not read under this name

    error[wrong-type]: expected a positive whole number, found a string
     --> mappings/projects/team/app.yaml:2:5
      |
    2 | id: "365"
      |     ^^^^^
      |
      = help: write 365 without quotes

    error[invalid-value]: this vault-provisioner does not know version 2 of the file
     --> mappings/vault.yaml:1:10
      |
    1 | version: 2
      |          ^
      |
      = help: write 1, or use the release that the file is for

    error[ttl-order]: `default_lease_ttl` is longer than `max_lease_ttl`
      --> mappings/vault.yaml:17:24
       |
    17 |     default_lease_ttl: 2h
       |                        ^^
    18 |     max_lease_ttl: 1h
       |                    -- the longest
       |
       = help: write `default_lease_ttl: 1h` or less, or a longer `max_lease_ttl`

    error: 8 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn projects_are_checked_without_a_platform_too() {
    for platform in [None, Some("version: 1\nauth: {\n")] {
        let mappings = Mappings::empty();
        if let Some(platform) = platform {
            mappings.write("vault.yaml", platform);
        }
        mappings.write("projects/a.yaml", PROJECT);
        mappings.write("projects/b.yaml", PROJECT.replace("365", "366"));
        mappings.write("projects/c.yaml", "project: team/other\nid: x\n");
        insta::allow_duplicates! {
            let said = mistakes(&mappings);
            let (_, of_projects) = said.split_once("error[duplicate-project]").unwrap();
            let (of_projects, _) = of_projects.split_once("error[missing-file]").unwrap_or((of_projects, ""));
            let (of_projects, _) = of_projects.split_once("error[syntax]").unwrap_or((of_projects, ""));
            insta::assert_snapshot!(of_projects, @"
            : another file also declares the project team/app
             --> mappings/projects/b.yaml:1:10
              |
            1 | project: team/app
              |          ^^^^^^^^
              |
             ::: mappings/projects/a.yaml:1:10
              |
            1 | project: team/app
              |          -------- first here
              |
              = help: write all environments of a project into one file

            error[invalid-value]: `x` is not a project's id
             --> mappings/projects/c.yaml:2:5
              |
            2 | id: x
              |     ^
              |
              = help: write the number that GitLab shows on the project's page
            ");
        }
    }
}

#[test]
fn machines_get_one_object_a_line() {
    let mappings = good();
    mappings.replace(
        "vault.yaml",
        "default_lease_ttl: 30m",
        "default_lease_ttl: 2h",
    );
    let run = Tool::offline(&mappings)
        .run(["validate", "--log-format", "json"])
        .assert()
        .code(1);
    let time = (r#""timestamp":"[^"]+Z""#, r#""timestamp":"TIME""#);
    insta::with_settings!({filters => vec![time]}, {
        insta::assert_snapshot!(stderr(&run), @r#"
    {"timestamp":"TIME","level":"ERROR","code":"ttl-order","message":"`default_lease_ttl` is longer than `max_lease_ttl`","file":"mappings/vault.yaml","line":17,"column":24,"help":"write `default_lease_ttl: 1h` or less, or a longer `max_lease_ttl`"}
    {"timestamp":"TIME","level":"ERROR","message":"1 error in the files; nothing was done"}
    "#);
    });
}

#[test]
fn colours_are_for_terminals_unless_they_are_asked_for() {
    let mappings = good();
    mappings.replace("vault.yaml", "version: 1", "version: 2");
    let tool = Tool::offline(&mappings);
    assert!(!stderr(&tool.run(["validate"]).assert().code(1)).contains('\x1b'));
    let asked = tool.run(["validate", "--color", "always"]).assert().code(1);
    assert!(stderr(&asked).contains('\x1b'));
}

#[test]
fn a_platform_is_checked_before_it_has_a_project() {
    let mappings = Mappings::of(&PLATFORM.replace(
        "      aws:\n        user_claim: project_id\n",
        "      aws-{environment}:\n        for_each: environments\n",
    ));
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[jwt-role]: the role `aws-environment` has no `user_claim`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws-{environment}:
      |       ^^^^^^^^^^^^^^^^^
      |
      = help: add `user_claim: project_id`: the claim that tells one project from another

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}
