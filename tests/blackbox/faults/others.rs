//! Others who change the same Vault, and a Vault that changes under the tool.

use std::thread;

use serde_json::json;

use super::{Events, Scene, events, paths, run};
use crate::support::{Fault, Mappings, Tool, Vault, stderr};

const ROLE: &str = "aws/roles/365-dev";
const OTHER: &str = "arn:aws:iam::123456789012:role/other";

/// What someone else writes to the role.
fn other_role() -> serde_json::Value {
    json!({"credential_type": "assumed_role", "role_arns": [OTHER]})
}

#[test]
fn two_applies_of_the_same_files_at_once_both_succeed() {
    let scene = Scene::new();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| scene.tool.apply().assert().success());
        }
    });
    scene.converges();
}

/// Each role matches one of the two plans completely, and the apply that lost reports it.
#[test]
fn two_applies_of_different_plans_at_once_report_each_role_truthfully() {
    let vault = Vault::start();
    let files = ["one", "two"].map(|name| Mappings::of(&many_roles(name)));
    let tools = files.each_ref().map(|files| Tool::new(&vault, files));
    thread::scope(|scope| {
        for tool in &tools {
            scope.spawn(|| run(tool, &[]));
        }
    });
    let [one, two] = tools.each_ref().map(events);
    let in_vain = |events: &Events, path: &str| match events.get(path) {
        Some((status, _)) if status == "done" => false,
        Some((_, detail)) => {
            assert!(detail.contains("at the same time"), "{path}: {detail}");
            true
        }
        None => panic!("{path} is missing"),
    };
    for number in 0..ROLES {
        let path = format!("aws/roles/r{number}");
        let role = vault.root.read(&path).expect("a role");
        let arn = role["role_arns"][0].as_str().expect("an ARN");
        let (one, two) = (in_vain(&one, &path), in_vain(&two, &path));
        assert!(!one || arn.ends_with("two"), "{path}: {arn}");
        assert!(!two || arn.ends_with("one"), "{path}: {arn}");
    }
    for tool in &tools {
        tool.apply().assert().success();
        tool.plan().assert().code(0);
    }
}

const ROLES: usize = 200;

fn many_roles(name: &str) -> String {
    let arn = format!("arn:aws:iam::123456789012:role/{name}");
    let roles = (0..ROLES).map(|number| {
        format!("      r{number}: {{credential_type: assumed_role, role_arns: [\"{arn}\"]}}\n")
    });
    let roles: String = roles.collect();
    format!("version: 1\nsecrets:\n  aws:\n    type: aws\n    roles:\n{roles}")
}

#[test]
fn a_role_that_changes_between_write_and_read_back_is_not_called_done() {
    let scene = Scene::new();
    let root = scene.vault.root.clone();
    scene
        .wire
        .on("POST", ROLE)
        .then(Fault::after(move || drop(root.write(ROLE, &other_role()))));
    let applied = scene.apply();
    applied.failed(ROLE);
    scene.converges();
}

#[test]
fn a_server_that_is_sealed_in_the_middle_has_what_was_done_when_it_is_unsealed() {
    let scene = std::sync::Arc::new(Scene::new());
    let before = paths(&scene.direct.plan_json());
    let sealing = std::sync::Arc::clone(&scene);
    scene
        .wire
        .on("POST", ROLE)
        .times(1)
        .then(Fault::before(move || sealing.vault.seal()));
    let applied = run(&scene.tool, &[]);
    scene.vault.unseal();
    let after = paths(&scene.direct.plan_json());
    assert!(applied.paths("done").is_disjoint(&after));
    assert_eq!(applied.events.len(), before.len());
    let failed = applied.failed(ROLE);
    assert!(stderr(&failed).contains("not"), "{}", stderr(&failed));
    scene.converges();
}

/// A restart takes a second or two, and whoever waits need not know.
#[test]
fn a_server_that_is_gone_for_a_moment_is_waited_for() {
    let scene = std::sync::Arc::new(Scene::new());
    let restarting = std::sync::Arc::clone(&scene);
    let restart = move || {
        restarting.wire.mend();
        restarting
            .wire
            .on("*", "*")
            .times(3)
            .then(Fault::ResetBefore);
    };
    scene
        .wire
        .on("POST", "sys/mounts/aws")
        .times(1)
        .then(Fault::before(restart));
    scene.apply().succeeded();
    scene.converges();
}

/// A development server keeps nothing over a restart: it is another Vault, and the plan is not for it.
#[test]
fn a_server_that_restarts_empty_refuses_the_plan_and_takes_a_new_one() {
    let scene = Scene::new();
    scene.tool.run(["plan", "--out", "plan"]).assert().success();
    let fresh = Vault::start();
    let tool = Tool::new(&fresh, &scene.mappings);
    let plan = scene.tool.home().join("plan");
    let apply = tool
        .run([std::ffi::OsStr::new("apply"), plan.as_os_str()])
        .assert()
        .code(1);
    assert!(
        stderr(&apply).contains("another Vault"),
        "{}",
        stderr(&apply)
    );
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}
