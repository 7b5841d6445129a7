//! A mount with very many roles that are others': nobody reads, shows or touches them.

use std::fmt::Write as _;

use assert_cmd::Command;

use super::Scene;
use super::disk::limited;
use crate::support::{Fault, Mappings, Vault, stdout};

const OTHERS: usize = 50_000;
/// With names as long as these, the list of them takes 10 MB.
const NAME_LENGTH: usize = 200;
/// Of address space, most of which is code and the reserve of threads.
const KILOBYTES: usize = 300_000;

/// What the mount answers that has these roles and many more.
fn list_with(ours: &[String]) -> String {
    let mut keys = String::new();
    for number in 0..OTHERS {
        let _ = write!(
            keys,
            "\"legacy-{number:0>width$}\",",
            width = NAME_LENGTH - 7
        );
    }
    let ours = ours
        .iter()
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(",");
    format!(r#"{{"data":{{"keys":[{keys}{ours}]}}}}"#)
}

#[test]
fn fifty_thousand_roles_of_others_cost_nothing_more_than_their_list_where_nothing_changes() {
    let scene = Scene::with(Vault::start(), Mappings::article());
    scene
        .mappings
        .append("vault.yaml", "unmanaged: {aws_roles: [legacy-*]}\n");
    scene.direct.apply().assert().success();
    let ours = scene.vault.root.list("aws/roles");
    let list = list_with(&ours);
    assert!(list.len() > 10_000_000);
    let json = "Content-Type: application/json\r\n";
    scene
        .wire
        .on("GET", "aws/roles")
        .then(Fault::Answer(200, json.into(), list));
    for (arguments, exit) in [
        (&["plan", "--detailed-exitcode"][..], 0),
        (&["drift"], 0),
        (&["apply", "--auto-approve"], 0),
    ] {
        let run = limited("-v", KILOBYTES, &scene.tool, arguments);
        let run = Command::from_std(run).assert().code(exit);
        let output = run.get_output();
        assert!(
            output.stdout.len() + output.stderr.len() < 5_000,
            "{}",
            stdout(&run)
        );
    }
    assert_eq!(scene.wire.count("*", "aws/roles/legacy-*"), 0);
    assert!(scene.wire.count("GET", "aws/roles/*") < 20);
    scene.converges();
}
