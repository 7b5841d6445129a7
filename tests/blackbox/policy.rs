//! `policy`: what it prints is enough for plan and apply, and no less would do.

mod bounded;
mod every_kind;
mod least;

use serde_json::json;

use crate::support::{Client, Mappings, Tool, Vault, id_token, stderr, stdout};

const APPLY_FILE: &str = "policies/vault-provisioner.hcl";
/// What the shipped files have for the policy of `apply`, and what gives it no bounds.
const BOUNDED: &str = "{generated: {for: apply, bounded: true}}";
const UNBOUNDED: &str = "{generated: apply}";
const PLAN_FILE: &str = "policies/vault-provisioner-plan.hcl";

/// The shipped files with the generated policies as files, so that a test can change what they allow. Who may write what
/// decides reaches everything, so the shipped contract does not hold for them.
fn with_files() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.remove("contract.yaml");
    let tool = Tool::offline(&mappings);
    for (purpose, file, generated) in [
        ("plan", PLAN_FILE, "{generated: plan}"),
        ("apply", APPLY_FILE, BOUNDED),
    ] {
        let printed = tool.run(["policy", "--for", purpose]).assert().success();
        mappings.write(file, stdout(&printed));
        mappings.replace("vault.yaml", generated, &format!("{{file: {file}}}"));
    }
    mappings
}

/// The shipped files with a policy for `apply` that follows them without an administrator.
fn unbounded() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.replace("vault.yaml", BOUNDED, UNBOUNDED);
    mappings
}

/// The JWT of a job on the protected default branch of the project that holds the files.
fn main_branch() -> String {
    id_token(&json!({"project_id": "7012", "project_path": "devops/vault-provisioner"}))
}

/// A server that holds the files, applied as an administrator, and the tool as its pipeline runs it.
fn applied(mappings: &Mappings) -> (Vault, Tool) {
    let vault = Vault::start();
    let tool = Tool::new(&vault, mappings);
    tool.apply().assert().success();
    let tool = tool
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &main_branch());
    (vault, tool)
}

fn log_in(vault: &Vault, role: &str) -> Client {
    let login = vault.log_in("gitlab", Some(role), &main_branch());
    login.unwrap_or_else(|answer| panic!("{role}: {answer:?}"))
}

fn put_policy(vault: &Vault, name: &str, policy: &str) {
    let path = format!("sys/policies/acl/{name}");
    vault.root.write(&path, &json!({ "policy": policy }));
}

/// What a bounded policy lets `apply` repair: missing, different or superfluous, everywhere but in the JWT configuration.
fn spoil_all_but_config(vault: &Vault) {
    let root = &vault.root;
    root.write("sys/mounts/auth/gitlab/tune", &json!({"description": "?"}));
    root.delete("auth/gitlab/role/aws-prod");
    let mut role = root.read("auth/gitlab/role/aws-dev").expect("a role");
    role["token_explicit_max_ttl"] = 60.into();
    root.write("auth/gitlab/role/aws-dev", &role);
    root.write("auth/gitlab/role/stray", &role);
    for policy in ["aws", "aws-dev", "aws-prod", "vault-provisioner-plan"] {
        put_policy(vault, policy, "# nothing");
    }
    let stray = json!({"credential_type": "assumed_role", "role_arns": "arn:aws:iam::123456789012:role/stray"});
    root.write("aws/roles/365-dev", &stray);
    root.write("aws/roles/stray", &stray);
    root.write("sys/mounts/aws/tune", &json!({"description": "?"}));
}

/// A policy's text, rule by rule.
fn rules(policy: &str) -> Vec<String> {
    let rules = policy.split_inclusive("\n}\n");
    rules.map(|rule| rule.trim_start().to_owned()).collect()
}

#[test]
fn a_computed_policy_is_written_over_the_file_that_it_is_computed_from() {
    let mappings = with_files();
    let tool = Tool::offline(&mappings);
    let printed = stdout(&tool.run(["policy", "--for", "plan"]).assert().success());
    let file = format!("mappings/{PLAN_FILE}");
    let run = tool.run(["policy", "--for", "plan", "--out", &file]);
    assert_eq!(stdout(&{ run }.assert().success()), "");
    assert_eq!(mappings.read(PLAN_FILE), printed);

    mappings.write(PLAN_FILE, "");
    let empty = stderr(&tool.run(["policy", "--for", "plan"]).assert().code(1));
    assert!(
        empty.contains("`vault-provisioner policy --out FILE`"),
        "{empty}"
    );
}

