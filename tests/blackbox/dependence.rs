//! What a change that fails holds up, and what it does not.

use serde_json::{Value, json};

use crate::support::{Client, Mappings, Tool, Vault, stdout};

/// A token that may do everything but write this one parameter, of which its capabilities say nothing.
fn without(root: &Client, path: &str, parameter: &str) -> String {
    let rest =
        r#"path "*" { capabilities = ["create", "read", "update", "delete", "list", "sudo"] }"#;
    let rule = format!(
        "path \"{path}\" {{\n  capabilities = [\"create\", \"read\", \"update\", \"sudo\"]\n  \
         denied_parameters = {{ \"{parameter}\" = [] }}\n}}"
    );
    root.write(
        "sys/policies/acl/limited",
        &json!({"policy": format!("{rest}\n{rule}")}),
    );
    let made = root.write("auth/token/create", &json!({"policies": ["limited"]}));
    made["auth"]["client_token"].as_str().unwrap().to_owned()
}

/// What `apply` says became of each path.
fn outcomes(tool: &Tool) -> (Vec<(String, String)>, String) {
    let mut apply = tool.run(["apply", "--auto-approve", "--events", "events"]);
    let apply = apply.assert().code(1);
    let events = std::fs::read_to_string(tool.home().join("events")).unwrap();
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        (text("path"), text("status"))
    };
    (events.lines().map(event).collect(), stdout(&apply))
}

fn with_a_new_login_role(mappings: &Mappings) {
    mappings.replace(
        "vault.yaml",
        "    roles:\n      aws:\n",
        "    roles:\n      new:\n        user_claim: project_id\n        bound_subject: x\n        \
         token_policies: [gitlab-projects-aws-assumed-role]\n      aws:\n",
    );
}

#[test]
fn a_role_waits_for_a_policy_that_could_not_be_narrowed() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    Tool::new(&vault, &mappings).apply().assert().success();
    with_a_new_login_role(&mappings);
    let path = "sys/policies/acl/gitlab-projects-aws-assumed-role";
    mappings.replace(
        "vault.yaml",
        "path: aws/sts/gitlab-tools",
        "path: aws/sts/tools",
    );
    let token = without(&vault.root, path, "policy");
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", &token);

    let (events, said) = outcomes(&tool);
    assert!(
        events.contains(&(path.into(), "failed".into())),
        "{events:?}"
    );
    let role = ("auth/gitlab/role/new".into(), "not_tried".into());
    assert!(events.contains(&role), "{events:?}");
    assert!(
        said.contains(&format!("it needs {path}, which failed")),
        "{said}"
    );
    assert!(!vault.root.list("auth/gitlab/role").contains(&"new".into()));

    Tool::new(&vault, &mappings).apply().assert().success();
    tool.plan().assert().code(0);
}

#[test]
fn a_mount_that_could_not_be_tuned_holds_nothing_up() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    Tool::new(&vault, &mappings).apply().assert().success();
    with_a_new_login_role(&mappings);
    mappings.replace("vault.yaml", "GitLab authentication via JWKS", "GitLab");
    let token = without(&vault.root, "sys/mounts/auth/gitlab/tune", "description");
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", &token);

    let (events, _) = outcomes(&tool);
    let expected = [
        ("sys/auth/gitlab", "failed"),
        ("auth/gitlab/role/new", "done"),
    ];
    assert_eq!(
        events,
        expected.map(|(path, status)| (path.to_owned(), status.to_owned()))
    );
}
