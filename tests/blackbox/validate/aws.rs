//! Secrets mounts of the type `aws`: their roles, and the keys that never stand in a file.

use super::{good, mistakes, mistakes_in_platform};

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
       = help: known here: type, description, default_lease_ttl, max_lease_ttl, listing_visibility, options, audit_non_hmac_request_keys, audit_non_hmac_response_keys, passthrough_request_headers, allowed_response_headers, plugin_version, identity_token_key, delegated_auth_accessors, allowed_managed_keys, trim_request_trailing_slashes, local, seal_wrap, external_entropy_access, force_no_cache

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
       = help: revoke it, and remove it from the file

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn what_vault_never_returns_of_a_provider_is_not_for_files() {
    let mappings = good();
    mappings.replace(
        "vault.yaml",
        "    config: {jwks_url: https://git.example.com/-/jwks}\n",
        "    config:
      oidc_discovery_url: https://accounts.google.com
      provider_config: {provider: gsuite, gsuite_service_account: /etc/vault/google.json}
",
    );
    insta::assert_snapshot!(mistakes(&mappings), @"
    error[credentials]: Vault never returns `gsuite_service_account`, so no plan can compare it
     --> mappings/vault.yaml:7:43
      |
    7 |       provider_config: {provider: gsuite, gsuite_service_account: /etc/vault/google.json}
      |                                           ^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: remove `config` from this method and configure it by hand; what the files do not declare is left alone

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn the_provider_that_has_it_is_not_for_files_either() {
    let mappings = good();
    mappings.replace(
        "vault.yaml",
        "    config: {jwks_url: https://git.example.com/-/jwks}\n",
        "    config: {oidc_discovery_url: https://accounts.google.com, provider_config: {provider: gsuite}}\n",
    );
    let said = mistakes(&mappings);
    assert!(
        said.starts_with("error[credentials]: Vault never returns `gsuite_service_account`"),
        "{said}"
    );
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
