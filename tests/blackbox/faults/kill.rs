//! Kills and signals at random points of an apply of 1,000 changes: what is done is done whole, and a rerun goes on.
//!
//! `FAULT_KILLS=1000 cargo test kills_and_signals` for more of them, `FAULT_SEED=…` for other points.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use super::{Applied, Random, Scene, events, paths, setting};
use crate::support::{Fault, Mappings, Shared, Vault, stderr};

const KILLS: usize = 100;
const SEED: u64 = 365;
/// From one version to the next: policies and roles that change, and roles that come and go.
const POLICIES: usize = 600;
const ROLES: usize = 100;
const COMING: usize = 50;
const CHANGES: usize = POLICIES + 2 * (ROLES + 2 * COMING);
/// Requests in flight, each of which may or may not have been carried out when the tool is killed.
const PARALLELISM: usize = 16;
/// The only field that differs between two versions of what is there in both.
const CHANGING: [&str; 3] = ["policy", "token_explicit_max_ttl", "role_arns"];

/// All policies and roles in this version; half of the roles that come and go are there in every other one.
fn write_version(mappings: &Mappings, version: usize) {
    let parity = ["even", "odd"][version % 2];
    let names = || {
        let coming = (0..COMING).map(move |number| format!("{parity}{number}"));
        (0..ROLES).map(|number| format!("r{number}")).chain(coming)
    };
    let jwks_url = Shared::jwks_url();
    let mut text = format!(
        "\
version: 1
guardrails: {{max_delete_percent: 100}}
auth:
  gitlab:
    type: jwt
    config: {{jwks_url: {jwks_url}}}
    roles:
"
    );
    for name in names() {
        let _ = writeln!(
            text,
            "      {name}: {{user_claim: project_id, bound_audiences: [a], token_policies: [p0], \
             bound_claims: {{project_id: \"1\"}}, token_explicit_max_ttl: {}}}",
            600 + version
        );
    }
    text += "secrets:\n  aws:\n    type: aws\n    roles:\n";
    for name in names() {
        let arn = format!("arn:aws:iam::123456789012:role/version-{version}");
        let _ = writeln!(
            text,
            "      {name}: {{credential_type: assumed_role, role_arns: [\"{arn}\"]}}"
        );
    }
    text += "policies:\n";
    for number in 0..POLICIES {
        let _ = writeln!(
            text,
            "  p{number}: {{rules: [{{path: version/{version}, capabilities: [read]}}]}}"
        );
    }
    mappings.write("vault.yaml", text);
}

#[test]
fn kills_and_signals_at_random_points_lose_nothing() {
    let (kills, seed) = (setting("FAULT_KILLS", KILLS), setting("FAULT_SEED", SEED));
    let mut random = Random(seed);
    let scene = Scene::with(Vault::start(), Mappings::empty());
    write_version(&scene.mappings, 0);
    scene.direct.apply().assert().success();
    let (mut version, mut left, mut halfway) = (0, BTreeSet::new(), 0);
    for kill in 0..kills {
        if left.len() < CHANGES / 4 {
            version += 1;
            write_version(&scene.mappings, version);
            left = changes_left(&scene);
        }
        // A check of the server and the token, the mounts and the lists; then reads; then writes, each with a read.
        let requests = 5 + CHANGES + 2 * left.len();
        let (at, signal) = (
            random.below(requests),
            ["KILL", "INT", "TERM", "HUP"][random.below(4)],
        );
        let writes = writes(&scene);
        let applied = struck(&scene, signal, at, random.below(2) == 0);
        let after = if writes == self::writes(&scene) {
            left.clone()
        } else {
            changes_left(&scene)
        };
        let done: BTreeSet<_> = left.difference(&after).cloned().collect();
        let context = format!("seed {seed}, kill {kill}: {signal} at request {at} of {requests}");
        assert!(after.is_subset(&left), "{context}: what was done is undone");
        assert!(
            applied.paths("done").is_subset(&done),
            "{context}: said to be done, and is not"
        );
        assert_eq!(applied.paths("failed"), BTreeSet::new(), "{context}");
        if signal == "KILL" {
            let unsaid = done.len() - applied.paths("done").len();
            assert!(
                unsaid <= PARALLELISM,
                "{context}: {unsaid} done that were not said to be"
            );
        } else if !applied.events.is_empty() {
            assert_eq!(applied.paths("done"), done, "{context}");
            assert_eq!(applied.paths("not_tried"), after, "{context}");
        }
        halfway += usize::from(!done.is_empty() && !after.is_empty());
        left = after;
    }
    assert!(
        halfway >= kills / 4,
        "{halfway} of {kills} struck between the first change and the last"
    );
    scene.converges();
}

