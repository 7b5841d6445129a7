//! AWS static roles: IAM users whose access keys Vault keeps.

use serde_json::json;

use crate::support::{
    Feature, Mappings, Tool, Vault, iam_user, stderr, stdout, whole_stderr, whole_stdout,
};

const ENGINE: &str = "version: 1\nsecrets:\n  aws:\n    type: aws\n";
const UNLISTED: &str =
    "roles that are not in the files at aws/static-roles (this server can't list them)";

/// Declares a static role for this user.
fn role_of(user: &str) -> String {
    format!("{ENGINE}    static_roles:\n      mail: {{username: {user}, rotation_period: 24h}}\n")
}

#[test]
fn a_static_role_that_someone_else_created_is_found_or_reported_as_not_listable() {
    let (vault, mappings) = (Vault::start(), Mappings::of(ENGINE));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    iam_user("deploy-admin");
    let backdoor = json!({"username": "deploy-admin", "rotation_period": "24h"});
    vault.root.write("aws/static-roles/backdoor", &backdoor);

    if !vault.has(Feature::StaticRoleLists) {
        for command in ["plan", "drift"] {
            let run = tool.run([command]).assert().code(0);
            assert!(whole_stdout(&run).contains(UNLISTED), "{command}");
        }
        let run = tool.run(["import", "--out", "imported"]).assert().code(0);
        let said = whole_stderr(&run);
        assert!(
            said.contains("aws/static-roles: not imported: this server can't list what is there"),
            "{said}"
        );
        return;
    }
    insta::assert_snapshot!(stdout(&tool.run(["drift"]).assert().code(2)), @r"
    Plan: 0 to create, 0 to update, 1 to delete.
    Compared: aws. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    - AWS static role aws/static-roles/backdoor
        - rotation_period: 24h
        - username:        deploy-admin

    Plan: 0 to create, 0 to update, 1 to delete.
    ");
    mappings.append("vault.yaml", "unmanaged: {aws_static_roles: [back*]}\n");
    tool.plan().assert().code(0);
    mappings.write("vault.yaml", ENGINE);
    tool.run(["import", "--out", "imported"]).assert().code(0);
    tool.run(["plan", "--detailed-exitcode", "--mappings", "imported"])
        .assert()
        .code(0);
    tool.apply().assert().success();
    assert_eq!(vault.root.list("aws/static-roles"), [""; 0]);
    tool.run(["drift"]).assert().code(0);
}

#[test]
fn another_user_is_a_new_static_role() {
    let (vault, mappings) = (Vault::start(), Mappings::of(&role_of("mail-one")));
    let tool = Tool::new(&vault, &mappings);
    for user in ["mail-one", "mail-two"] {
        iam_user(user);
    }
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let key =
        |vault: &Vault| vault.root.read("aws/static-creds/mail").unwrap()["access_key"].clone();
    let first = key(&vault);

    mappings.write("vault.yaml", role_of("mail-two"));
    insta::assert_snapshot!(stdout(&tool.plan().assert().code(2)), @r"
    Plan: 0 to create, 1 to update, 0 to delete.
    Compared: aws. Not looked at: aws/config/lease, aws/config/root (not declared in the files); other mounts and policies, identity, tokens, AWS.

    warning[replaced]: aws/static-roles/mail: Vault can't make this change in place, so apply deletes the role and creates it again

    ~ AWS static role aws/static-roles/mail
        ~ username: mail-one -> mail-two

    Plan: 0 to create, 1 to update, 0 to delete.
    ");
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    assert_ne!(key(&vault), first);

    // The new user is missing in AWS: the old role is gone by then, and the message says so.
    mappings.write("vault.yaml", role_of("mail-nobody"));
    let said = stdout(&tool.apply().assert().code(1));
    assert!(
        said.contains("deleted in order to create it with the new value"),
        "{said}"
    );
    iam_user("mail-nobody");
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

#[test]
fn what_vault_refuses_of_a_static_role_is_refused_before() {
    for (role, problem) in [
        ("{username: mail}", "`mail` has no `rotation_period`"),
        ("{rotation_period: 24h}", "`mail` has no `username`"),
        (
            "{username: mail, rotation_period: 30s}",
            "once a minute at most, not after 30s",
        ),
        (
            "{username: team/mail, rotation_period: 24h}",
            "`team/mail` is not the name of an IAM user",
        ),
    ] {
        let files = format!("{ENGINE}    static_roles:\n      mail: {role}\n");
        let mappings = Mappings::of(&files);
        let tool = Tool::offline(&mappings);
        let said = stderr(&tool.run(["validate"]).assert().code(1));
        assert!(said.contains(problem), "{role}: {said}");
    }
}

#[test]
fn static_roles_that_can_not_be_listed_are_named_in_each_answer_and_unknown_where_a_policy_reads_them()
 {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let can_list = vault.has(Feature::StaticRoleLists);
    let answer = |question: &str, format: &str| {
        let explain = ["explain", question, "--live", "--format", format];
        whole_stdout(&tool.run(explain).assert().success())
    };
    let not_listed = "what else is in aws/static-roles, which this server can't list";
    for format in ["text", "markdown", "json", "html"] {
        let said = answer("--account=123456789012", format);
        let said = said.replace("&#39;", "'");
        assert_eq!(said.contains(not_listed), !can_list, "{format}: {said}");
    }
    let unknown = "in the policy aws-tools gives the credentials of what the files do not have";
    let matrix = answer("--matrix", "text");
    assert!(
        !matrix.contains(unknown),
        "no policy reads such keys: {matrix}"
    );

    mappings.replace(
        "vault.yaml",
        "policies:\n",
        "policies:\n  aws-tools: {rules: [{path: aws/static-creds/*, capabilities: [read]}]}\n",
    );
    mappings.replace(
        "vault.yaml",
        "token_policies: [aws]",
        "token_policies: [aws, aws-tools]",
    );
    tool.apply().assert().success();
    for format in ["text", "markdown", "csv", "json", "html", "mermaid"] {
        for question in ["--matrix", "--arn=*:user/*", "--account=123456789012"] {
            let said = answer(question, format);
            assert_eq!(
                said.contains(unknown),
                !can_list,
                "{question} {format}: {said}"
            );
        }
    }
}
