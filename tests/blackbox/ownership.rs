//! What belongs to the files and is deleted with them, and what belongs to others.

use serde_json::json;

use crate::support::{Client, Mappings, Tool, Vault, stderr, stdout};

const PROJECT: &str = "projects/somenamespace/someproject.yaml";

/// A server that holds the article's configuration.
fn provisioned() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    (vault, mappings, tool)
}

/// The paths that a plan deletes; it does nothing else.
fn deletes(tool: &Tool) -> Vec<String> {
    let plan = tool.plan_json();
    let changes = plan["changes"].as_array().unwrap().iter();
    let paths = changes.map(|change| {
        assert_eq!(change["action"], "delete", "{change}");
        change["path"].as_str().unwrap().to_owned()
    });
    paths.collect()
}

fn add_aws_role(root: &Client, path: &str) {
    let role = json!({
        "credential_type": "assumed_role",
        "role_arns": "arn:aws:iam::123456789012:role/other",
    });
    root.write(path, &role);
}

fn add_jwt_role(root: &Client, path: &str) {
    let role = json!({"role_type": "jwt", "user_claim": "sub", "bound_subject": "someone"});
    root.write(path, &role);
}

#[test]
fn a_mapping_that_is_removed_takes_its_role_with_it_and_nothing_else() {
    let (vault, mappings, tool) = provisioned();
    mappings.append(
        PROJECT,
        "  prod: arn:aws:iam::123456789013:role/gitlab-service-role\n",
    );
    tool.apply().assert().success();
    assert_eq!(vault.root.list("aws/roles"), ["365-dev", "365-prod"]);

    mappings.replace(
        PROJECT,
        "  prod: arn:aws:iam::123456789013:role/gitlab-service-role\n",
        "",
    );
    let apply = tool.apply().assert().success();
    insta::assert_snapshot!(stdout(&apply), @"
    Plan: 0 to create, 0 to update, 1 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    - any project except 365 (somenamespace/someproject) or 7012, environment prod, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
          which it had once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment prod, any branch or tag)
    - any project except 7012, every environment except prod, and jobs without one, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
          which it had once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment prod, any branch or tag)
    - project 365 (somenamespace/someproject), environment prod, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
    - project 7012, any environment or none, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role

    - AWS role aws/roles/365-prod
        - role_arns: arn:aws:iam::123456789013:role/gitlab-service-role

    Plan: 0 to create, 0 to update, 1 to delete.
    deleted AWS role aws/roles/365-prod
    Applied: 0 created, 0 updated, 1 deleted.
    ");
    assert_eq!(vault.root.list("aws/roles"), ["365-dev"]);
    assert_eq!(
        vault.root.list("auth/gitlab/role"),
        ["aws", "vault-provisioner"]
    );

    mappings.remove(PROJECT);
    tool.apply().assert().success();
    assert_eq!(vault.root.list("aws/roles"), [""; 0]);
    tool.plan().assert().code(0);
}

