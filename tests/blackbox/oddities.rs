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
        "truth": true,
    });
    let role = json!({"role_type": "jwt", "bound_claims": claims});
    vault.root.write("auth/gitlab/role/aws", &role);

    let apply = tool.apply().assert().success();
    insta::assert_snapshot!(stdout(&apply), @r"
    Plan: 0 to create, 1 to update, 0 to delete.
    Compared: auth/gitlab, aws, 2 policies. Not looked at: other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    + any project except 365 (somenamespace/someproject) or 7012, environment dev, any branch or tag; or any project except 7012, every environment except dev, and jobs without one, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role, once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment dev, any branch or tag)
    + project 365 (somenamespace/someproject), environment dev, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role

    ~ JWT role auth/gitlab/role/aws
        - bound_claims.fraction: 1.5
        - bound_claims.iss:      nested
        - bound_claims.nothing:  null
        - bound_claims.object.a: 1
        - bound_claims.truth:    true

    Plan: 0 to create, 1 to update, 0 to delete.
    updated JWT role auth/gitlab/role/aws
    Applied: 0 created, 1 updated, 0 deleted.
    ");
    tool.plan().assert().code(0);
}

#[test]
fn a_role_that_no_file_could_hold_says_how_to_go_on() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    // The engine's way of Vault 0.x, which it still takes: one role for two types of credentials.
    let role = json!({"policy": r#"{"Version": "2012-10-17"}"#});
    vault.root.write("aws/roles/legacy", &role);

    let plan = tool.plan().assert().code(1);
    insta::assert_snapshot!(stderr(&plan), @"
    error[unreadable-value]: can't understand aws/roles/legacy: Vault's AWS role is not of the form that its API documents: unknown variant `iam_user,federation_token`, expected one of `assumed_role`, `iam_user`, `federation_token`, `session_token`
    help: correct or delete aws/roles/legacy by hand; a role that is not for the files to say can be left alone under `unmanaged`
    For more about this error, run `vault-provisioner --explain unreadable-value`.
    ");
    mappings.append("vault.yaml", "unmanaged: {aws_roles: [legacy]}\n");
    tool.plan().assert().code(0);
}
