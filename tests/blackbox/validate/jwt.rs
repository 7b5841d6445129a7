//! Auth mounts of the type `jwt`: their configuration, their roles and who may log in.

use super::{good, mistakes, mistakes_in_platform};

#[test]
fn jwt_methods_and_roles_are_complete() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("{jwks_url: https://git.example.com/-/jwks}", "{bound_issuer: https://git.example.com}"),
        ("{jwks_url:", "{oidc_discovery_url: https://git.example.com, jwks_url:"),
        ("        user_claim: project_id\n", ""),
        ("        bound_audiences: [https://vault.example.com]\n        bound_claims: {environment: dev, project_id: \"365\"}\n", ""),
        ("user_claim: project_id\n", "user_claim: project_id\n        role_type: oidc\n"),
    ]), @"
    error[jwt-config]: the source of the keys that sign the JWTs is missing
     --> mappings/vault.yaml:5:5
      |
    5 |     config: {bound_issuer: https://git.example.com}
      |     ^^^^^^
      |
      = help: add `jwks_url` with GitLab's address, such as `https://git.example.com/-/jwks`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-config]: Vault accepts only one source of the signing keys
     --> mappings/vault.yaml:5:59
      |
    5 |     config: {oidc_discovery_url: https://git.example.com, jwks_url: https://git.example.com/-/jwks}
      |              ------------------ the other one             ^^^^^^^^
      |
      = help: remove one of the two

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws` has no `user_claim`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: add `user_claim: project_id`: the claim that tells one project from another

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws` would admit every JWT, and Vault refuses that
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: add `bound_audiences` and `bound_claims`: the claims that a job's JWT must have

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[jwt-role]: the role `aws` is for browsers and has no `allowed_redirect_uris`
     --> mappings/vault.yaml:7:7
      |
    7 |       aws:
      |       ^^^
      |
      = help: add them, or write `role_type: jwt` for a role that jobs use

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

#[test]
fn claims_are_strings() {
    insta::assert_snapshot!(mistakes_in_platform(&[
        ("{environment: dev, project_id: \"365\"}", "{project_id: 7012, ref_protected: true, ref: [main, 1]}"),
        ("{environment: dev, project_id: \"365\"}", "{project_id: 1.5}"),
    ]), @r#"
    error[claim-type]: GitLab's claims are strings, so `7012` without quotes never matches
      --> mappings/vault.yaml:10:36
       |
    10 |         bound_claims: {project_id: 7012, ref_protected: true, ref: [main, 1]}
       |                                    ^^^^
       |
       = help: write "7012"

    error[claim-type]: GitLab's claims are strings, so `true` without quotes never matches
      --> mappings/vault.yaml:10:57
       |
    10 |         bound_claims: {project_id: 7012, ref_protected: true, ref: [main, 1]}
       |                                                         ^^^^
       |
       = help: write "true"

    error[claim-type]: GitLab's claims are strings, so `1` without quotes never matches
      --> mappings/vault.yaml:10:75
       |
    10 |         bound_claims: {project_id: 7012, ref_protected: true, ref: [main, 1]}
       |                                                                           ^
       |
       = help: write "1"

    error: 3 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.

    error[claim-type]: GitLab's claims are strings, so `1.5` without quotes never matches
      --> mappings/vault.yaml:10:36
       |
    10 |         bound_claims: {project_id: 1.5}
       |                                    ^^^
       |
       = help: write "1.5"

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}

#[test]
fn roles_are_what_vault_lets_log_in() {
    let mappings = good();
    mappings.replace(
        "vault.yaml",
        "        claim_mappings: {project_id: project_id}\n",
        "        claim_mappings: {project_id: project_id, job_id: project_id, ref: role}
        token_bound_cidrs: [10.0.0.0/8, 10.0.0.0/33, \"example.com\"]
        token_type: batch
        token_period: 1h
        token_num_uses: 3
",
    );
    mappings.replace(
        "vault.yaml",
        "token_policies: [aws]",
        "token_policies: [aws, root]",
    );
    insta::assert_snapshot!(mistakes(&mappings), @r#"
    error[claim-mapping]: two claims can't both become the metadata `project_id`
      --> mappings/vault.yaml:11:58
       |
    11 |         claim_mappings: {project_id: project_id, job_id: project_id, ref: role}
       |                                      ----------          ^^^^^^^^^^
       |                                      |
       |                                      the other one
       |
       = help: give each claim a name of its own

    error[claim-mapping]: Vault reserves the metadata `role`
      --> mappings/vault.yaml:11:75
       |
    11 |         claim_mappings: {project_id: project_id, job_id: project_id, ref: role}
       |                                                                           ^^^^
       |
       = help: write another name

    error[network]: `10.0.0.0/33` is not a network
      --> mappings/vault.yaml:12:41
       |
    12 |         token_bound_cidrs: [10.0.0.0/8, 10.0.0.0/33, "example.com"]
       |                                         ^^^^^^^^^^^
       |
       = help: write an IP address, or one with the length of its prefix, such as `10.0.0.0/8`

    error[network]: `example.com` is not a network
      --> mappings/vault.yaml:12:54
       |
    12 |         token_bound_cidrs: [10.0.0.0/8, 10.0.0.0/33, "example.com"]
       |                                                      ^^^^^^^^^^^^^
       |
       = help: write an IP address, or one with the length of its prefix, such as `10.0.0.0/8`

    error[batch-token]: a batch token can't be periodic
      --> mappings/vault.yaml:14:23
       |
    13 |         token_type: batch
       |                     ----- a batch token
    14 |         token_period: 1h
       |                       ^^
       |
       = help: remove `token_period`, or write `token_type: service`

    error[batch-token]: the uses of a batch token can't be counted
      --> mappings/vault.yaml:15:25
       |
    13 |         token_type: batch
       |                     ----- a batch token
    14 |         token_period: 1h
    15 |         token_num_uses: 3
       |                         ^
       |
       = help: remove `token_num_uses`, or write `token_type: service`

    error[root-token]: Vault refuses every login with a role that has the policy `root`
      --> mappings/vault.yaml:17:31
       |
    17 |         token_policies: [aws, root]
       |                               ^^^^
       |
       = help: name the policies that these jobs need

    error: 7 errors in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    "#);
}
