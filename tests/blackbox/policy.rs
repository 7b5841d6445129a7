//! `policy`: what it prints is enough for plan and apply, and no less would do.

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, Feature, Mappings, Tool, Vault, iam_user, id_token, stderr, stdout,
};

const APPLY_FILE: &str = "policies/vault-provisioner.hcl";
const PLAN_FILE: &str = "policies/vault-provisioner-plan.hcl";

/// The shipped files with the generated policies as files, so that a test can change what they allow.
fn with_files() -> Mappings {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    for (purpose, file) in [("plan", PLAN_FILE), ("apply", APPLY_FILE)] {
        let printed = tool.run(["policy", "--for", purpose]).assert().success();
        mappings.write(file, stdout(&printed));
        let generated = format!("{{generated: {purpose}}}");
        mappings.replace("vault.yaml", &generated, &format!("{{file: {file}}}"));
    }
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

/// A policy's text, rule by rule.
fn rules(policy: &str) -> Vec<String> {
    let rules = policy.split_inclusive("\n}\n");
    rules.map(|rule| rule.trim_start().to_owned()).collect()
}

/// The policy with one capability of one rule less, each of them once, and what is missing.
fn each_less(policy: &str) -> Vec<(String, String)> {
    let rules = rules(policy);
    let mut all = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let (_, list) = rule.split_once('[').expect("capabilities");
        let list = list.split(']').next().expect("capabilities");
        for capability in list.split(", ") {
            let rest: Vec<&str> = list
                .split(", ")
                .filter(|other| *other != capability)
                .collect();
            let mut less = rules.clone();
            if rest.is_empty() {
                less.remove(index);
            } else {
                less[index] = rule.replace(list, &rest.join(", "));
            }
            let path = rule.split('"').nth(1).expect("a path");
            all.push((format!("{capability} on {path}"), less.concat()));
        }
    }
    all
}

/// Whether a run fails, or says what it could not do.
fn complains(run: &Assert) -> bool {
    run.get_output().status.code() == Some(1)
        || stdout(run).contains("are not in the files can't be seen")
        || stdout(run).contains("the token may not list sys/policies/acl")
        || stderr(run).contains("the token of this login was not revoked")
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
        ("plan", "{generated: plan}", &[] as &[&str]),
        ("apply", "{generated: apply}", &[]),
        (
            "apply",
            "{generated: {for: apply, bounded: true}}",
            &["--bounded"],
        ),
    ] {
        let mappings = Mappings::shipped();
        let shipped = format!("{{generated: {purpose}}}");
        mappings.replace("vault.yaml", &shipped, generated);
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
        mappings.replace(
            "vault.yaml",
            "{generated: apply}",
            &format!("{{generated: {wrong}}}"),
        );
        let refused = stderr(&Tool::offline(&mappings).run(["validate"]).assert().code(1));
        assert!(refused.contains(said), "{refused}");
        mappings.replace(
            "vault.yaml",
            &format!("{{generated: {wrong}}}"),
            "{generated: apply}",
        );
    }
}

#[test]
fn without_any_capability_of_its_policy_plan_fails() {
    let mappings = with_files();
    let (vault, tool) = applied(&mappings);
    let policy = mappings.read(PLAN_FILE);
    iam_user("policy-plan");
    let stray = json!({"username": "policy-plan", "rotation_period": "24h"});
    vault.root.write("aws/static-roles/stray", &stray);
    if vault.has(Feature::CelRoles) {
        let stray = json!({"cel_program": {"expression": "false"}});
        vault.root.write("auth/gitlab/cel/role/stray", &stray);
    }
    for (missing, less) in each_less(&policy) {
        put_policy(&vault, "vault-provisioner-plan", &less);
        let run = tool
            .run(["plan", "--auth-role", "vault-provisioner-plan"])
            .assert();
        assert!(complains(&run), "plan does not need {missing}");
    }
}

