//! Mistakes in policies that are rules in YAML.

use super::mistakes_in_platform;

pub(super) const RULES: &str = "    rules:\n      - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev\n        capabilities: [update]\n      - {path: \"${secrets.aws.path}/sts/tools\", capabilities: [update]}\n";

#[test]
fn a_policy_has_rules_or_a_file() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        (RULES, "    {}\n"),
        (RULES, "    rules: []\n"),
        (RULES, "    rule: []\n"),
        ("    rules:\n", "    file: x.hcl\n    rules:\n"),
    ]), @"
    error[policy]: the policy `aws` has neither rules nor a file
      --> mappings/vault.yaml:22:3
       |
    22 |   aws:
       |   ^^^
       |
       = help: add `rules:` with a list of paths and capabilities, `file:` with the path of a file in Vault's policy language, or `generated: plan` or `apply`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[policy]: the policy `aws` is empty, and Vault refuses that
      --> mappings/vault.yaml:23:12
       |
    23 |     rules: []
       |            ^^
       |
       = help: write a rule, or remove the policy

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `rule`
      --> mappings/vault.yaml:23:5
       |
    23 |     rule: []
       |     ^^^^
       |
       = help: write `rules`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[policy]: the policy `aws` has both `file` and `rules`
      --> mappings/vault.yaml:24:5
       |
    23 |     file: x.hcl
       |     ---- the other one
    24 |     rules:
       |     ^^^^^
       |
       = help: remove one of the two: a policy has one text

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn rules_are_what_vault_takes() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("[update]", "[write, UPDATE, 1]"),
        ("[update]", "update"),
        ("        capabilities: [update]\n", ""),
        ("        capabilities: [update]\n", "        capabilites: [update]\n"),
        ("- path: ${secrets.aws.path}/sts/", "- path: aws/+*/"),
        ("metadata.project_id}}", "metadata.project_id}"),
        ("[update]\n", "[update]\n        min_wrapping_ttl: 1h\n        max_wrapping_ttl: 10m\n"),
        ("[update]\n", "[update]\n        min_wrapping_ttl: soon\n"),
        ("[update]\n", "[update]\n        allowed_parameters: [ttl]\n"),
    ]), @"
    error[unknown-value]: unknown value `write`
      --> mappings/vault.yaml:25:24
       |
    25 |         capabilities: [write, UPDATE, 1]
       |                        ^^^^^
       |
       = help: known here: create, read, update, delete, list, sudo, deny, patch, scan, subscribe, recover

    error[unknown-value]: unknown value `UPDATE`
      --> mappings/vault.yaml:25:31
       |
    25 |         capabilities: [write, UPDATE, 1]
       |                               ^^^^^^
       |
       = help: write `update`

    error[unknown-value]: unknown value `1`
      --> mappings/vault.yaml:25:39
       |
    25 |         capabilities: [write, UPDATE, 1]
       |                                       ^
       |
       = help: known here: create, read, update, delete, list, sudo, deny, patch, scan, subscribe, recover

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a list, found a string
      --> mappings/vault.yaml:25:23
       |
    25 |         capabilities: update
       |                       ^^^^^^
       |
       = help: write each item as `- item` on a line of its own, or `[item, item]`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[missing-key]: `capabilities` is missing
      --> mappings/vault.yaml:24:9
       |
    24 |       - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
       |         ^
       |
       = help: add `capabilities: …`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[unknown-key]: unknown key `capabilites`
      --> mappings/vault.yaml:25:9
       |
    25 |         capabilites: [update]
       |         ^^^^^^^^^^^
       |
       = help: write `capabilities`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `+*` is forbidden in a path, because `+` matches a whole segment
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: aws/+*/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `+/*` or `*`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: unbalanced `{{` and `}}` in a path
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: close each `{{` with `}}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[ttl-order]: `min_wrapping_ttl` is longer than `max_wrapping_ttl`
      --> mappings/vault.yaml:26:27
       |
    26 |         min_wrapping_ttl: 1h
       |                           ^^
    27 |         max_wrapping_ttl: 10m
       |                           --- the longest
       |
       = help: write `min_wrapping_ttl: 10m` or less, or a longer `max_wrapping_ttl`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[invalid-value]: `soon` is not a duration
      --> mappings/vault.yaml:26:27
       |
    26 |         min_wrapping_ttl: soon
       |                           ^^^^
       |
       = help: write a number of seconds, or `90s`, `10m`, `1h30m`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[wrong-type]: expected a mapping, found a list
      --> mappings/vault.yaml:26:9
       |
    26 |         allowed_parameters: [ttl]
       |         ^^^^^^^^^^^^^^^^^^
       |
       = help: write `key: value` lines, indented below this

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn references_lead_to_mounts() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("${auth.gitlab.accessor}", "${auth.gitlb.accessor}"),
        ("${secrets.aws.path}", "${secrets.gitlab.path}"),
        ("${secrets.aws.path}", "${secrets.aws.accessor}"),
        ("${secrets.aws.path}", "${env.HOME}"),
        ("${secrets.aws.path}/sts", "${secrets.aws.path/sts"),
    ]), @"
    error[reference]: these files have no auth mount `gitlb`
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlb.accessor}.metadata.project_id}}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `gitlab`, or add it under `auth`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[reference]: these files have no secrets mount `gitlab`
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: ${secrets.gitlab.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `aws`, or add it under `secrets`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[reference]: `${secrets.aws.accessor}` is not a reference
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: ${secrets.aws.accessor}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `${auth.PATH.accessor}`, `${auth.PATH.path}` or `${secrets.PATH.path}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[reference]: `${env.HOME}` is not a reference
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: ${env.HOME}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `${auth.PATH.accessor}`, `${auth.PATH.path}` or `${secrets.PATH.path}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[reference]: this `${` is never closed
      --> mappings/vault.yaml:24:15
       |
    24 |       - path: ${secrets.aws.path/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
       |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `${auth.PATH.accessor}`, `${auth.PATH.path}` or `${secrets.PATH.path}`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}
