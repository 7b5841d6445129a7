//! A printed policy allows what its command needs, and nothing else.

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use super::{
    APPLY_FILE, PLAN_FILE, applied, log_in, put_policy, rules, spoil_all_but_config, unbounded,
    with_files,
};
use crate::support::{Answer, Feature, Mappings, Tool, Vault, iam_user, stderr, stdout};

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

/// Everything in the files is missing, different or superfluous, except what an administrator applies.
fn spoil(vault: &Vault) {
    let mut config = vault.root.read("auth/gitlab/config").expect("a config");
    config["default_role"] = "other".into();
    vault.root.write("auth/gitlab/config", &config);
    spoil_all_but_config(vault);
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
        // For the first role of a kind: see an_update_of_the_pipelines_policy_is_not_needed_for_the_first_role_of_a_kind.
        if FIRST_ROLES.contains(&missing.as_str()) {
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

/// What only roles of kinds need that the shipped files have none of.
const FIRST_ROLES: [&str; 2] = [
    "\"update\" on aws/static-roles/+",
    "\"update\" on auth/gitlab/cel/role/+",
];

#[test]
fn an_update_of_the_pipelines_policy_is_not_needed_for_the_first_role_of_a_kind() {
    iam_user("policy-first");
    let static_role = "    static_roles: {first: {username: policy-first, rotation_period: 24h}}\n";
    let cel_role = "    cel_roles: {first: {cel_program: {expression: \"false\"}}}\n\n";
    let add_roles = |mappings: &Mappings, vault: &Vault| {
        mappings.replace(
            "vault.yaml",
            "    roles:\n      gitlab-tools",
            &format!("{static_role}    roles:\n      gitlab-tools"),
        );
        if vault.has(Feature::CelRoles) {
            mappings.replace(
                "vault.yaml",
                "\nsecrets:\n",
                &format!("{cel_role}secrets:\n"),
            );
        }
    };
    let mappings = unbounded();
    let (vault, tool) = applied(&mappings);
    // To an expectation, a program may let anyone in.
    mappings.remove("contract.yaml");
    add_roles(&mappings, &vault);
    let plan = tool.plan_json();
    let changes = plan["changes"].as_array().unwrap().iter();
    let paths: Vec<&str> = changes
        .map(|change| change["path"].as_str().unwrap())
        .collect();
    let cel = vault
        .has(Feature::CelRoles)
        .then_some("auth/gitlab/cel/role/first");
    let expected: Vec<&str> = cel.into_iter().chain(["aws/static-roles/first"]).collect();
    assert_eq!(paths, expected);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    vault.root.delete("aws/static-roles/first");

    let mappings = with_files();
    let (vault, tool) = applied(&mappings);
    let policy = mappings.read(APPLY_FILE);
    for (missing, less) in each_less(&policy) {
        if !FIRST_ROLES.contains(&missing.as_str()) {
            continue;
        }
        if missing.contains("cel") && !vault.has(Feature::CelRoles) {
            continue;
        }
        let before = mappings.read("vault.yaml");
        mappings.write(APPLY_FILE, &less);
        put_policy(&vault, "vault-provisioner", &less);
        add_roles(&mappings, &vault);
        assert!(
            complains(&tool.apply().assert()),
            "apply does not need {missing}"
        );
        mappings.write("vault.yaml", before);
    }
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
