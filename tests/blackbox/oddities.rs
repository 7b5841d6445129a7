//! What Vault holds that no file could say.

use serde_json::json;

use crate::support::{Mappings, Tool, Vault, stderr, stdout};

#[test]
fn claims_of_any_kind_are_shown_and_put_right() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let claims = json!({
        "fraction": 1.5,
        "iss": ["https://git.example.com", ["nested"]],
        "nothing": null,
        "object": {"a": 1},
        "boolean": true,
    });
    let role = json!({"role_type": "jwt", "bound_claims": claims});
    vault.root.write("auth/gitlab/role/aws", &role);

    let apply = tool.apply().assert().success();
    insta::assert_snapshot!(stdout(&apply), @"
    Plan: 0 to create, 1 to update, 0 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    + any project except 365 (somenamespace/someproject) or 7012, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role
          once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment dev, any branch or tag)
    + any project except 7012, every environment except dev, and jobs without one, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role
          once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment dev, any branch or tag)
    + project 365 (somenamespace/someproject), environment dev, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role

    ~ JWT role auth/gitlab/role/aws
        - bound_claims.boolean:  true
        - bound_claims.fraction: 1.5
        - bound_claims.iss:      nested
        - bound_claims.nothing:  null
        - bound_claims.object.a: 1

    Plan: 0 to create, 1 to update, 0 to delete.
    updated JWT role auth/gitlab/role/aws
    Applied: 0 created, 1 updated, 0 deleted.
    ");
    tool.plan().assert().code(0);
}

#[test]
fn a_role_of_vaults_old_form_is_a_difference_like_any_other() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    // The way of Vault 0.x, which the engine still takes: one role for two types of credentials.
    let role = json!({"policy": r#"{"Version": "2012-10-17", "Statement": []}"#});
    vault.root.delete("aws/roles/365-dev");
    vault.root.write("aws/roles/365-dev", &role);
    vault.root.write("aws/roles/legacy", &role);

    let plan = tool.plan().assert().code(2);
    let shown = stdout(&plan);
    for line in [
        "- AWS role aws/roles/legacy",
        "~ AWS role aws/roles/365-dev",
        "    ~ credential_type: ",
        "(can't be read: unknown variant `iam_user,federation_token`, expected one of `assumed_role`, `iam_user`, \
         `federation_token`, `session_token`) -> assumed_role",
        "warning[unreadable-value]: aws/roles/365-dev: it is not of the form that Vault's API documents: `credential_type`: ",
        "might have had any AWS role",
        "aws/roles/365-dev: it is not of the form that Vault's API documents",
    ] {
        assert!(shown.contains(line), "{line}:\n{shown}");
    }
    tool.run(["drift"]).assert().code(2);
    let json = tool.plan_json();
    let changes = json["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2, "{json}");
    for change in changes {
        let fields = change["fields"].as_array().unwrap().iter();
        let mut unreadable = fields.filter(|field| field["name"] == "credential_type");
        let field = unreadable.next().unwrap();
        assert!(
            field["before"].is_null() && field["unreadable"].is_string(),
            "{change}"
        );
    }
    let explained = tool
        .run(["explain", "--live", "--arn", "*"])
        .assert()
        .code(0);
    let explained = stdout(&explained);
    let unknown = "may get anything by aws/roles/365-dev, as it is not of the form that Vault's API documents";
    assert!(explained.contains(unknown), "{explained}");

    let imported = tool.run(["import", "--out", "imported"]).assert().code(0);
    let said = stderr(&imported);
    assert!(
        said.contains("aws/roles/legacy: left alone: it is not of the form"),
        "{said}"
    );
    let plan = ["plan", "--detailed-exitcode", "--mappings", "imported"];
    tool.run(plan).assert().code(0);

    tool.run(["plan", "--out", "plan.json"]).assert().code(0);
    tool.run(["apply", "plan.json"]).assert().success();
    tool.plan().assert().code(0);
    let role = vault.root.read("aws/roles/365-dev").unwrap();
    assert_eq!(role["credential_type"], "assumed_role");
    assert_eq!(role["policy_document"], "");
}
