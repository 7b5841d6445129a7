//! A disk that is full and folders that take no file: results are written whole or not at all.

use std::fs;

use assert_cmd::Command;

use super::Scene;
use crate::support::{Mappings, Tool, Vault, stderr};

/// A folder in which nobody can make a file, root included.
const READ_ONLY: &str = "/sys";

/// The tool as a plan of the article's, with at most this many blocks of 512 bytes a file: what comes after is refused
/// as it is on a full disk.
fn plan_on_small_disk(tool: &Tool, blocks: u32, arguments: &[&str]) -> Command {
    let plan = tool.run(["plan"]);
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""),
            "sh",
        ])
        .arg(plan.get_program())
        .args(plan.get_args())
        .args(arguments)
        .current_dir(tool.home())
        .env_clear()
        .envs(
            plan.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    command
}

#[test]
fn a_full_disk_leaves_the_file_of_before_and_no_other() {
    let scene = Scene::new();
    for option in ["--out", "--report"] {
        let file = scene.direct.home().join("result");
        fs::write(&file, "of before").unwrap();
        let plan = plan_on_small_disk(&scene.direct, 0, &[option, "result"])
            .assert()
            .code(1);
        assert!(stderr(&plan).contains("can't write"), "{}", stderr(&plan));
        assert_eq!(fs::read_to_string(&file).unwrap(), "of before");
        fs::remove_file(file).unwrap();
        let left: Vec<_> = fs::read_dir(scene.direct.home())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["mappings"], "{option}");
    }
}

#[test]
fn a_folder_that_takes_no_file_is_named() {
    let scene = Scene::new();
    for option in ["--out", "--report"] {
        let file = format!("{READ_ONLY}/plan");
        let plan = scene.direct.run(["plan", option, &file]).assert().code(1);
        assert!(
            stderr(&plan).contains(&format!("can't write {file}")),
            "{}",
            stderr(&plan)
        );
    }
}

/// A device or a pipe is written to, not put aside.
#[test]
fn what_is_no_file_is_written_to() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.run(["plan", "--out", "/dev/null"]).assert().success();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let plan = tool.run(["plan", "--out", "/dev/full"]).assert().code(1);
    assert!(
        stderr(&plan).contains("can't write /dev/full"),
        "{}",
        stderr(&plan)
    );
}

/// Nothing has been written to Vault yet.
#[test]
fn events_that_cannot_be_written_stop_an_apply_before_it_begins() {
    let scene = Scene::new();
    let events = format!("{READ_ONLY}/events");
    let apply = scene
        .direct
        .apply()
        .args(["--events", &events])
        .assert()
        .code(1);
    assert!(
        stderr(&apply).contains(&format!("can't write the events to {events}")),
        "{}",
        stderr(&apply)
    );
    assert!(
        scene
            .vault
            .root
            .list("sys/policies/acl")
            .iter()
            .all(|name| !name.contains("gitlab"))
    );
    scene.converges();
}

/// The changes matter more than their log.
#[test]
fn a_disk_that_fills_up_under_the_events_does_not_stop_the_changes() {
    let scene = Scene::new();
    let apply = scene
        .direct
        .apply()
        .args(["--events", "/dev/full"])
        .assert()
        .success();
    assert!(
        stderr(&apply).contains("can't write an event"),
        "{}",
        stderr(&apply)
    );
    scene.converges();
}