/// How many requests the server has seen that may change something.
fn writes(scene: &Scene) -> usize {
    scene.wire.count("POST", "*") + scene.wire.count("DELETE", "*")
}

/// The paths that a plan changes; what exists differs only in the version, so that no value is half written.
fn changes_left(scene: &Scene) -> BTreeSet<String> {
    let plan = scene.direct.plan_json();
    for change in plan["changes"].as_array().expect("a list") {
        let fields = change["fields"].as_array().expect("a list");
        let names = fields
            .iter()
            .map(|field| field["name"].as_str().expect("a name"));
        let is_whole = change["action"] != "update"
            || fields.len() == 1 && names.into_iter().all(|name| CHANGING.contains(&name));
        assert!(is_whole, "{change}");
    }
    paths(&plan)
}

/// What is on its way is waited for once; who asks again does not wait, and gets an error that says what is unknown.
#[test]
fn a_second_signal_gives_up_what_has_begun_and_says_so() {
    let scene = Scene::new();
    let before = paths(&scene.direct.plan_json());
    scene.wire.on("POST", "aws/roles/*").then(Fault::Silence);
    let mut child = scene
        .tool
        .start(["apply", "--auto-approve", "--events", "events"]);
    while scene.wire.count("POST", "aws/roles/*") == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    while child.try_wait().expect("it can be waited for").is_none() {
        signal("INT", child.id());
        thread::sleep(Duration::from_millis(100));
    }
    let output = child.wait_with_output().expect("it can be waited for");
    let applied = Applied {
        run: assert_cmd::assert::Assert::new(output),
        events: events(&scene.tool),
    };
    applied.is_true(&before, &paths(&scene.direct.plan_json()));
    let role = "aws/roles/365-dev";
    assert!(applied.events[role].1.contains("second signal"));
    let text = stderr(&applied.failed(role));
    assert!(text.contains("Interrupted:"), "{text}");
    scene.converges();
}

#[test]
fn a_signal_before_the_first_write_ends_the_run_at_once() {
    let scene = Scene::new();
    let path = "sys/capabilities-self";
    scene.wire.on("POST", path).then(Fault::Silence);
    let child = scene.tool.start(["apply", "--auto-approve"]);
    while scene.wire.count("POST", path) == 0 {
        thread::sleep(Duration::from_millis(10));
    }
    signal("INT", child.id());
    let output = child.wait_with_output().expect("it can be waited for");
    let run = assert_cmd::assert::Assert::new(output).code(1);
    assert!(stderr(&run).contains("interrupted"), "{}", stderr(&run));
    assert_eq!(scene.wire.count("POST", "aws/roles/*"), 0);
    scene.converges();
}

/// Who closes the terminal under `nohup` means the run to go on.
#[test]
fn a_hangup_that_is_to_be_ignored_is() {
    let scene = Scene::new();
    let process = Arc::new(OnceLock::<u32>::new());
    let target = Arc::clone(&process);
    let hang_up = move || signal("HUP", *target.wait());
    scene
        .wire
        .on("POST", "aws/roles/*")
        .then(Fault::before(hang_up));
    let apply = scene.tool.run(["apply", "--auto-approve"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' HUP; exec \"$0\" apply --auto-approve"])
        .arg(apply.get_program())
        .current_dir(scene.tool.home())
        .envs(scene.tool.environment())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("a shell");
    process.set(child.id()).expect("set once");
    assert!(child.wait().expect("it can be waited for").success());
    scene.converges();
}

fn signal(name: &str, process: u32) {
    let mut kill = Command::new("kill");
    let kill = kill.args(["-s", name, &process.to_string()]);
    assert!(kill.status().is_ok(), "kill can be run");
}

/// An apply that gets a signal before or after the server sees its request of this number.
fn struck(scene: &Scene, signal: &'static str, at: usize, before: bool) -> Applied {
    let process = Arc::new(OnceLock::<u32>::new());
    let target = Arc::clone(&process);
    let strike = move || self::signal(signal, *target.wait());
    let fault = if before {
        Fault::before(strike)
    } else {
        Fault::after(strike)
    };
    // Requests are counted from above, so the run may have ended before.
    let rule = scene.wire.on("*", "*").skip(at).times(1);
    rule.may_miss().then(fault);
    let child = scene.tool.start([
        "apply",
        "--auto-approve",
        "--events",
        "events",
        "--parallelism",
        "16",
    ]);
    process.set(child.id()).expect("set once");
    let output = child.wait_with_output().expect("it can be waited for");
    scene.wire.mend();
    Applied {
        run: assert_cmd::assert::Assert::new(output),
        events: events(&scene.tool),
    }
}
