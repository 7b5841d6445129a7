//! What people and programs read.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_terminal_shows_every_kind_and_action_field_by_field() {
    assert_snapshot!(written(&example(), Format::Text), @r#"
    Plan: 4 to create, 6 to update, 2 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    warning[secret-not-compared]: aws/config/root: the secret key can't be compared, because Vault never returns it

    + auth mount sys/auth/gitlab
        + description: GitLab authentication via JWKS
        + type:        jwt

    ~ secrets mount sys/mounts/aws
        ~ max_lease_ttl: 0s -> 1h

    + JWT config auth/gitlab/config
        + bound_issuer: https://git.example.com
        + default_role: aws
        + jwks_url:     https://git.example.com/-/jwks
        + jwt_validation_pubkeys:
          + -----BEGIN PUBLIC KEY-----
          + MFkw
          + -----END PUBLIC KEY-----

    ~ AWS root config aws/config/root
        ~ access_key:           AKIA…#88c1ffc3aa57b553 -> AKIA…#69940cf4d309cbe6
        - region:               eu-central-1
        ~ sts_fallback_regions: ["eu-west-1","us-east-1"] -> ["us-east-1","eu-west-1"]

    ~ AWS lease config aws/config/lease
        ~ lease:     30m -> 10m
        ~ lease_max: 0s -> 1h

    + policy sys/policies/acl/gitlab-projects-aws-assumed-role
        + policy:
          + # The project's own role
          + path "aws/sts/{{identity.entity.aliases.(known after apply).metadata.project_id}}" {
          +   capabilities = ["create", "update"]
          + }

    ~ policy sys/policies/acl/vault-provisioner
        ~ policy:
          - # Status of the method
            path "sys/auth" {
              capabilities = ["read"]
            }
            ...

            # The engine
            path "aws/*" {
          -   capabilities = ["create", "read", "update", "delete", "list"]
          +   capabilities = ["create", "read", "update", "list"]
            }

    ~ JWT role auth/gitlab/role/aws
        - bound_claims.project_id:    "365"
        - bound_claims.ref_protected: true
        + bound_claims.ref_protected: "true"
        + claim_mappings.environment: environment
        ~ claim_mappings.ref:         ref -> git_ref
        - claim_mappings.user_email:  user_email
        ~ token_explicit_max_ttl:     10m -> 20m
        - token_policies:             a
        + token_policies:             c
        ~ user_claim:                 project_path -> project_id
        ~ verbose_oidc_logging:       false -> true

    + AWS role aws/roles/365-dev  (somenamespace/someproject, dev)
        + max_sts_ttl: 1h
        + role_arns:   arn:aws:iam::123456789012:role/gitlab-service-role

    ~ AWS role aws/roles/365-prod  (somenamespace/someproject, prod)
        + external_id: "365"
        ~ max_sts_ttl: 30m -> 1h
        ~ policy_document:
            {
              "Statement": [
                {
          -       "Action": "s3:Get*",
          +       "Action": "s3:*",
                  "Effect": "Allow",
                  "Resource": "*"
                }
        - role_arns:   arn:aws:iam::123456789012:role/gitlab-service-role
        + role_arns:   arn:aws:iam::123456789013:role/gitlab-service-role

    - AWS role aws/roles/99-dev
        - iam_tags.team: gone
        - role_arns:     arn:aws:iam::123456789012:role/gitlab-service-role

    - policy sys/policies/acl/gitlab-projects-all-environments
        - policy:
          - path "aws/sts/*" {
          -   capabilities = ["update"]
          - }

    Plan: 4 to create, 6 to update, 2 to delete.
    "#);
}

#[test]
fn gitlab_colours_the_same_in_markdown() {
    assert_snapshot!(written(&example(), Format::Markdown), @r#"
    **Plan: 4 to create, 6 to update, 2 to delete.**

    Compared: `auth/gitlab`, `aws`, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    ```diff
    ! warning[secret-not-compared]: aws/config/root: the secret key can't be compared, because Vault never returns it
    ```

    ```diff
    + auth mount sys/auth/gitlab
    +     description: GitLab authentication via JWKS
    +     type:        jwt

    ! secrets mount sys/mounts/aws
    -     max_lease_ttl: 0s
    +     max_lease_ttl: 1h

    + JWT config auth/gitlab/config
    +     bound_issuer: https://git.example.com
    +     default_role: aws
    +     jwks_url:     https://git.example.com/-/jwks
    +     jwt_validation_pubkeys:
    +       -----BEGIN PUBLIC KEY-----
    +       MFkw
    +       -----END PUBLIC KEY-----

    ! AWS root config aws/config/root
    -     access_key:           AKIA…#88c1ffc3aa57b553
    +     access_key:           AKIA…#69940cf4d309cbe6
    -     region:               eu-central-1
    -     sts_fallback_regions: ["eu-west-1","us-east-1"]
    +     sts_fallback_regions: ["us-east-1","eu-west-1"]

    ! AWS lease config aws/config/lease
    -     lease:     30m
    +     lease:     10m
    -     lease_max: 0s
    +     lease_max: 1h

    + policy sys/policies/acl/gitlab-projects-aws-assumed-role
    +     policy:
    +       # The project's own role
    +       path "aws/sts/{{identity.entity.aliases.(known after apply).metadata.project_id}}" {
    +         capabilities = ["create", "update"]
    +       }

    ! policy sys/policies/acl/vault-provisioner
    !     policy:
    -       # Status of the method
            path "sys/auth" {
              capabilities = ["read"]
            }
            ...

            # The engine
            path "aws/*" {
    -         capabilities = ["create", "read", "update", "delete", "list"]
    +         capabilities = ["create", "read", "update", "list"]
            }

    ! JWT role auth/gitlab/role/aws
    -     bound_claims.project_id:    "365"
    -     bound_claims.ref_protected: true
    +     bound_claims.ref_protected: "true"
    +     claim_mappings.environment: environment
    -     claim_mappings.ref:         ref
    +     claim_mappings.ref:         git_ref
    -     claim_mappings.user_email:  user_email
    -     token_explicit_max_ttl:     10m
    +     token_explicit_max_ttl:     20m
    -     token_policies:             a
    +     token_policies:             c
    -     user_claim:                 project_path
    +     user_claim:                 project_id
    -     verbose_oidc_logging:       false
    +     verbose_oidc_logging:       true

    + AWS role aws/roles/365-dev  (somenamespace/someproject, dev)
    +     max_sts_ttl: 1h
    +     role_arns:   arn:aws:iam::123456789012:role/gitlab-service-role

    ! AWS role aws/roles/365-prod  (somenamespace/someproject, prod)
    +     external_id: "365"
    -     max_sts_ttl: 30m
    +     max_sts_ttl: 1h
    !     policy_document:
            {
              "Statement": [
                {
    -             "Action": "s3:Get*",
    +             "Action": "s3:*",
                  "Effect": "Allow",
                  "Resource": "*"
                }
    -     role_arns:   arn:aws:iam::123456789012:role/gitlab-service-role
    +     role_arns:   arn:aws:iam::123456789013:role/gitlab-service-role

    - AWS role aws/roles/99-dev
    -     iam_tags.team: gone
    -     role_arns:     arn:aws:iam::123456789012:role/gitlab-service-role

    - policy sys/policies/acl/gitlab-projects-all-environments
    -     policy:
    -       path "aws/sts/*" {
    -         capabilities = ["update"]
    -       }
    ```
    "#);
}

#[test]
fn programs_read_what_differs_in_canonical_form() {
    let mut plan = example();
    plan.changes
        .retain(|change| change.address.name.contains("prod"));
    assert_snapshot!(written(&plan, Format::Json), @r#"
    {
      "format_version": 2,
      "summary": {
        "create": 0,
        "update": 1,
        "delete": 0
      },
      "changes": [
        {
          "action": "update",
          "kind": "aws_role",
          "path": "aws/roles/365-prod",
          "mount": "aws",
          "name": "365-prod",
          "label": "somenamespace/someproject, prod",
          "reason": null,
          "fields": [
            {
              "name": "external_id",
              "before": "",
              "after": "365"
            },
            {
              "name": "max_sts_ttl",
              "before": "30m",
              "after": "1h"
            },
            {
              "name": "policy_document",
              "before": "{\"Statement\":[{\"Action\":\"s3:Get*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}],\"Version\":\"2012-10-17\"}",
              "after": "{\"Statement\":[{\"Action\":\"s3:*\",\"Effect\":\"Allow\",\"Resource\":\"*\"}],\"Version\":\"2012-10-17\"}"
            },
            {
              "name": "role_arns",
              "before": [
                "arn:aws:iam::123456789012:role/gitlab-service-role"
              ],
              "after": [
                "arn:aws:iam::123456789013:role/gitlab-service-role"
              ]
            }
          ]
        }
      ],
      "foreign": [],
      "identity": null,
      "unlisted": [],
      "warnings": [
        {
          "path": "aws/config/root",
          "code": "secret-not-compared",
          "message": "the secret key can't be compared, because Vault never returns it"
        }
      ],
      "access": [],
      "not_looked_at": [
        "other mounts and policies, identity, tokens, AWS"
      ],
      "unmodelled": {
        "count": 0,
        "attributes": {}
      }
    }
    "#);
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let mut plan = example();
    plan.changes
        .retain(|change| change.address.name.contains("prod"));
    let mut out = Vec::new();
    let (findings, styles) = (findings(), Styles::new(true));
    let review = Review {
        plan: &plan,
        findings: Some(&findings),
    };
    write(review, Format::Text, None, &styles, &mut out).unwrap();
    let coloured = String::from_utf8(out).unwrap().replace('\u{1b}', "␛");
    assert_snapshot!(coloured, @r#"
    Plan: 0 to create, 1 to update, 0 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    ␛[1m␛[33mwarning[secret-not-compared]␛[0m: aws/config/root: the secret key can't be compared, because Vault never returns it

    ␛[1m␛[33m~ AWS role aws/roles/365-prod  (somenamespace/someproject, prod)␛[0m
        ␛[32m+␛[0m external_id: "365"
        ␛[33m~␛[0m max_sts_ttl: ␛[31m30m␛[0m -> ␛[32m1h␛[0m
        ␛[33m~␛[0m policy_document:
    ␛[2m        {␛[0m
    ␛[2m          "Statement": [␛[0m
    ␛[2m            {␛[0m
    ␛[31m      -       "Action": "s3:Get*",␛[0m
    ␛[32m      +       "Action": "s3:*",␛[0m
    ␛[2m              "Effect": "Allow",␛[0m
    ␛[2m              "Resource": "*"␛[0m
    ␛[2m            }␛[0m
        ␛[31m-␛[0m role_arns:   arn:aws:iam::123456789012:role/gitlab-service-role
        ␛[32m+␛[0m role_arns:   arn:aws:iam::123456789013:role/gitlab-service-role

    Plan: 0 to create, 1 to update, 0 to delete.
    "#);
    let plain = anstream::adapter::strip_str(&coloured.replace('␛', "\u{1b}")).to_string();
    assert_eq!(plain, written(&plan, Format::Text));
}

#[test]
fn gitlab_reads_three_numbers() {
    let mut out = Vec::new();
    write_terraform_report(&example(), &mut out).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap(), @r#"{"create":4,"update":6,"delete":2}"#);
}

#[test]
fn too_many_deletes_are_warned_of() {
    let delete = |n: usize| {
        let address = Address::of_role(Kind::AwsRole, "aws", n);
        delete(address, json!({}))
    };
    let plan = plan((0..11).map(delete).collect(), vec![]);
    for format in [Format::Text, Format::Markdown] {
        let report = written(&plan, format);
        assert!(
            report.contains("deletes 11 of 0 live resources"),
            "{report}"
        );
        assert!(report.contains("--allow-deletes 11"), "{report}");
    }
}