/// Everything in the files is missing, different, or too much, but for what an administrator applies.
fn spoil(vault: &Vault) {
    let root = &vault.root;
    root.write("sys/mounts/auth/gitlab/tune", &json!({"description": "?"}));
    let mut config = root.read("auth/gitlab/config").expect("a config");
    config["default_role"] = "other".into();
    root.write("auth/gitlab/config", &config);
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

#[test]
fn without_any_capability_of_its_policy_apply_fails() {
    let mappings = with_files();
    let (vault, tool) = applied(&mappings);
    let policy = mappings.read(APPLY_FILE);
    iam_user("policy-stray");
    let cel_role = json!({"cel_program": {"expression": "false"}});
    let static_role = json!({"username": "policy-stray", "rotation_period": "24h"});
    let is_out_of_sight = |missing: &str| match missing {
        "\"delete\" on aws/static-roles/+" => !vault.has(Feature::StaticRoleLists),
        "\"delete\" on auth/gitlab/cel/role/+" => !vault.has(Feature::CelRoles),
        _ => false,
    };
    for (missing, less) in each_less(&policy) {
        if is_out_of_sight(&missing) {
            continue;
        }
        // It is not there to allow anything: see the_rule_for_its_own_role_is_what_keeps_apply_from_changing_it.
        if missing.ends_with("role/vault-provisioner") {
            continue;
        }
        mappings.write(APPLY_FILE, &less);
        put_policy(&vault, "vault-provisioner", &less);
        Tool::new(&vault, &mappings).apply().assert().success();
        spoil(&vault);
        vault.root.write("aws/static-roles/stray", &static_role);
        if vault.has(Feature::CelRoles) {
            vault.root.write("auth/gitlab/cel/role/stray", &cel_role);
        }
        if complains(&tool.apply().assert()) {
            continue;
        }
        // Mounting the engine needs what tuning it does not.
        vault.root.delete("sys/mounts/aws");
        assert!(
            complains(&tool.apply().assert()),
            "apply does not need {missing}"
        );
    }
    mappings.write(APPLY_FILE, &policy);
    put_policy(&vault, "vault-provisioner", &policy);
    spoil(&vault);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

#[test]
fn the_rule_for_its_own_role_is_what_keeps_apply_from_changing_it() {
    let mappings = with_files();
    let (vault, _) = applied(&mappings);
    let path = "auth/gitlab/role/vault-provisioner";
    let role = vault.root.read(path).expect("the role");
    let write = || log_in(&vault, "vault-provisioner").request("POST", path, &role);
    assert_eq!(write().status, 403);
    let policy = mappings.read(APPLY_FILE);
    let less = rules(&policy)
        .into_iter()
        .filter(|rule| !rule.contains(path));
    put_policy(&vault, "vault-provisioner", &less.collect::<String>());
    assert_eq!(write().status, 204);
}

#[test]
fn a_role_that_is_kept_elsewhere_can_not_be_changed_by_what_it_allows() {
    let mappings = Mappings::shipped();
    let platform = mappings.read("vault.yaml");
    let platform = platform.replace("aws-{environment}", "keeper-{environment}");
    mappings.write("vault.yaml", platform);
    let printed = Tool::offline(&mappings)
        .run(["policy", "--for", "apply", "--auth-role", "keeper-of-all"])
        .assert()
        .success();
    let printed = stdout(&printed);
    assert!(
        printed.contains("\"sys/policies/acl/keeper-*\""),
        "{printed}"
    );
    for path in [
        "sys/policies/acl/keeper-of-all",
        "auth/gitlab/role/keeper-of-all",
    ] {
        let rule = format!("path \"{path}\" {{\n  capabilities = [\"read\"]\n}}");
        assert!(printed.contains(&rule), "{printed}");
    }
}

#[test]
fn apply_is_refused_what_it_does_not_need() {
    let (vault, _) = applied(&Mappings::shipped());
    let everything = json!({"policy": "path \"*\" { capabilities = [\"sudo\"] }"});
    let nothing = json!({});
    let tempting: &[(&str, &str, &Value)] = &[
        ("POST", "sys/policies/acl/vault-provisioner", &everything),
        ("POST", "sys/policies/acl/admin", &everything),
        ("POST", "sys/policies/acl/aw", &everything),
        ("POST", "sys/policies/acl/awsome", &everything),
        ("POST", "sys/policies/acl/default", &everything),
        ("DELETE", "sys/policies/acl/aws-dev", &Value::Null),
        ("POST", "sys/policy/aws-dev", &everything),
        ("POST", "sys/policies/password/x", &nothing),
        ("DELETE", "auth/gitlab/role/vault-provisioner", &Value::Null),
        (
            "POST",
            "auth/token/create",
            &json!({"policies": ["aws-dev"]}),
        ),
        ("POST", "auth/token/create-orphan", &nothing),
        ("POST", "auth/token/create/x", &nothing),
        ("POST", "auth/token/roles/x", &nothing),
        (
            "POST",
            "auth/token/lookup",
            &json!({"token": vault.root_token()}),
        ),
        (
            "POST",
            "identity/entity",
            &json!({"name": "x", "policies": ["root"]}),
        ),
        ("POST", "identity/entity-alias", &nothing),
        ("POST", "identity/group", &nothing),
        ("GET", "identity/entity/id?list=true", &Value::Null),
        ("POST", "sys/auth/userpass", &json!({"type": "userpass"})),
        ("POST", "sys/auth/gitlab", &json!({"type": "jwt"})),
        ("DELETE", "sys/auth/gitlab", &Value::Null),
        ("POST", "sys/mounts/kv", &json!({"type": "kv"})),
        ("DELETE", "sys/mounts/aws", &Value::Null),
        ("POST", "sys/mounts/kv/tune", &nothing),
        ("POST", "sys/remount", &json!({"from": "aws", "to": "aws2"})),
        ("POST", "aws/config/root", &json!({"region": "us-east-1"})),
        ("GET", "aws/config/root", &Value::Null),
        (
            "POST",
            "aws/config/lease",
            &json!({"lease": "1h", "lease_max": "1h"}),
        ),
        ("POST", "aws/sts/365-prod", &nothing),
        ("GET", "aws/creds/365-prod", &Value::Null),
        ("POST", "aws/roles/a/b", &nothing),
        ("GET", "sys/raw/core", &Value::Null),
        ("GET", "sys/audit", &Value::Null),
        (
            "POST",
            "sys/audit/file",
            &json!({"type": "file", "options": {"file_path": "stdout"}}),
        ),
        ("POST", "sys/rotate", &nothing),
        ("POST", "sys/seal", &nothing),
        ("GET", "sys/plugins/catalog", &Value::Null),
        (
            "POST",
            "sys/capabilities",
            &json!({"token": vault.root_token(), "paths": ["x"]}),
        ),
        ("POST", "sys/leases/revoke-prefix/aws", &nothing),
        ("POST", "sys/namespaces/x", &nothing),
        ("POST", "sys/wrapping/wrap", &json!({"x": "y"})),
        ("POST", "cubbyhole/x", &json!({"x": "y"})),
    ];
    let apply = log_in(&vault, "vault-provisioner");
    let plan = log_in(&vault, "vault-provisioner-plan");
    for (method, path, body) in tempting {
        for client in [&apply, &plan] {
            let answer = client.request(method, path, body);
            assert!(is_refused(&answer), "{method} {path}: {answer:?}");
        }
    }
}

/// 403; 405 and 404 for what a server doesn't have at all.
fn is_refused(answer: &Answer) -> bool {
    matches!(answer.status, 403..=405) && answer.body["data"].is_null()
}

#[test]
fn plan_is_refused_every_write() {
    let mappings = with_files();
    let (vault, _) = applied(&mappings);
    let plan = log_in(&vault, "vault-provisioner-plan");
    for rule in rules(&mappings.read(APPLY_FILE)) {
        let path = rule.split('"').nth(1).expect("a path").replace('+', "x");
        if path.ends_with("revoke-self") {
            continue;
        }
        for method in ["POST", "DELETE"] {
            let answer = plan.request(method, &path, &json!({}));
            assert!(is_refused(&answer), "{method} {path}: {answer:?}");
        }
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
fn a_new_environment_needs_no_administrator() {
    let mappings = Mappings::shipped();
    let (vault, tool) = applied(&mappings);
    for environment in ["stage", "review"] {
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

/// The shipped files with a bounded policy, applied by an administrator, and the pipeline's tool.
fn bounded() -> (Mappings, Vault, Tool) {
    let mappings = Mappings::shipped();
    let bounded = "{generated: {for: apply, bounded: true}}";
    mappings.replace("vault.yaml", "{generated: apply}", bounded);
    let (vault, tool) = applied(&mappings);
    (mappings, vault, tool)
}

#[test]
fn a_bounded_token_cannot_become_root() {
    let (_mappings, vault, _) = bounded();
    let token = log_in(&vault, "vault-provisioner");
    let everything = json!({"policy": "path \"*\" { capabilities = [\"create\", \"update\", \"read\", \"sudo\"] }"});
    let role = |name: &str| {
        vault
            .root
            .read(&format!("auth/gitlab/role/{name}"))
            .expect("a role")
    };
    let with = |name: &str, key: &str, value: Value| {
        let mut role = role(name);
        role.as_object_mut()
            .expect("fields")
            .retain(|field, _| field != "policies");
        role[key] = value;
        role
    };
    let mut config = vault.root.read("auth/gitlab/config").expect("a config");
    config["jwks_url"] = "https://attacker.example.com/keys".into();
    let attempts = [
        ("sys/policies/acl/aws-x", everything.clone()),
        ("sys/policies/acl/aws-dev", everything.clone()),
        ("sys/policies/acl/AWS-DEV", everything.clone()),
        ("sys/policies/acl/aws", everything.clone()),
        ("sys/policies/acl/vault-provisioner", everything.clone()),
        ("sys/policies/acl/vault-provisioner-plan", everything),
        (
            "auth/gitlab/role/x",
            with("aws", "token_policies", json!(["aws-x"])),
        ),
        (
            "auth/gitlab/role/x",
            with("aws", "token_policies", json!(["aws"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "token_policies", json!(["aws-prod"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "token_policies", json!(["aws", "vault-provisioner"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "token_policies", json!("vault-provisioner")),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "policies", json!(["vault-provisioner"])),
        ),
        (
            "auth/gitlab/role/aws",
            with("aws", "Token_Policies", json!(["vault-provisioner"])),
        ),
        (
            "auth/gitlab/role/vault-provisioner",
            role("vault-provisioner"),
        ),
        (
            "auth/gitlab/role/VAULT-PROVISIONER",
            with("vault-provisioner", "bound_claims", json!({})),
        ),
        ("auth/gitlab/config", config),
    ];
    for (path, body) in &attempts {
        let answer = token.request("POST", path, body);
        assert_eq!(answer.status, 403, "{path} {body}: {answer:?}");
    }
}

#[test]
fn all_of_apply_works_under_a_bounded_policy_and_what_it_may_not_write_waits() {
    let (mappings, vault, tool) = bounded();
    let root = &vault.root;
    root.write("sys/mounts/auth/gitlab/tune", &json!({"description": "?"}));
    root.delete("auth/gitlab/role/aws-prod");
    let mut role = root.read("auth/gitlab/role/aws-dev").expect("a role");
    role["token_explicit_max_ttl"] = 60.into();
    root.write("auth/gitlab/role/aws-dev", &role);
    root.write("auth/gitlab/role/stray", &role);
    for policy in ["aws", "aws-dev", "aws-prod", "vault-provisioner-plan"] {
        put_policy(&vault, policy, "# nothing");
    }
    let stray = json!({"credential_type": "assumed_role", "role_arns": "arn:aws:iam::123456789012:role/stray"});
    root.write("aws/roles/365-dev", &stray);
    root.write("aws/roles/stray", &stray);
    root.write("sys/mounts/aws/tune", &json!({"description": "?"}));
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    let project = "projects/somenamespace/newproject.yaml";
    let files = |environment: &str| {
        let role = "arn:aws:iam::123456789012:role/new";
        format!(
            "project: somenamespace/newproject\nid: 500\nenvironments: {{{environment}: '{role}'}}\n"
        )
    };
    mappings.write(project, files("dev"));
    tool.apply().assert().success();
    mappings.write(project, files("stage"));
    let message = stderr(&tool.apply().assert().code(1));
    assert!(message.contains("so nothing was written"), "{message}");
    Tool::new(&vault, &mappings).apply().assert().success();
    tool.plan().assert().code(0);
}
