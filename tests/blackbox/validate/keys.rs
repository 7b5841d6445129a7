//! Keys of the platform: known, once, and with nothing hidden behind them.

use super::mistakes_in_platform;

#[test]
fn keys_are_known_and_stand_once() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("\npolicies:", "\npolices:"),
        ("user_claim:", "user_claims:"),
        ("    type: aws\n", "    type: aws\n    region: eu-west-1\n"),
        ("      tools: {", "      tools: {role_arn: x}\n      tools: {"),
        ("  aws:\n    rules:", "  aws: {file: x}\n  aws:\n    rules:"),
        ("[aws]\n", "[aws]\n        foreach: environments\n"),
    ]), @"
    error[unknown-key]: unknown key `polices`
      --> mappings/vault.yaml:21:1
       |
    21 | polices:
       | ^^^^^^^
       |
       = help: write `policies`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `user_claims`
     --> mappings/vault.yaml:8:9
      |
    8 |         user_claims: project_id
      |         ^^^^^^^^^^^
      |
      = help: write `user_claim`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `region`
      --> mappings/vault.yaml:17:5
       |
    17 |     region: eu-west-1
       |     ^^^^^^
       |
       = help: known here: type, description, default_lease_ttl, max_lease_ttl, listing_visibility, options, audit_non_hmac_request_keys, audit_non_hmac_response_keys, passthrough_request_headers, allowed_response_headers, plugin_version, identity_token_key, delegated_auth_accessors, allowed_managed_keys, trim_request_trailing_slashes, local, seal_wrap, external_entropy_access, force_no_cache

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `role_arn`
      --> mappings/vault.yaml:20:15
       |
    20 |       tools: {role_arn: x}
       |               ^^^^^^^^
       |
       = help: write `role_arns`

    error[duplicate-key]: the key `tools` is repeated
      --> mappings/vault.yaml:21:7
       |
    20 |       tools: {role_arn: x}
       |       ----- first here
    21 |       tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
       |       ^^^^^ repeated here
       |
       = help: remove one of the two; parsers that accept both keep the last one

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-file]: there is no such file
      --> mappings/vault.yaml:22:15
       |
    22 |   aws: {file: x}
       |               ^ named here
       |
       = help: create it, or correct its name

    error[duplicate-key]: the key `aws` is repeated
      --> mappings/vault.yaml:23:3
       |
    22 |   aws: {file: x}
       |   --- first here
    23 |   aws:
       |   ^^^ repeated here
       |
       = help: remove one of the two; parsers that accept both keep the last one

    error: 2 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `foreach`
      --> mappings/vault.yaml:14:9
       |
    14 |         foreach: environments
       |         ^^^^^^^
       |
       = help: write `for_each`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn nothing_hides_behind_anchors_and_merge_keys() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("      aws:\n        user_claim", "      other: &base {user_claim: project_id}\n      aws:\n        <<: *base\n        user_claim"),
        ("bound_claims: {environment: dev, project_id: \"365\"}", "<<: {bound_claims: {iss: x}}"),
    ]), @r#"
    error[jwt-role]: the role `other` would admit every JWT, and Vault refuses that
     --> mappings/vault.yaml:7:7
      |
    7 |       other: &base {user_claim: project_id}
      |       ^^^^^
      |
      = help: add `bound_audiences` and `bound_claims`: the claims that a job's JWT must have

    error[anchor]: anchors (`&name`) are not allowed
     --> mappings/vault.yaml:7:14
      |
    7 |       other: &base {user_claim: project_id}
      |              ^^^^^
      |
      = help: write the values out; a text that begins with `&` must be in quotes

    error[merge-key]: merge keys (`<<`) are not allowed
     --> mappings/vault.yaml:9:9
      |
    9 |         <<: *base
      |         ^^
      |
      = help: write the keys out where they apply

    error[alias]: aliases (`*name`) are not allowed
     --> mappings/vault.yaml:9:13
      |
    9 |         <<: *base
      |             ^^^^^
      |
      = help: write the value out; a text that begins with `*` must be in quotes: "*base"

    error: 4 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[merge-key]: merge keys (`<<`) are not allowed
      --> mappings/vault.yaml:10:9
       |
    10 |         <<: {bound_claims: {iss: x}}
       |         ^^
       |
       = help: write the keys out where they apply

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}
