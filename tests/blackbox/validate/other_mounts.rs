//! Mounts of which the files hold nothing except the settings.

use super::mistakes_in_platform;

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
