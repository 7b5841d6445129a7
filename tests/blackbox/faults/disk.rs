//! A disk that is full and folders that take no file: results are written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::process;

use assert_cmd::Command;

use super::Scene;
use crate::support::{Mappings, Tool, Vault, stderr, stdout};

/// A folder in which nobody can make a file, root included.
const READ_ONLY: &str = "/sys";

/// A run under a limit of the shell's `ulimit`.
pub(super) fn limited(
    limit: &str,
    most: usize,
    tool: &Tool,
    arguments: &[&str],
) -> process::Command {
    let run = tool.run(arguments);
    let mut command = process::Command::new("sh");
    command
        .args([
            "-c",
            &format!("trap '' XFSZ; ulimit {limit} {most}; exec \"$@\""),
            "sh",
        ])
        .arg(run.get_program())
        .args(run.get_args())
        .current_dir(tool.home())
        .env_clear()
        .envs(
            run.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    command
}

/// A run in which no file gets longer than this many blocks of 512 bytes: what comes after is refused as it is on a full
/// disk.
fn on_small_disk(blocks: usize, tool: &Tool, arguments: &[&str]) -> Command {
    Command::from_std(limited("-f", blocks, tool, arguments))
}

/// What is in the folder in which the tool runs.
fn files(tool: &Tool) -> Vec<OsString> {
    let entries = fs::read_dir(tool.home()).unwrap();
    entries.map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn a_full_disk_leaves_the_file_of_before_and_no_other() {
    let scene = Scene::new();
    for option in ["--out", "--report"] {
        let file = scene.direct.home().join("result");
        fs::write(&file, "of before").unwrap();
        let plan = on_small_disk(0, &scene.direct, &["plan", option, "result"])
            .assert()
            .code(1);
        assert!(stderr(&plan).contains("can't write"), "{}", stderr(&plan));
        assert_eq!(fs::read_to_string(&file).unwrap(), "of before");
        fs::remove_file(file).unwrap();
        assert_eq!(files(&scene.direct), ["mappings"], "{option}");
    }
}

/// The disk is full when nothing, or when the first file has been written.
#[test]
fn an_import_is_there_whole_or_not_at_all() {
    let scene = Scene::new();
    scene.direct.apply().assert().success();
    for blocks in [0, 1] {
        let import = on_small_disk(blocks, &scene.direct, &["import", "--out", "imported"])
            .assert()
            .code(1);
        assert!(
            stderr(&import).contains("can't write"),
            "{}",
            stderr(&import)
        );
        assert_eq!(files(&scene.direct), ["mappings"], "{blocks} blocks");
    }
    let place = format!("{READ_ONLY}/imported");
    let import = |place| scene.direct.run(["import", "--out", place]).assert();
    let text = stderr(&import(place.as_str()).code(1));
    assert!(text.contains(&format!("can't write {place}")), "{text}");
    import("imported").success();
    let plan = ["plan", "--mappings", "imported", "--detailed-exitcode"];
    scene.direct.run(plan).assert().code(0);
}

/// The plan still fits on the disk, and its outcome does not.
#[test]
fn a_report_that_finds_no_room_goes_to_standard_error() {
    let scene = Scene::new();
    let planned = stdout(&scene.direct.plan().assert().code(2)).len();
    let blocks = planned / 512 + 1;
    let file = scene.direct.home().join("out");
    fs::write(&file, " ".repeat(blocks * 512 - planned)).unwrap();
    let out = OpenOptions::new().append(true).open(file).unwrap();
    let mut apply = limited("-f", blocks, &scene.direct, &["apply", "--auto-approve"]);
    let output = apply.stdout(out).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("Applied: 8 created"), "{text}");
    scene.converges();
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

#[test]
fn a_report_that_cannot_be_written_is_named_and_the_others_are_written() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let good = tool.home().join("junit.xml");
    let bad = tool.home().join("missing/quality.json");
    let report = |kind: &str, file: &Path| format!("{kind}={}", file.display());
    let validate = tool
        .run(["validate", "--report", &report("codequality", &bad)])
        .args(["--report", &report("junit", &good)])
        .assert()
        .code(1);
    let reason = format!(
        "can't write {}: No such file or directory (os error 2)\n",
        bad.display()
    );
    assert!(stderr(&validate).contains(&reason), "{}", stderr(&validate));
    assert!(fs::read_to_string(good).unwrap().starts_with("<?xml"));
}

/// A device or a pipe is written to, not put aside.
#[test]
fn a_device_or_a_pipe_is_written_to() {
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
