//! The article's configuration, from an empty server to a job's AWS credentials.

use serde_json::{Value, json};

use crate::support::{Client, Mappings, Shared, Tool, Vault, id_token, stderr, stdout};

/// A server that holds the article's configuration.
fn provisioned() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    (vault, mappings, tool)
}

/// The JWT of a job in the provisioner's own project.
fn provisioner_jwt() -> String {
    id_token(&json!({
        "project_id": "7012",
        "project_path": "devops/vault-provisioner",
        "aud": null,
    }))
}

/// The JWT of a job of project 365.
fn job_jwt(environment: &str) -> String {
    id_token(&json!({ "environment": environment, "aud": null }))
}

/// Asks for the credentials of a role of the AWS engine.
fn credentials(job: &Client, role: &str) -> (u16, Value) {
    let answer = job.request("POST", &format!("aws/sts/{role}"), &json!({}));
    (answer.status, answer.body)
}

#[test]
fn an_empty_server_becomes_what_the_files_say_and_then_nothing_changes() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);

    let plan = tool.plan().assert().code(2);
    insta::with_settings!({filters => vec![(r"http://127\.0\.0\.1:\d+", "https://git.example.com")]}, {
        insta::assert_snapshot!("plan_for_an_empty_server", stdout(&plan));
    });

    tool.apply().assert().success();
    let plan = tool.plan().assert().code(0);
    insta::assert_snapshot!(stdout(&plan), @r"
    No changes. Vault matches the files.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.
    ");
}

#[test]
fn the_accessor_is_in_the_policy_once_the_mount_is_there() {
    let (vault, ..) = provisioned();
    let accessor = vault.root.read("sys/auth").unwrap()["gitlab/"]["accessor"].clone();
    let policy = vault
        .root
        .read("sys/policies/acl/gitlab-projects-aws-assumed-role");
    let policy = policy.unwrap()["policy"].as_str().unwrap().to_owned();
    let named = format!("identity.entity.aliases.{}.", accessor.as_str().unwrap());
    assert_eq!(policy.matches(&named).count(), 3, "{policy}");
    assert!(!policy.contains("known after apply"), "{policy}");
}

#[test]
fn a_job_gets_the_credentials_of_its_own_environment_and_no_other() {
    let (vault, ..) = provisioned();
    let aws_role = json!({
        "credential_type": "assumed_role",
        "role_arns": "arn:aws:iam::123456789013:role/gitlab-service-role",
    });
    vault.root.write("aws/roles/365-prod", &aws_role);

    let job = vault.log_in("gitlab", None, &job_jwt("dev")).unwrap();
    let (status, answer) = credentials(&job, "365-dev");
    assert_eq!(status, 200, "{answer}");
    for key in ["access_key", "secret_key", "security_token"] {
        let text = answer["data"][key].as_str();
        assert!(text.is_some_and(|text| !text.is_empty()), "{key}: {answer}");
    }
    let arn = answer["data"]["arn"].as_str().unwrap();
    assert!(
        arn.contains("123456789012:assumed-role/gitlab-service-role/"),
        "{arn}"
    );
    assert_eq!(credentials(&job, "365-prod").0, 403);

    let job = vault.log_in("gitlab", None, &job_jwt("prod")).unwrap();
    assert_eq!(credentials(&job, "365-prod").0, 200);
    assert_eq!(credentials(&job, "365-dev").0, 403);
}

#[test]
fn an_engine_with_a_key_of_its_own_reaches_aws_as_the_files_say() {
    // This Vault has no AWS keys in its environment, and no way to AWS but the one in the files.
    let (vault, mappings) = (Vault::start_with(&[]), Mappings::article());
    let endpoint = Shared::aws_endpoint();
    mappings.replace(
        "vault.yaml",
        "    max_lease_ttl: 3600\n",
        &format!(
            "    max_lease_ttl: 3600\n    config:\n      access_key_env: ROOT_KEY_ID\n      \
             secret_key_file: mappings/root-key\n      region: us-east-1\n      \
             sts_endpoint: {endpoint}\n      iam_endpoint: {endpoint}\n"
        ),
    );
    mappings.write("root-key", "testing\n");
    let tool = Tool::new(&vault, &mappings).with_env("ROOT_KEY_ID", "AKIATESTING");
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    let job = vault.log_in("gitlab", None, &job_jwt("dev")).unwrap();
    let (status, answer) = credentials(&job, "365-dev");
    assert_eq!(status, 200, "{answer}");

    // A plan needs no key; one that it can see is another is a change.
    let without = tool.without_env("ROOT_KEY_ID");
    without.plan().assert().code(0);
    without
        .with_env("ROOT_KEY_ID", "AKIAROTATED")
        .plan()
        .assert()
        .code(2);
}

