//! Faults on the way to the server and in it: nothing is lost, the report is true, and a rerun converges.

mod chance;
mod crowd;
mod disk;
mod kill;
mod kinds;
mod login;
mod others;
mod restart;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::str::FromStr;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::support::{Mappings, Tool, Vault, Wire};

/// The article's files, and a Vault behind a wire.
struct Scene {
    vault: Vault,
    mappings: Mappings,
    wire: Wire,
    /// Through the wire.
    tool: Tool,
    /// Past the wire.
    direct: Tool,
}

/// The status of each path, and more about it.
type Events = BTreeMap<String, (String, String)>;

/// An apply that has ended.
struct Applied {
    run: Assert,
    events: Events,
}

impl Scene {
    fn new() -> Self {
        Self::with(Vault::start(), Mappings::article())
    }

    fn with(vault: Vault, mappings: Mappings) -> Self {
        let wire = Wire::to(vault.address());
        let direct = Tool::new(&vault, &mappings);
        let tool = Tool::new(&vault, &mappings).with_env("VAULT_ADDR", wire.address());
        Self {
            vault,
            mappings,
            wire,
            tool,
            direct,
        }
    }

    /// Carries the files out through the wire, and holds its report against what Vault has before and after.
    fn apply(&self) -> Applied {
        self.apply_with(&[])
    }

    fn apply_with(&self, arguments: &[&str]) -> Applied {
        let before = paths(&self.direct.plan_json());
        let applied = run(&self.tool, arguments);
        let after = paths(&self.direct.plan_json());
        applied.is_true(&before, &after);
        applied
    }

    /// A rerun over a wire that is whole again does the rest, and then nothing is left to do.
    fn converges(&self) {
        self.wire.mend();
        self.tool.apply().assert().success();
        self.tool.plan().assert().code(0);
    }
}

impl Applied {
    /// What it says of each change is so, given the paths that a plan changes before it and after it.
    fn is_true(&self, before: &BTreeSet<String>, after: &BTreeSet<String>) {
        let done: BTreeSet<String> = before.difference(after).cloned().collect();
        let context = format!("{:?}", self.run);
        if self.events.is_empty() {
            // It ended before its first write.
            assert_eq!(before, after, "{context}");
            return;
        }
        assert_eq!(
            &self.events.keys().cloned().collect::<BTreeSet<_>>(),
            before,
            "{context}"
        );
        assert!(self.paths("done").is_subset(&done), "{context}");
        assert!(self.paths("not_tried").is_subset(after), "{context}");
        // A write whose answer was lost may have been carried out; then the report says that this is unknown.
        for path in self.paths("failed").intersection(&done) {
            let detail = &self.events[path].1;
            assert!(
                detail.contains("unknown whether") || detail.contains("not read back"),
                "{context}"
            );
        }
    }

    fn paths(&self, status: &str) -> BTreeSet<String> {
        self.events
            .iter()
            .filter(|(_, (is, _))| is == status)
            .map(|(path, _)| path.clone())
            .collect()
    }

    /// The exit code says so, and this is one of the failures.
    fn failed(self, path: &str) -> Assert {
        assert!(self.paths("failed").contains(path), "{:?}", self.run);
        self.run.code(1)
    }

    /// Every change was made.
    fn succeeded(self) {
        assert_eq!(
            self.paths("done").len(),
            self.events.len(),
            "{:?}",
            self.run
        );
        self.run.success();
    }
}

/// `apply --auto-approve --events`, and what the events say.
fn run(tool: &Tool, arguments: &[&str]) -> Applied {
    // Those of the apply before.
    drop(std::fs::remove_file(tool.home().join("events")));
    let mut command = tool.apply();
    let run = command
        .args(["--events", "events"])
        .args(arguments)
        .assert();
    Applied {
        run,
        events: events(tool),
    }
}

/// The events of the last apply; a line is whole or, after a kill, missing.
fn events(tool: &Tool) -> Events {
    let text = std::fs::read_to_string(tool.home().join("events")).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .map(|event: Value| {
            let field = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            (field("path"), (field("status"), field("detail")))
        })
        .collect()
}

/// The paths that a plan changes.
fn paths(plan: &Value) -> BTreeSet<String> {
    plan["changes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| change["path"].as_str().expect("a path").into())
        .collect()
}

/// SplitMix64: a seed gives the same numbers everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("a small number")
    }
}

/// A number from the environment: how often, or with which seed.
pub(crate) fn setting<T: FromStr>(name: &str, default: T) -> T {
    let text = env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}
