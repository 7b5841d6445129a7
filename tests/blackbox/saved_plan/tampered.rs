//! A plan file that someone changed and whose digest they computed anew. Hundreds of such plans are refused in the unit
//! tests; here are those that an attacker would write.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{PLAN, save, saved};
use crate::support::{Mappings, Tool, Vault, stdout};

/// A saved plan with another one in it, and a digest that is right.
pub(super) fn signed(saved: &Value, plan: &Value) -> String {
    let text = plan.to_string();
    let mut digest = Sha256::new();
    digest.update(text.len().to_le_bytes());
    digest.update(text.as_bytes());
    let digest: String = digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut saved = saved.clone();
    saved["digest"] = digest.into();
    saved["plan"] = plan.clone();
    saved.to_string()
}

/// Creates, updates and deletes of every kind, with credentials, a warning and an accessor.
fn rich_plan() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings)
        .with_env("ROOT_KEY_ID", "AKIAEXAMPLEEXAMPLE")
        .with_env("ROOT_KEY", "wJalrXUtnFEMI/EXAMPLEKEY");
    tool.apply().assert().success();
    let stray = json!({"credential_type": "assumed_role", "role_arns": "arn:aws:iam::123456789012:role/stray"});
    vault.root.write("aws/roles/stray", &stray);
    mappings.replace("vault.yaml", "aws/sts/gitlab-tools", "aws/sts/more-tools");
    mappings.replace(
        "vault.yaml",
        "    max_lease_ttl: 3600\n",
        "    max_lease_ttl: 7200\n    config: {access_key_env: ROOT_KEY_ID, secret_key_env: ROOT_KEY}\n",
    );
    mappings.append(
        "projects/somenamespace/someproject.yaml",
        "  prod: arn:aws:iam::123456789013:role/gitlab-service-role\n",
    );
    save(&tool);
    (vault, mappings, tool)
}

/// What an attacker would write.
fn attacks(plan: &Value) -> Vec<(String, Value)> {
    let attack = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut plan = plan.clone();
        change(&mut plan);
        (name.to_owned(), plan)
    };
    let push = |plan: &mut Value, change: Value| {
        plan["changes"]
            .as_array_mut()
            .expect("changes")
            .push(change);
    };
    let backdoor = json!({
        "address": {"kind": "policy", "name": "backdoor"},
        "action": {"create": {"after": {"kind": "policy", "fields": {
            "policy": "path \"*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\", \"sudo\"] }",
        }}}},
    });
    vec![
        attack("a policy that allows everything", &|plan| {
            push(plan, backdoor.clone());
        }),
        attack("no guardrails", &|plan| {
            plan["guardrails"] = json!({"max_delete_percent": 100, "delete_floor": 1_000_000});
        }),
        attack("only a backdoor", &|plan| {
            plan["changes"] = json!([backdoor.clone()]);
        }),
        attack("a delete of the method", &|plan| {
            let before = json!({"kind": "auth_mount", "fields": {"type": "jwt"}});
            push(
                plan,
                json!({"address": {"kind": "auth_mount", "mount": "gitlab"}, "action": {"delete": {"before": before}}}),
            );
        }),
        attack("a role at the address of a policy", &|plan| {
            let changes = plan["changes"].as_array_mut().expect("changes");
            let first = changes[0]["address"].clone();
            changes[1]["address"] = first;
        }),
        attack("secrets from elsewhere", &|plan| {
            for change in plan["changes"].as_array_mut().expect("changes") {
                if change.get("credentials").is_some() {
                    change["credentials"]["secret_key"] = json!({"file": "/etc/passwd"});
                }
            }
        }),
    ]
}

#[test]
fn a_plan_that_an_attacker_wrote_is_not_applied() {
    let (vault, _mappings, tool) = rich_plan();
    let saved: Value = serde_json::from_str(&saved(&tool)).expect("JSON");
    let plan = saved["plan"].clone();
    let before = tool.plan_json();
    for (what, plan) in &attacks(&plan) {
        fs::write(tool.home().join(PLAN), signed(&saved, plan)).unwrap();
        let run = tool.run(["apply", PLAN]).assert().code(1);
        assert_eq!(stdout(&run), "", "{what}");
    }
    assert_eq!(tool.plan_json(), before, "nothing was written");
    assert_eq!(vault.root.read("sys/policies/acl/backdoor"), None::<Value>);
    // The same plan, written by the same hand, is accepted: only the changes were refused.
    fs::write(tool.home().join(PLAN), signed(&saved, &plan)).unwrap();
    tool.run(["apply", PLAN]).assert().success();
    tool.plan().assert().code(0);
}
