//! A plan file that someone changed and whose digest they computed anew: none is carried out. What an attacker would
//! write is tried through the program, in `tests/blackbox/saved_plan/tampered.rs`.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::desired::{Mapping, MappingOwner};
use crate::mappings::desired_of;
use crate::plan::file::{FORMAT, Saved, VERSION};
use crate::progress::Progress;
use crate::vault::memory::MemoryVault;

/// Plans with two changes, besides every plan with one change, which are some hundreds.
const PLANS: usize = 50;

/// A plan that creates, updates and deletes, with credentials, a warning and an accessor; and what it is compared with.
struct Scene {
    /// Where the key is, as long as this is there.
    _home: TempDir,
    desired: Desired,
    live: Live,
    plan: Plan,
}

impl Scene {
    async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join("key");
        fs::write(&key, "AKIAEXAMPLEEXAMPLE").unwrap();
        let key = key.display();
        let mut desired = desired_of(&format!(
            "\
version: 1
auth:
  gitlab:
    type: jwt
    config: {{jwks_url: \"https://git.example.com/-/jwks\"}}
    roles:
      aws: {{user_claim: project_id, bound_audiences: [a, b], bound_subject: x, token_policies: [jobs]}}
secrets:
  aws:
    type: aws
    max_lease_ttl: 2h
    config: {{access_key_file: {key}, secret_key_file: {key}}}
    roles:
      dev: {{role_arns: [\"arn:aws:iam::123456789012:role/dev\"]}}
policies:
  jobs: {{rules: [{{path: \"aws/sts/${{auth.gitlab.accessor}}\", capabilities: [update]}}]}}
"
        ));
        let expired = Mapping {
            owner: MappingOwner::Project {
                path: "team/app".parse().unwrap(),
                id: "7".parse().unwrap(),
            },
            environment: None,
            role: None,
            role_arn: "arn:aws:iam::123456789012:role/stray".parse().unwrap(),
            expires: Some("2020-12-31".parse().unwrap()),
        };
        let stray = Address::of_role(Kind::AwsRole, "aws", "stray");
        desired.expired.insert(stray, expired);
        let vault = MemoryVault::default();
        for (path, fields) in [
            ("sys/auth/gitlab", json!({"type": "jwt"})),
            ("sys/mounts/aws", json!({"type": "aws"})),
            (
                "auth/gitlab/role/aws",
                json!({"user_claim": "sub", "new_in_vault_9": true}),
            ),
            (
                "aws/roles/stray",
                json!({"role_arns": ["arn:aws:iam::123456789012:role/stray"]}),
            ),
        ] {
            vault.put(path, fields);
        }
        let live = Live::read(&vault, &desired, &Progress::on_terminal())
            .await
            .unwrap();
        let plan = Plan::new(&desired, &live);
        Self {
            _home: home,
            desired,
            live,
            plan,
        }
    }

    /// Whether `apply` would carry this plan out, whose digest is right.
    fn takes(&self, plan: &Value) -> bool {
        let Ok(plan) = Saved::parse("plan.json", signed(plan).as_bytes()) else {
            return false;
        };
        plan.server == self.plan.server && plan.verify(&self.desired, &self.live).is_ok()
    }
}

/// A plan file with this plan in it.
fn signed(plan: &Value) -> String {
    let plan = plan.to_string();
    let digest = crate::digest::hex([plan.as_str()], 32);
    format!(r#"{{"format":"{FORMAT}","version":{VERSION},"digest":"{digest}","plan":{plan}}}"#)
}

/// A way to change a value.
type PlanMutation = fn(&mut Value) -> bool;

/// Ways that change one value; they answer whether they did.
const ONE_VALUE: [PlanMutation; 6] = [
    |value| match value {
        Value::String(text) => {
            text.push('x');
            true
        }
        Value::Number(number) => {
            *value = json!(number.as_i64().unwrap_or_default() + 1);
            true
        }
        Value::Bool(flag) => {
            *flag = !*flag;
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

#[tokio::test]
async fn of_hundreds_of_tampered_plans_none_is_carried_out() {
    let scene = Scene::new().await;
    let plan = serde_json::to_value(&scene.plan).unwrap();
    assert!(
        scene.takes(&plan),
        "the same plan, written by the same hand, is accepted"
    );
    let single = with_one_change(&plan);
    let mut tampered = single.clone();
    for number in 0..PLANS {
        // Places far from each other, and each of them some time.
        let (first, changed) = &single[number * 7919 % single.len()];
        let twice = with_one_change(changed);
        let (second, changed) = twice[number * 104_729 % twice.len()].clone();
        if changed != plan {
            tampered.push((format!("{first}, {second}"), changed));
        }
    }
    assert!(tampered.len() >= 300, "{}", tampered.len());
    for (what, plan) in &tampered {
        assert!(!scene.takes(plan), "{what}: {plan}");
    }
}
