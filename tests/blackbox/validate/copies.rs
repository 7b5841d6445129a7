//! `for_each`, and references to what other mounts are called.

use super::{good, mistakes, mistakes_in_platform};

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

    error[for-each]: `for_each` supports only `environments`
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
       = help: add `prod: {match: Prod, protected: true}` to `mappings.environments` in vault.yaml

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
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
