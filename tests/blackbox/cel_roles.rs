//! Roles of JWT methods that a program in CEL decides, which OpenBao has.

use serde_json::json;

use crate::support::{Feature, Mappings, Shared, Tool, Vault, id_token, stderr, stdout};

const AUDIENCE: &str = "https://vault.example.com";

fn method(cel_roles: &str) -> String {
    let url = Shared::jwks_url();
    format!(
        "version: 1\nauth:\n  gitlab:\n    type: jwt\n    config: {{jwks_url: '{url}'}}\n{cel_roles}"
    )
}

const RELEASE: &str = "    cel_roles:
      release:
        bound_audiences: [https://vault.example.com]
        cel_program:
          expression: 'claims.project_id == \"7012\" ? pb.Auth{policies: [\"aws\"]} : false'
";

#[test]
fn a_cel_role_that_someone_else_created_is_found() {
    let (vault, mappings) = (Vault::start(), Mappings::of(&method("")));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let backdoor = json!({
        "cel_program": {"expression": "pb.Auth{policies: ['backdoor']}"},
        "bound_audiences": [AUDIENCE],
    });
    let path = "auth/gitlab/cel/role/backdoor";
    let written = vault.root.request("POST", path, &backdoor);
    if !vault.has(Feature::CelRoles) {
        assert_eq!(written.status, 404, "{written:?}");
        tool.run(["drift"]).assert().code(0);
        tool.run(["import", "--out", "imported"]).assert().code(0);
        mappings.append("vault.yaml", RELEASE);
        insta::assert_snapshot!(stderr(&tool.plan().assert().code(1)), @"
        error[no-such-kind]: this server has no JWT CEL roles, and the files have auth/gitlab/cel/role/release
        help: remove auth/gitlab/cel/role/release from the files, or use a server that has such resources
        For more about this error, run `vault-provisioner --explain no-such-kind`.
        ");
        return;
    }
    let login = json!({"role": "backdoor", "jwt": id_token(&json!({"project_id": "1"}))});
    let nobody = vault.root.with_token("");
    let token = nobody.request("POST", "auth/gitlab/cel/login", &login);
    assert_eq!(
        token.body["auth"]["token_policies"],
        json!(["backdoor", "default"]),
        "{token:?}"
    );

    insta::assert_snapshot!(stdout(&tool.run(["drift"]).assert().code(2)), @r"
    Plan: 0 to create, 0 to update, 1 to delete.
    Compared: auth/gitlab. Not looked at: other mounts and policies, identity, tokens, AWS.

    Access, by this change:
    - ! no longer unknown: any project, any environment or none, any branch or tag might have had any AWS role: auth/gitlab/cel/role/backdoor: its program decides whom it admits, and what their tokens may do

    - JWT CEL role auth/gitlab/cel/role/backdoor
        - bound_audiences:        https://vault.example.com
        - cel_program.expression: pb.Auth{policies: ['backdoor']}

    Plan: 0 to create, 0 to update, 1 to delete.
    ");
    mappings.append("vault.yaml", "unmanaged: {jwt_cel_roles: [backdoor]}\n");
    tool.plan().assert().code(0);
    tool.run(["import", "--out", "imported"]).assert().code(0);
    tool.run(["plan", "--detailed-exitcode", "--mappings", "imported"])
        .assert()
        .code(0);
    mappings.write("vault.yaml", method(RELEASE));
    tool.apply().assert().success();
    assert_eq!(vault.root.list("auth/gitlab/cel/role"), ["release"]);
    tool.plan().assert().code(0);
}

#[test]
fn a_cel_role_without_an_expression_is_refused() {
    for program in ["", "{}", "{variables: [{name: a, expression: b}]}"] {
        let mappings = Mappings::of(&method(&format!(
            "    cel_roles: {{release: {{cel_program: {program}}}}}\n"
        )));
        let said = stderr(&Tool::offline(&mappings).run(["validate"]).assert().code(1));
        assert!(
            said.contains("the CEL role `release` has no expression"),
            "{program}: {said}"
        );
    }
}
