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
