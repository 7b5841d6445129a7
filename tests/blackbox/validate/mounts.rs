//! Where mounts lie, and what the files leave alone or remove.

use super::mistakes_in_platform;

#[test]
fn mounts_lie_beside_each_other_and_beside_vaults_own() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("secrets:\n  aws:\n", "secrets:\n  sys/aws: {type: aws}\n  identity: {type: aws}\n  aws:\n"),
        ("auth:\n", "auth:\n  token: {type: jwt}\n"),
        ("secrets:\n  aws:\n", "secrets:\n  aws-1: {type: aws}\n  aws/team/x: {type: aws}\n  aws:\n"),
    ]), @"
    error[mount]: the path `sys/aws` belongs to Vault itself
      --> mappings/vault.yaml:15:3
       |
    15 |   sys/aws: {type: aws}
       |   ^^^^^^^
       |
       = help: write another path

    error[mount]: the path `identity` belongs to Vault itself
      --> mappings/vault.yaml:16:3
       |
    16 |   identity: {type: aws}
       |   ^^^^^^^^
       |
       = help: write another path

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: the path `token` belongs to Vault itself
     --> mappings/vault.yaml:3:3
      |
    3 |   token: {type: jwt}
      |   ^^^^^
      |
      = help: write another path

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: `aws/team/x` would lie inside of `aws`, and Vault refuses that
      --> mappings/vault.yaml:16:3
       |
    16 |   aws/team/x: {type: aws}
       |   ^^^^^^^^^^
    17 |   aws:
       |   --- the outer one
       |
       = help: write a path that does not begin with `aws/`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn of_a_mount_of_another_type_the_files_hold_the_settings_alone() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("auth:\n", "auth:\n  k8s: {type: kubernetes, config: {}, roles: {a: {bound_names: [b]}}}\n"),
        ("secrets:\n  aws:\n", "secrets:\n  kv: {type: kv, lease: {}, roles: {}, options: {version: 2}}\n  aws:\n"),
        ("secrets:\n  aws:\n", "secrets:\n  a: {type: kv-v2}\n  b: {type: ns_system}\n  c: {type: Kv}\n  aws:\n"),
        ("auth:\n", "auth:\n  other: {type: token}\n  kubernetes: {type: kubernetes, token_type: batch}\n"),
        ("auth:\n", "auth:\n  a: {max_lease_ttl: 1h}\n  b: {type: oidc, user_lockout_config: {lockout_threshold: 3}}\n"),
        ("  secrets: aws\n", "  secrets: kv\n"),
        ("secrets:\n  aws:\n    type: aws\n", "secrets:\n  aws:\n    type: kv\n"),
    ]), @r#"
    error[mount]: `config` is for mounts of type `jwt`
     --> mappings/vault.yaml:3:27
      |
    3 |   k8s: {type: kubernetes, config: {}, roles: {a: {bound_names: [b]}}}
      |               ----------  ^^^^^^
      |               |
      |               the type of this one
      |
      = help: remove it: of a mount of type `kubernetes`, only the settings are managed

    error[mount]: `roles` is for mounts of type `jwt`
     --> mappings/vault.yaml:3:39
      |
    3 |   k8s: {type: kubernetes, config: {}, roles: {a: {bound_names: [b]}}}
      |               ----------              ^^^^^
      |               |
      |               the type of this one
      |
      = help: remove it: of a mount of type `kubernetes`, only the settings are managed

    error[unknown-key]: unknown key `bound_names`
     --> mappings/vault.yaml:3:51
      |
    3 |   k8s: {type: kubernetes, config: {}, roles: {a: {bound_names: [b]}}}
      |                                                   ^^^^^^^^^^^
      |
      = help: known here: role_type, user_claim, user_claim_json_pointer, bound_subject, bound_audiences, bound_claims, bound_claims_type, claim_mappings, groups_claim, expiration_leeway, not_before_leeway, clock_skew_leeway, max_age, oidc_scopes, allowed_redirect_uris, verbose_oidc_logging, token_ttl, token_max_ttl, token_explicit_max_ttl, token_period, token_policies, token_no_default_policy, token_bound_cidrs, token_num_uses, token_type, token_strictly_bind_ip, token_policies_template_claims, alias_metadata

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: `lease` is for mounts of type `aws`
      --> mappings/vault.yaml:15:18
       |
    15 |   kv: {type: kv, lease: {}, roles: {}, options: {version: 2}}
       |              --  ^^^^^
       |              |
       |              the type of this one
       |
       = help: remove it: of a mount of type `kv`, only the settings are managed

    error[mount]: `roles` is for mounts of type `aws`
      --> mappings/vault.yaml:15:29
       |
    15 |   kv: {type: kv, lease: {}, roles: {}, options: {version: 2}}
       |              --             ^^^^^
       |              |
       |              the type of this one
       |
       = help: remove it: of a mount of type `kv`, only the settings are managed

    error[wrong-type]: expected a string, found the number 2
      --> mappings/vault.yaml:15:59
       |
    15 |   kv: {type: kv, lease: {}, roles: {}, options: {version: 2}}
       |                                                           ^
       |
       = help: write "2"

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: Vault mounts `kv-v2` with the type `kv`
      --> mappings/vault.yaml:15:13
       |
    15 |   a: {type: kv-v2}
       |             ^^^^^
       |
       = help: write `type: kv` and `options: {version: "2"}`

    error[mount]: mounts of type `ns_system` belong to Vault itself
      --> mappings/vault.yaml:16:13
       |
    16 |   b: {type: ns_system}
       |             ^^^^^^^^^
       |
       = help: remove the mount

    error[invalid-value]: `Kv` is not the type of a mount
      --> mappings/vault.yaml:17:13
       |
    17 |   c: {type: Kv}
       |             ^^
       |
       = help: write it as `vault auth list` and `vault secrets list` show it, such as `jwt` or `aws`

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: mounts of type `token` belong to Vault itself
     --> mappings/vault.yaml:3:17
      |
    3 |   other: {type: token}
      |                 ^^^^^
      |
      = help: remove the mount

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-key]: the mount `a` has no `type`
     --> mappings/vault.yaml:3:3
      |
    3 |   a: {max_lease_ttl: 1h}
      |   ^
      |
      = help: add `type: jwt` for logins of jobs, `type: aws` for credentials of AWS, or the type that it has

    error[mount]: Vault locks out no users of a method of type `oidc`
     --> mappings/vault.yaml:4:19
      |
    4 |   b: {type: oidc, user_lockout_config: {lockout_threshold: 3}}
      |                   ^^^^^^^^^^^^^^^^^^^
      |
      = help: remove it: it is for the types `approle`, `ldap` and `userpass`

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[reference]: these files have no secrets mount `kv`
      --> mappings/vault.yaml:28:12
       |
    28 |   secrets: kv
       |            ^^
       |
       = help: write the path of one that is under `secrets`, or add it there

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[mount]: `roles` is for mounts of type `aws`
      --> mappings/vault.yaml:19:5
       |
    16 |     type: kv
       |           -- the type of this one
    ...
    19 |     roles:
       |     ^^^^^
       |
       = help: remove it: of a mount of type `kv`, only the settings are managed

    error[reference]: `aws` is of type `kv`, which has no AWS roles
      --> mappings/vault.yaml:28:12
       |
    16 |     type: kv
       |           -- its type
    ...
    28 |   secrets: aws
       |            ^^^
       |
       = help: write the path of an engine with `type: aws`

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn what_is_left_alone_or_removed_is_not_managed() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("mappings:\n", "unmanaged: {aws_roles: [legacy-*, to*], jwt_roles: [aws]}\nmappings:\n"),
        ("mappings:\n", "unmanaged: {aws_roles: [365-*, \"a[\"], jwt_role: [x]}\nmappings:\n"),
        ("mappings:\n", "removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]\nmappings:\n"),
        ("mappings:\n", "removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]\nmappings:\n"),
        ("mappings:\n", "removed: [{polic: old}, old, {auth: a, secrets: b}]\nmappings:\n"),
        ("mappings:\n", "guardrails: {max_delete_percent: 300, delete_floor: -1}\nmappings:\n"),
    ]), @r#"
    error[unmanaged]: the JWT role `aws` is managed here and left alone too
      --> mappings/vault.yaml:7:7
       |
     7 |       aws:
       |       ^^^
    ...
    27 | unmanaged: {aws_roles: [legacy-*, to*], jwt_roles: [aws]}
       |                                                     --- leaves it alone
       |
       = help: remove the JWT role, or narrow the glob under `unmanaged`

    error[unmanaged]: the AWS role `tools` is managed here and left alone too
      --> mappings/vault.yaml:20:7
       |
    20 |       tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ^^^^^
    ...
    27 | unmanaged: {aws_roles: [legacy-*, to*], jwt_roles: [aws]}
       |                                   --- leaves it alone
       |
       = help: remove the AWS role, or narrow the glob under `unmanaged`

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unmanaged]: this becomes the role `365-dev`, which is left alone
      --> mappings/projects/team/app.yaml:4:3
       |
     4 |   dev: arn:aws:iam::123456789012:role/app
       |   ^^^
       |
      ::: mappings/vault.yaml:27:25
       |
    27 | unmanaged: {aws_roles: [365-*, "a["], jwt_role: [x]}
       |                         ----- leaves it alone
       |
       = help: narrow the glob, so that it leaves this role out

    error[glob]: this is not a glob: unclosed character class; missing ']'
      --> mappings/vault.yaml:27:32
       |
    27 | unmanaged: {aws_roles: [365-*, "a["], jwt_role: [x]}
       |                                ^^^^
       |
       = help: write a name in which `*` stands for any text, such as `legacy-*`

    error[unknown-key]: unknown key `jwt_role`
      --> mappings/vault.yaml:27:39
       |
    27 | unmanaged: {aws_roles: [365-*, "a["], jwt_role: [x]}
       |                                       ^^^^^^^^
       |
       = help: write `jwt_roles`

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[removed]: `gitlab` is declared, and to be removed too
      --> mappings/vault.yaml:27:18
       |
     3 |   gitlab:
       |   ------ declared here
    ...
    27 | removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]
       |                  ^^^^^^
       |
       = help: remove one of the two

    error[removed]: `aws` is declared, and to be removed too
      --> mappings/vault.yaml:27:37
       |
    15 |   aws:
       |   --- declared here
    ...
    27 | removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]
       |                                     ^^^
       |
       = help: remove one of the two

    error[removed]: `aws` is declared, and to be removed too
      --> mappings/vault.yaml:27:52
       |
    22 |   aws:
       |   --- declared here
    ...
    27 | removed: [{auth: gitlab}, {secrets: aws}, {policy: aws}]
       |                                                    ^^^
       |
       = help: remove one of the two

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[removed]: `default` belongs to Vault itself and can't be removed
      --> mappings/vault.yaml:27:35
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                                   ^^^^^^^
       |
       = help: remove this line

    error[removed]: `token` belongs to Vault itself and can't be removed
      --> mappings/vault.yaml:27:52
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                                                    ^^^^^
       |
       = help: remove this line

    error[removed]: `sys` belongs to Vault itself and can't be removed
      --> mappings/vault.yaml:27:70
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                                                                      ^^^
       |
       = help: remove this line

    error[removed]: `old` is named twice
      --> mappings/vault.yaml:27:85
       |
    27 | removed: [{policy: old}, {policy: default}, {auth: token}, {secrets: sys}, {policy: old}]
       |                    --- first here                                                   ^^^
       |
       = help: remove one of the two

    error: 4 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: each item names one thing to remove
      --> mappings/vault.yaml:27:11
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |           ^
       |
       = help: write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`

    error[unknown-key]: unknown key `polic`
      --> mappings/vault.yaml:27:12
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |            ^^^^^
       |
       = help: write `policy`

    error[wrong-type]: expected `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`, found a string
      --> mappings/vault.yaml:27:25
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |                         ^^^
       |
       = help: write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`

    error[invalid-value]: each item names one thing to remove
      --> mappings/vault.yaml:27:30
       |
    27 | removed: [{polic: old}, old, {auth: a, secrets: b}]
       |                              ^
       |
       = help: write `{auth: PATH}`, `{secrets: PATH}` or `{policy: NAME}`

    error: 4 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: 300 is not a percentage
      --> mappings/vault.yaml:27:34
       |
    27 | guardrails: {max_delete_percent: 300, delete_floor: -1}
       |                                  ^^^
       |
       = help: write 0 to 100

    error[wrong-type]: expected a positive whole number, found the number -1
      --> mappings/vault.yaml:27:53
       |
    27 | guardrails: {max_delete_percent: 300, delete_floor: -1}
       |                                                     ^^
       |
       = help: write a positive whole number

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}
