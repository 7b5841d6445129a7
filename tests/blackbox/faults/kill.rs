//! Kills and signals at random points of an apply of 1,000 changes: what is done is done whole, and a rerun goes on.
//!
//! `FAULT_KILLS=200 cargo test kills_and_signals` for more of them, `FAULT_SEED=…` for other points.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use super::{Applied, Scene, events, paths};
use crate::support::{Fault, Mappings, Vault};

const KILLS: usize = 20;
const SEED: u64 = 365;
const PROJECTS: usize = 10;
const ENVIRONMENTS: usize = 100;
const CHANGES: usize = PROJECTS * ENVIRONMENTS;
/// Requests in flight, each of which may or may not have come about when the tool is killed.
const PARALLELISM: usize = 16;

const PLATFORM: &str = "\
version: 1
secrets:
  aws: {type: aws}
mappings: {secrets: aws, role_name: \"{project_id}-{environment}\"}
";

/// SplitMix64: what a seed brings about is the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("a small number")
    }
}

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Every role gets the ARN of this version.
fn write_roles(mappings: &Mappings, version: usize) {
    for project in 1..=PROJECTS {
        let environments = (0..ENVIRONMENTS).map(|number| {
            format!("  e{number}: arn:aws:iam::123456789012:role/version-{version}\n")
        });
        let environments: String = environments.collect();
        mappings.write(
            &format!("projects/group/p{project}.yaml"),
            format!("project: group/p{project}\nid: {project}\nenvironments:\n{environments}"),
        );
    }
}

#[test]
fn kills_and_signals_at_random_points_lose_nothing() {
    let (kills, seed) = (setting("FAULT_KILLS", KILLS), setting("FAULT_SEED", SEED));
    let mut random = Random(seed);
    let scene = Scene::with(Vault::start(), Mappings::of(PLATFORM));
    let (mut version, mut left, mut halfway) = (0, BTreeSet::new(), 0);
    for kill in 0..kills {
        if left.len() < CHANGES / 4 {
            version += 1;
            write_roles(&scene.mappings, version);
            left = changes_left(&scene);
        }
        // A check of the server and the token, the mounts and the list; then reads; then writes, each with a read.
        let requests = 5 + CHANGES + 2 * left.len();
        let (at, signal) = (
            random.below(requests),
            ["KILL", "INT", "TERM"][random.below(3)],
        );
        let applied = struck(&scene, signal, at, random.below(2) == 0);
        let after = changes_left(&scene);
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

/// The paths that a plan changes; a role that is there differs in nothing but its ARN, so that none is written by half.
fn changes_left(scene: &Scene) -> BTreeSet<String> {
    let plan = scene.direct.plan_json();
    for change in plan["changes"].as_array().expect("a list") {
        let fields = change["fields"].as_array().expect("a list");
        let is_whole =
            change["action"] == "create" || fields.len() == 1 && fields[0]["name"] == "role_arns";
        assert!(is_whole, "{change}");
    }
    paths(&plan)
}

/// An apply that gets a signal before or after the server sees its request of this number.
fn struck(scene: &Scene, signal: &'static str, at: usize, before: bool) -> Applied {
    let process = Arc::new(OnceLock::<u32>::new());
    let target = Arc::clone(&process);
    let strike = move || {
        let kill = Command::new("kill")
            .args(["-s", signal, &target.wait().to_string()])
            .status();
        assert!(kill.is_ok(), "kill can be run");
    };
    let fault = if before {
        Fault::before(strike)
    } else {
        Fault::after(strike)
    };
    scene.wire.on("*", "*").skip(at).times(1).then(fault);
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
