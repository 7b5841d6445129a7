//! The steps of docs/to-the-safe-default.md, from the article's files on: at each, jobs log in the old and the new way.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Client, Mappings, Tool, Vault, gets, id_token, stdout};

/// The policy of the old form.
const OLD_POLICY: &str = "gitlab-projects-aws-assumed-role";

/// What each step puts into `vault.yaml`, as the page says.
fn steps() -> Vec<Value> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/to-the-safe-default.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```yaml mappings/vault.yaml\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    blocks
        .map(|block| serde_yaml::from_str(block).unwrap())
        .collect()
}

/// Puts sections into others; a role, a policy and a list are replaced as a whole.
fn put(old: &mut Value, new: &Value, path: &[&str]) {
    let is_whole = match path {
        ["auth", _, "roles", _] | ["policies", _] => true,
        _ => !new.is_object() || !old.is_object(),
    };
    if is_whole {
        *old = new.clone();
        return;
    }
    for (key, value) in new.as_object().unwrap() {
        let path: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        put(
            old.as_object_mut()
                .unwrap()
                .entry(key)
                .or_insert(Value::Null),
            value,
            &path,
        );
    }
}

/// A job of the environment dev that logs in the old way, with the default role and without an audience.
fn old_login(vault: &Vault) -> Option<Client> {
    let claims = json!({"environment": "dev", "aud": null});
    vault.log_in("gitlab", None, &id_token(&claims)).ok()
}

/// The same with the role of its environment.
fn new_login(vault: &Vault) -> Option<Client> {
    let claims = json!({"environment": "dev"});
    vault
        .log_in("gitlab", Some("aws-dev"), &id_token(&claims))
        .ok()
}

#[test]
fn only_the_last_step_takes_anything_from_a_job() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let running = old_login(&vault).expect("the old way");
    assert!(gets(&running, "365-dev") && new_login(&vault).is_none());

    let steps = steps();
    let (last, first) = steps.split_last().unwrap();
    let mut platform: Value = serde_yaml::from_str(&mappings.read("vault.yaml")).unwrap();
    let mut step = |step: &Value| {
        put(&mut platform, step, &[]);
        if step.get("removed").is_some() {
            platform["policies"]
                .as_object_mut()
                .unwrap()
                .remove(OLD_POLICY);
        }
        mappings.write("vault.yaml", platform.to_string());
        let plan = stdout(&tool.run(["plan"]).assert().success());
        tool.apply().assert().success();
        plan
    };
    for (number, content) in first.iter().enumerate() {
        let plan = step(content);
        // The pipeline itself may do less from its own step on.
        let mut losses = plan.lines().filter(|line| line.starts_with("- "));
        assert!(
            losses.all(|line| line.contains("project 7012")),
            "step {number}: {plan}"
        );
        let old = old_login(&vault).expect("the old way");
        let new = new_login(&vault).expect("the new way");
        for (who, job) in [("running", &running), ("old", &old), ("new", &new)] {
            assert!(gets(job, "365-dev"), "step {number}: {who}");
        }
        assert!(
            !gets(&new, "412-dev") && !gets(&new, "365"),
            "step {number}"
        );
    }

    // Step 4: the audit log says by which JWT role the sessions of each mapping were given.
    let by_role = |log: &str| {
        let usage = stdout(&tool.run(["usage", log]).assert().success());
        let line = usage
            .lines()
            .find(|line| line.contains("aws/roles/365-dev "));
        let line = line.unwrap_or_else(|| panic!("{usage}"));
        line.rsplit_once("JWT role: ")
            .map_or("none", |(_, roles)| roles)[..]
            .to_owned()
    };
    let audit = |name: &str| {
        let log = tool.home().join(name);
        let device = json!({"type": "file", "options": {"file_path": log}});
        vault.root.write(&format!("sys/audit/{name}"), &device);
    };
    audit("audit.log");
    assert!(gets(&old_login(&vault).unwrap(), "365-dev"));
    assert!(gets(&new_login(&vault).unwrap(), "365-dev"));
    assert_eq!(
        by_role("audit.log"),
        "1 by aws, 1 by aws-dev  (project 365 (somenamespace/someproject), dev)"
    );
    vault.root.delete("sys/audit/audit.log");
    audit("later.log");
    assert!(gets(&new_login(&vault).unwrap(), "365-dev"));
    assert_eq!(
        by_role("later.log"),
        "1 by aws-dev  (project 365 (somenamespace/someproject), dev)"
    );

    let plan = step(last);
    assert!(plan.contains("\n- "), "{plan}");
    let new = new_login(&vault).expect("the new way");
    assert!(gets(&new, "365-dev"));
    assert!(
        old_login(&vault).is_none(),
        "the new default role asks for an audience"
    );
    assert!(!gets(&running, "365-dev"));
    let validate = tool.run(["validate"]).assert().success();
    assert!(!stdout(&validate).contains("shared-metadata"));
}