#[test]
fn the_provisioner_plans_with_its_jwt_alone_and_says_what_it_cannot_see() {
    let (_vault, _mappings, tool) = provisioned();
    let tool = tool
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &provisioner_jwt());

    let plan = tool.plan().assert().code(0);
    insta::assert_snapshot!(stdout(&plan), @r#"
    No changes in what was read; 2 lists could not be read: auth/gitlab/cel/role, auth/gitlab/role.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: roles that are not in the files at auth/gitlab/cel/role, auth/gitlab/role (the token may not list them); aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    warning[roles-not-listed]: auth/gitlab/cel/role: roles that are not in the files can't be seen, and are not deleted: the token lacks `list` on `auth/gitlab/cel/role`; add to a policy of the token: path "auth/gitlab/cel/role" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }
    warning[roles-not-listed]: auth/gitlab/role: roles that are not in the files can't be seen, and are not deleted: the token lacks `list` on `auth/gitlab/role`; add to a policy of the token: path "auth/gitlab/role" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }
    "#);
}

#[test]
fn another_project_cannot_log_in_as_the_provisioner() {
    let (_vault, _mappings, tool) = provisioned();
    let tool = tool
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &job_jwt("dev"));

    let plan = tool.plan().assert().code(1);
    insta::assert_snapshot!(stderr(&plan), @r#"
    error[login-refused]: Vault refuses the login at auth/gitlab with role `vault-provisioner`: error validating claims: claim "project_id" does not match any associated bound claim values
    help: check --auth-mount and --auth-role, and that the bound claims and audiences of the role match this JWT
    For more about this error, run `vault-provisioner --explain login-refused`.
    "#);
}

#[test]
fn a_policy_that_the_provisioner_may_not_write_is_refused_with_what_is_missing() {
    let (vault, mappings, tool) = provisioned();
    let tool = tool
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &provisioner_jwt());
    mappings.replace(
        "vault.yaml",
        "- path: aws/sts/gitlab-tools",
        "- path: aws/sts/more-tools",
    );
    mappings.write(
        "projects/team/other.yaml",
        "project: team/other\nid: 366\nenvironments: {dev: 'arn:aws:iam::123456789012:role/other'}\n",
    );

    let apply = tool.apply().assert().code(1);
    insta::assert_snapshot!(stdout(&apply), @r#"
    Plan: 1 to create, 1 to update, 0 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: roles that are not in the files at auth/gitlab/cel/role, auth/gitlab/role (the token may not list them); aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    + any project except 366 (team/other) or 7012, environment dev, any branch or tag: arn:aws:iam::123456789012:role/other
          once another job with the same alias has logged in (project 366 (team/other), environment dev, any branch or tag)
    + any project except 7012, every environment except dev, and jobs without one, any branch or tag: arn:aws:iam::123456789012:role/other
          once another job with the same alias has logged in (project 366 (team/other), environment dev, any branch or tag)
    + project 366 (team/other), environment dev, any branch or tag: arn:aws:iam::123456789012:role/other
    + project 7012, any environment or none, any branch or tag: arn:aws:iam::123456789012:role/other

    warning[roles-not-listed]: auth/gitlab/cel/role: roles that are not in the files can't be seen, and are not deleted: the token lacks `list` on `auth/gitlab/cel/role`; add to a policy of the token: path "auth/gitlab/cel/role" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }
    warning[roles-not-listed]: auth/gitlab/role: roles that are not in the files can't be seen, and are not deleted: the token lacks `list` on `auth/gitlab/role`; add to a policy of the token: path "auth/gitlab/role" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }

    ~ policy sys/policies/acl/gitlab-projects-aws-assumed-role
        ~ policy:
            }

            # Assume the shared role of the GitLab tools
          - path "aws/sts/gitlab-tools" {
          + path "aws/sts/more-tools" {
              capabilities = ["create", "update"]
            }


    + AWS role aws/roles/366-dev  (team/other, dev)
        + role_arns: arn:aws:iam::123456789012:role/other

    Plan: 1 to create, 1 to update, 0 to delete.
    "#);
    insta::assert_snapshot!(stderr(&apply), @r#"
    error[missing-capability]: the token lacks `update` on `sys/policies/acl/gitlab-projects-aws-assumed-role`, so nothing was written
    help: add the rules below to the token's policies (`vault-provisioner policy` prints all that apply needs); what changes the token's own role and policies is for an administrator to apply

    # The policy gitlab-projects-aws-assumed-role
    path "sys/policies/acl/gitlab-projects-aws-assumed-role" {
      capabilities = ["read", "update"]
    }
    For more about this error, run `vault-provisioner --explain missing-capability`.
    "#);
    assert!(
        vault.root.read("aws/roles/366-dev").is_none(),
        "nothing is written, not even what would be allowed"
    );
}
