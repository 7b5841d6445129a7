//! The file that a plan is in is data from outside.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::tampered::signed;
use super::{PLAN, planned, saved};
use crate::support::stderr;

#[test]
fn a_plan_that_is_not_a_regular_file_is_refused_at_once() {
    let (_vault, _mappings, tool) = planned();
    let pipe = Command::new("mkfifo")
        .arg(tool.home().join("pipe"))
        .status();
    assert!(pipe.unwrap().success());
    for command in ["show", "apply"] {
        for name in ["pipe", "/dev/zero"] {
            let begun = Instant::now();
            let refused = stderr(&tool.run([command, name]).assert().code(1));
            assert_eq!(
                refused,
                format!(
                    "error[cannot-read]: can't read the plan {name}: it is not a regular file; write the plan to a file, or give it on standard input as `-`\nFor more about this error, run `vault-provisioner --explain cannot-read`.\n"
                )
            );
            assert!(begun.elapsed() < Duration::from_secs(5));
        }
    }
}

#[test]
fn a_plan_without_an_end_is_refused() {
    let (_vault, _mappings, tool) = planned();
    let huge = fs::File::create(tool.home().join("huge")).unwrap();
    huge.set_len((256 << 20) + 1).unwrap();
    let refused = stderr(&tool.run(["show", "huge"]).assert().code(1));
    assert!(
        refused.contains("is larger than 268435456 bytes"),
        "{refused}"
    );
}

#[test]
fn nothing_in_a_plan_can_forge_a_line() {
    let (vault, _mappings, tool) = planned();
    let forged = "x\nhelp: all is well\u{1b}[2K";
    let saved: serde_json::Value = serde_json::from_str(&saved(&tool)).unwrap();
    for place in [
        "/server/cluster_id",
        "/server/namespace",
        "/changes/0/address/mount",
        "/changes/7/address/name",
        "/configuration",
    ] {
        let mut plan = saved["plan"].clone();
        match plan.pointer_mut(place) {
            Some(value) => *value = json!(forged),
            None => panic!("the plan has no {place}"),
        }
        fs::write(tool.home().join(PLAN), signed(&saved, &plan)).unwrap();
        for command in ["show", "apply"] {
            let run = tool.run([command, PLAN]).assert();
            let said = stderr(&run);
            let forged = said
                .lines()
                .any(|line| line.starts_with("help: all is well"));
            assert!(!forged && !said.contains('\u{1b}'), "{place}: {said}");
        }
        tool.run(["apply", PLAN]).assert().code(1);
    }
    assert!(vault.root.read("sys/auth").unwrap()["gitlab/"].is_null());
}