#[test]
fn policies_and_mounts_are_deleted_only_when_they_are_named() {
    let (vault, mappings, tool) = provisioned();
    mappings.replace(
        "vault.yaml",
        "\nmappings:\n",
        "  extra: {rules: [{path: extra/*, capabilities: [read]}]}\n\nmappings:\n",
    );
    mappings.replace(
        "vault.yaml",
        "\nsecrets:\n",
        "\n  old: {type: jwt}\n\nsecrets:\n  old: {type: aws, roles: {one: {role_arns: 'arn:aws:iam::123456789012:role/one'}}}\n",
    );
    let with_extras = mappings.read("vault.yaml");
    tool.apply().assert().success();

    let without = Mappings::article().read("vault.yaml");
    mappings.write("vault.yaml", &without);
    assert_eq!(deletes(&tool), [""; 0]);

    let removed = "\nremoved: [{auth: old}, {secrets: old}, {policy: extra}, {policy: nothing}, {secrets: nothing}]\n";
    mappings.write("vault.yaml", without + removed);
    let apply = tool.apply().assert().success();
    insta::assert_snapshot!(stdout(&apply), @r#"
    Plan: 0 to create, 0 to update, 3 to delete.
    Compared: auth/gitlab, aws, 4 policies. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    warning[mount-content-deleted]: sys/auth/old: deleting the mount deletes everything in it and revokes all its leases
    warning[mount-content-deleted]: sys/mounts/old: deleting the mount deletes everything in it and revokes all its leases

    - policy sys/policies/acl/extra
        - policy:
          - path "extra/*" {
          -   capabilities = ["read"]
          - }

    - auth mount sys/auth/old
        - type: jwt

    - secrets mount sys/mounts/old
        - type: aws

    Plan: 0 to create, 0 to update, 3 to delete.
    deleted policy sys/policies/acl/extra
    deleted auth mount sys/auth/old
    deleted secrets mount sys/mounts/old
    Applied: 0 created, 0 updated, 3 deleted.
    "#);
    assert!(vault.root.read("sys/mounts").unwrap()["old/"].is_null());
    assert!(vault.root.read("sys/auth").unwrap()["old/"].is_null());
    assert_eq!(vault.root.read("sys/policies/acl/extra"), None);
    tool.plan().assert().code(0);

    mappings.write("vault.yaml", with_extras);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

#[test]
fn what_others_own_is_neither_shown_nor_touched() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let root = &vault.root;
    root.write(
        "sys/auth/people",
        &json!({"type": "userpass", "description": "theirs"}),
    );
    root.write("sys/auth/gitlab-old", &json!({"type": "jwt"}));
    add_jwt_role(root, "auth/gitlab-old/role/aws");
    root.write("sys/mounts/kv", &json!({"type": "kv"}));
    root.write("kv/secret", &json!({"key": "value"}));
    root.write("sys/mounts/aws-old", &json!({"type": "aws"}));
    root.write("aws-old/config/root", &json!({"region": "eu-west-1"}));
    add_aws_role(root, "aws-old/roles/365-dev");
    root.write(
        "sys/policies/acl/theirs",
        &json!({"policy": "path \"kv/*\" { capabilities = [\"read\"] }"}),
    );
    root.write("identity/entity", &json!({"name": "someone"}));
    // In an engine of the files', but of a kind that they leave out.
    root.write("sys/mounts/aws", &json!({"type": "aws"}));
    root.write(
        "aws/config/root",
        &json!({"region": "eu-west-1", "access_key": "AKIATHEIRS", "secret_key": "x"}),
    );
    root.write(
        "aws/config/lease",
        &json!({"lease": "1h", "lease_max": "2h"}),
    );
    let theirs = || {
        let tables = ["sys/auth", "sys/mounts"].map(|table| {
            let mut table = root.read(table).unwrap();
            for ours in ["gitlab/", "aws/"] {
                table.as_object_mut().unwrap().remove(ours);
            }
            table
        });
        let others = [
            "auth/gitlab-old/role/aws",
            "kv/secret",
            "aws-old/config/root",
            "aws-old/roles/365-dev",
            "sys/policies/acl/theirs",
            "sys/policies/acl/default",
            "identity/entity/name/someone",
            "aws/config/root",
            "aws/config/lease",
        ];
        (tables, others.map(|path| root.read(path).unwrap()))
    };
    let before = theirs();
    let tool = Tool::new(&vault, &mappings);
    let apply = tool.apply().assert().success();
    for name in ["people", "gitlab-old", "kv", "aws-old", "theirs"] {
        assert!(!stdout(&apply).contains(name), "{name}: {}", stdout(&apply));
    }
    tool.plan().assert().code(0);
    assert_eq!(theirs(), before);
}

#[test]
fn many_deletes_need_approval() {
    let (vault, mappings, tool) = provisioned();
    for number in 0..11 {
        add_aws_role(&vault.root, &format!("aws/roles/other-{number}"));
    }
    let roles = || vault.root.list("aws/roles").len();
    let refused = tool.apply().assert().code(1);
    insta::assert_snapshot!(stderr(&refused), @"
    error[too-many-deletes]: the plan deletes 11 of 19 live resources, more than 30 percent; if that is meant, apply with --allow-deletes 11
    For more about this error, run `vault-provisioner --explain too-many-deletes`.
    ");
    tool.run(["apply", "--auto-approve", "--allow-deletes", "10"])
        .assert()
        .code(1);
    tool.run(["plan", "--out", "plan.json"]).assert().success();
    let refused_later = tool.run(["apply", "plan.json"]).assert().code(1);
    assert_eq!(stderr(&refused_later), stderr(&refused));
    assert_eq!(roles(), 12);

    let platform = mappings.read("vault.yaml");
    for (guardrails, allowed) in [
        ("{max_delete_percent: 30, delete_floor: 10}", false),
        ("{max_delete_percent: 100, delete_floor: 0}", true),
        ("{max_delete_percent: 0, delete_floor: 0}", false),
        ("{max_delete_percent: 0, delete_floor: 11}", true),
    ] {
        mappings.write(
            "vault.yaml",
            format!("{platform}\nguardrails: {guardrails}\n"),
        );
        // A plan says what it would do; only apply is held back, here before it asks.
        tool.plan().assert().code(2);
        let apply = stderr(&tool.run(["apply"]).assert().code(1));
        assert_eq!(
            apply.contains("not approved"),
            allowed,
            "{guardrails}: {apply}"
        );
    }
    mappings.write("vault.yaml", &platform);
    tool.run(["apply", "plan.json", "--allow-deletes", "11"])
        .assert()
        .success();
    assert_eq!(roles(), 1);
}
