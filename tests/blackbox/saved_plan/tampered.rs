//! A plan file that someone changed and whose digest they computed anew: none is applied.
//!
//! `TAMPERED_PLANS=2000 cargo test tampered` for more of them, `TAMPERED_SEED=…` for others.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{PLAN, save, saved};
use crate::faults::{Random, setting};
use crate::support::{Mappings, Tool, Vault, stdout};

/// Besides every plan with one change, which are some hundreds.
const PLANS: usize = 100;
const SEED: u64 = 365;

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

/// A way to change a value.
type Mutation = fn(&mut Value) -> bool;

/// Ways that change one value; they answer whether they did.
const ONE_VALUE: [Mutation; 6] = [
    |value| match value {
        Value::String(text) => {
            text.push('x');
            true
        }
        Value::Number(number) => {
            *value = json!(number.as_i64().unwrap_or_default() + 1);
            true
        }
        Value::Bool(truth) => {
            *truth = !*truth;
            true
        }
        _ => false,
    },
    |value| {
        let is_text = value.as_str().is_some_and(|text| !text.is_empty());
        if is_text {
            *value = json!("");
        }
        is_text
    },
    |value| match value {
        Value::String(text) if text.contains("role/") => {
            *text = text.replace("role/", "role/admin-");
            true
        }
        _ => false,
    },
    |value| value.as_array_mut().and_then(Vec::pop).is_some(),
    |value| match value.as_array_mut() {
        Some(items) if !items.is_empty() => {
            items.push(items[0].clone());
            true
        }
        _ => false,
    },
    |value| match value.as_array_mut() {
        Some(items) if items.len() > 1 && items[0] != items[1] => {
            items.swap(0, 1);
            true
        }
        _ => false,
    },
];

/// The places of a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// Every plan that differs at one place: in a value, by a field more, or by a field less.
fn with_one_change(plan: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut found = Vec::new();
    places(plan, "", &mut found);
    for place in &found {
        for (number, mutate) in ONE_VALUE.iter().enumerate() {
            let mut tampered = plan.clone();
            if mutate(tampered.pointer_mut(place).expect("a place")) {
                all.push((format!("{place} by way {number}"), tampered));
            }
        }
        let Some(fields) = plan.pointer(place).and_then(Value::as_object) else {
            continue;
        };
        let pointer = |plan: &mut Value, change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let fields = plan.pointer_mut(place).and_then(Value::as_object_mut);
            change(fields.expect("an object"));
        };
        let mut more = plan.clone();
        pointer(&mut more, &|fields| {
            fields.insert("another".into(), json!("x"));
        });
        all.push((format!("{place} with a field more"), more));
        for name in fields.keys() {
            let mut less = plan.clone();
            pointer(&mut less, &|fields| {
                fields.remove(name);
            });
            all.push((format!("{place} without {name}"), less));
        }
    }
    all
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
        attack("nothing but a backdoor", &|plan| {
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
fn of_hundreds_of_tampered_plans_none_is_applied() {
    let (vault, _mappings, tool) = rich_plan();
    let saved: Value = serde_json::from_str(&saved(&tool)).expect("JSON");
    let plan = saved["plan"].clone();
    let mut tampered = with_one_change(&plan);
    let single = tampered.len();
    let (plans, seed) = (
        setting("TAMPERED_PLANS", PLANS),
        setting("TAMPERED_SEED", SEED),
    );
    let mut random = Random(seed);
    for _ in 0..plans {
        let (first, changed) = tampered[random.below(single)].clone();
        let second = with_one_change(&changed);
        let (second, changed) = second[random.below(second.len())].clone();
        if changed != plan {
            tampered.push((format!("seed {seed}: {first}, {second}"), changed));
        }
    }
    tampered.extend(attacks(&plan));
    assert!(tampered.len() >= 300, "{}", tampered.len());
    let before = tool.plan_json();
    for (what, plan) in &tampered {
        fs::write(tool.home().join(PLAN), signed(&saved, plan)).unwrap();
        let run = tool.run(["apply", PLAN]).assert();
        let output = run.get_output();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{what}: {}\n{plan}",
            stdout(&run)
        );
        assert_eq!(stdout(&run), "", "{what}");
    }
    assert_eq!(tool.plan_json(), before, "nothing was written");
    assert_eq!(vault.root.read("sys/policies/acl/backdoor"), None::<Value>);
    // The same plan, written by the same hand, is good: it is what was changed that was refused.
    fs::write(tool.home().join(PLAN), signed(&saved, &plan)).unwrap();
    tool.run(["apply", PLAN]).assert().success();
    tool.plan().assert().code(0);
}