#[test]
fn a_generated_policy_is_what_the_command_prints() {
    for (purpose, generated, flags) in [
        ("plan", BOUNDED, &[] as &[&str]),
        ("apply", UNBOUNDED, &[]),
        ("apply", BOUNDED, &["--bounded"]),
    ] {
        let mappings = Mappings::shipped();
        mappings.replace("vault.yaml", BOUNDED, generated);
        let tool = Tool::offline(&mappings);
        let arguments = [&["policy", "--for", purpose], flags].concat();
        let printed = stdout(&tool.run(arguments).assert().success());
        let (vault, _) = applied(&mappings);
        let name = match purpose {
            "plan" => "vault-provisioner-plan",
            _ => "vault-provisioner",
        };
        let live = vault
            .root
            .read(&format!("sys/policies/acl/{name}"))
            .expect("a policy");
        let table = vault.root.read("sys/auth").expect("a table");
        let accessor = table["gitlab/"]["accessor"].as_str().expect("an accessor");
        let printed = printed.replace("${auth.gitlab.accessor}", accessor);
        assert_eq!(live["policy"], printed, "{generated}");
    }
}

#[test]
fn bounds_are_for_apply_and_nothing_else_is_taken() {
    let mappings = Mappings::shipped();
    let refused = Tool::offline(&mappings)
        .run(["policy", "--for", "plan", "--bounded"])
        .assert()
        .code(1);
    insta::assert_snapshot!(stderr(&refused), @"
    error[bounded-plan]: --bounded is for `--for apply`; what plan needs only reads
    For more about this error, run `vault-provisioner --explain bounded-plan`.
    ");
    for (wrong, said) in [
        ("{for: plan, bounded: true}", "`bounded` is for `apply`"),
        ("everything", "everything"),
        ("{for: apply, bound: true}", "bound"),
    ] {
        mappings.replace("vault.yaml", BOUNDED, &format!("{{generated: {wrong}}}"));
        let refused = stderr(&Tool::offline(&mappings).run(["validate"]).assert().code(1));
        assert!(refused.contains(said), "{refused}");
        mappings.replace("vault.yaml", &format!("{{generated: {wrong}}}"), BOUNDED);
    }
}

#[test]
fn apply_says_which_rule_is_missing_before_it_writes_anything() {
    let mappings = with_files();
    let (vault, tool) = applied(&mappings);
    let less = mappings.read(APPLY_FILE).replace(
        "path \"sys/policies/acl/aws-*\" {\n  capabilities = [\"read\", \"update\"]",
        "path \"sys/policies/acl/aws-*\" {\n  capabilities = [\"read\"]",
    );
    mappings.write(APPLY_FILE, &less);
    put_policy(&vault, "vault-provisioner", &less);
    put_policy(&vault, "aws-dev", "# nothing");
    vault
        .root
        .write("sys/mounts/aws/tune", &json!({"description": "?"}));
    let run = tool.apply().assert().code(1);
    let message = stderr(&run);
    insta::assert_snapshot!(message, @r#"
    error[missing-capability]: the token lacks `update` on `sys/policies/acl/aws-dev`, so nothing was written
    help: add the rules below to the token's policies (`vault-provisioner policy` prints all that apply needs); what changes the token's own role and policies is for an administrator to apply

    # The policy aws-dev
    path "sys/policies/acl/aws-dev" {
      capabilities = ["read", "update"]
    }
    For more about this error, run `vault-provisioner --explain missing-capability`.
    "#);
    let mounts = vault.root.read("sys/mounts").expect("mounts");
    assert_eq!(mounts["aws/"]["description"], "?");
}

#[test]
fn what_changes_the_pipelines_own_policy_waits_for_an_administrator() {
    let mappings = with_files();
    let (vault, tool) = applied(&mappings);
    let administrator = Tool::new(&vault, &mappings);
    let waits_for = |name: &str| {
        let message = stderr(&tool.apply().assert().code(1));
        let path = format!("`sys/policies/acl/{name}`");
        assert!(message.contains(&path), "{message}");
        administrator.apply().assert().success();
        tool.plan().assert().code(0);
    };
    mappings.append(
        APPLY_FILE,
        "path \"sys/x\" {\n  capabilities = [\"read\"]\n}\n",
    );
    waits_for("vault-provisioner");
    let platform = mappings.read("vault.yaml");
    let policies = "policies:\n  readers: {rules: [{path: secret/x, capabilities: [read]}]}\n";
    mappings.write("vault.yaml", platform.replace("policies:\n", policies));
    for (purpose, file) in [("plan", PLAN_FILE), ("apply", APPLY_FILE)] {
        let printed = tool.run(["policy", "--for", purpose]).assert().success();
        mappings.write(file, stdout(&printed));
    }
    waits_for("readers");
}

#[test]
fn without_bounds_a_new_environment_needs_no_administrator() {
    let mappings = unbounded();
    let (vault, tool) = applied(&mappings);
    for environment in ["stage", "canary"] {
        mappings.write(
            "projects/somenamespace/newproject.yaml",
            format!(
                "project: somenamespace/newproject\nid: 500\nenvironments: {{{environment}: 'arn:aws:iam::123456789012:role/new'}}\n"
            ),
        );
        tool.run(["plan", "--auth-role", "vault-provisioner-plan"])
            .assert()
            .success();
        tool.apply().assert().success();
        tool.plan().assert().code(0);
        let name = format!("sys/policies/acl/aws-{environment}");
        assert!(vault.root.read(&name).is_some());
    }
}
