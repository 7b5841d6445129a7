//! Faults on the way to the server and in it: nothing is lost, the report is true, and a rerun converges.

mod disk;
mod kill;
mod login;
mod others;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

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

/// An apply that has ended, with its events: the status of each path, and more about it.
struct Applied {
    run: Assert,
    events: BTreeMap<String, (String, String)>,
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

    /// Changes every kind of resource, and takes a role away.
    fn change_everything(&self) {
        for (from, to) in [
            (
                "description: GitLab authentication via JWKS",
                "description: GitLab",
            ),
            ("description: AWS Assumed roles", "description: AWS"),
            ("default_role: aws", "default_role: vault-provisioner"),
            ("token_explicit_max_ttl: 600", "token_explicit_max_ttl: 900"),
            (
                "description: Assume the shared role of the GitLab tools",
                "description: The tools",
            ),
        ] {
            self.mappings.replace("vault.yaml", from, to);
        }
        let project = "projects/somenamespace/someproject.yaml";
        self.mappings.replace(project, "  dev:", "  prod:");
    }

    /// Carries the files out through the wire, and holds its report against what Vault has before and after.
    fn apply(&self) -> Applied {
        self.apply_with(&[])
    }

    fn apply_with(&self, arguments: &[&str]) -> Applied {
        let before = paths(&self.direct.plan_json());
        let applied = run(&self.tool, arguments);
        let after = paths(&self.direct.plan_json());
        let done: BTreeSet<String> = before.difference(&after).cloned().collect();
        let context = format!("{:?}", applied.run);
        assert_eq!(
            applied.events.keys().cloned().collect::<BTreeSet<_>>(),
            before,
            "{context}"
        );
        assert!(applied.paths("done").is_subset(&done), "{context}");
        assert!(applied.paths("not_tried").is_subset(&after), "{context}");
        // A write whose answer was lost can have come about; then that is not known, and said so.
        for path in applied.paths("failed").intersection(&done) {
            let detail = &applied.events[path].1;
            assert!(
                detail.contains("not known") || detail.contains("not read back"),
                "{context}"
            );
        }
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
    fn paths(&self, status: &str) -> BTreeSet<String> {
        let with_status = self.events.iter().filter(|(_, (is, _))| is == status);
        with_status.map(|(path, _)| path.clone()).collect()
    }

    /// The exit code says so, and this is one of the failures.
    fn failed(self, path: &str) -> Assert {
        assert!(self.paths("failed").contains(path), "{:?}", self.run);
        self.run.code(1)
    }

    /// Everything came about.
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
fn events(tool: &Tool) -> BTreeMap<String, (String, String)> {
    let text = std::fs::read_to_string(tool.home().join("events")).unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"));
    lines
        .map(|event: Value| {
            let field = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            (field("path"), (field("status"), field("detail")))
        })
        .collect()
}

/// The paths that a plan changes.
fn paths(plan: &Value) -> BTreeSet<String> {
    let changes = plan["changes"].as_array().expect("a list").iter();
    changes
        .map(|change| change["path"].as_str().expect("a path").into())
        .collect()
}
