//! Faults of the network and of the server's answers, at every kind of write.

use std::thread;
use std::time::Duration;

use super::Scene;
use super::kinds::EveryKind;
use crate::support::{Fault, Mappings, Tool, Vault, Wire};

/// Each request meets the fault when it is first sent, whatever its kind, and it is overcome: each of the faults, at a
/// plan that changes every kind of resource in every way.
fn are_overcome(faults: &[Fault], methods: &[&str], arguments: &[&str]) {
    let mut kinds = EveryKind::new();
    for fault in faults {
        for method in methods {
            let rule = kinds.scene.wire.on(method, "*");
            rule.first_of_each().then(fault.clone());
        }
        kinds.scene.apply_with(arguments).succeeded();
        kinds.scene.converges();
        kinds.turn();
    }
}

const WRITES: &[&str] = &["POST", "DELETE"];

#[test]
fn a_connection_that_is_reset_before_a_write_in_its_middle_or_before_its_answer() {
    are_overcome(
        &[Fault::ResetBefore, Fault::ResetDuring, Fault::ResetAfter],
        WRITES,
        &[],
    );
}

/// The writes are carried out, and sent again: creating a mount twice answers "path is already in use".
#[test]
fn an_answer_that_never_comes() {
    are_overcome(&[Fault::Silence], WRITES, &["--timeout", "2s"]);
}

#[test]
fn answers_that_say_to_come_back() {
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let faults = [
        Fault::status(412, "required index state not present"),
        Fault::status(429, "rate limit quota exceeded"),
        Fault::status(500, "internal error"),
        Fault::Answer(502, "Content-Type: text/html\r\n".into(), page.into()),
        Fault::status(
            503,
            "local node not active but active cluster node not found",
        ),
        Fault::status(503, "Vault is sealed"),
        Fault::status_with(429, "Retry-After: 1\r\n", "rate limit quota exceeded"),
    ];
    // Most of the time goes by waiting.
    thread::scope(|scope| {
        for faults in faults.chunks(3) {
            scope.spawn(|| are_overcome(faults, WRITES, &[]));
        }
    });
}

/// Those to the reads that a plan is made of, too.
#[test]
fn answers_that_are_slow_or_break_off_or_are_corrupt() {
    are_overcome(
        &[
            Fault::Slow(Duration::from_millis(100)),
            Fault::Truncated,
            Fault::Corrupt,
        ],
        &["GET", "POST", "DELETE"],
        &[],
    );
}

/// The token goes to the host that it is for, and to no other one.
#[test]
fn a_redirect_to_a_node_that_is_not_allowed_writes_nothing() {
    let scene = Scene::new();
    let node = Wire::to(scene.vault.address());
    scene
        .wire
        .on("POST", "aws/roles/*")
        .then(Fault::Redirect(node.address().into()));
    let applied = scene.apply();
    assert_eq!(
        applied.paths("failed").into_iter().collect::<Vec<_>>(),
        ["aws/roles/365-dev"]
    );
    applied.run.code(1);
    assert_eq!(node.count("*", "*"), 0);
    scene.converges();
}

#[test]
fn a_redirect_to_a_node_that_is_allowed_is_followed() {
    let (vault, mappings) = (Vault::start_with(&["--tls"]), Mappings::of(ROLE));
    let standby = Wire::to("the standby knows the active node only");
    standby
        .on("*", "*")
        .then(Fault::Redirect(vault.address().into()));
    let tool = Tool::new(&vault, &mappings)
        .with_env("VAULT_ADDR", standby.address())
        .with_env("VAULT_CACERT", vault.ca_cert().to_str().expect("a text"));
    let allowed = ["--allow-redirect-host", "127.0.0.1"];
    tool.apply().args(allowed).assert().success();
    tool.plan().args(allowed).assert().code(0);
}

const ROLE: &str = "\
version: 1
secrets:
  aws: {type: aws}
";

#[test]
#[should_panic(expected = "no fault struck at [\"POST aws/roles/never\"]")]
fn a_fault_that_strikes_no_request_fails_its_test() {
    let scene = Scene::new();
    let rule = scene.wire.on("POST", "aws/roles/never");
    rule.then(Fault::ResetBefore);
    scene.tool.plan().assert().code(2);
    scene.wire.mend();
}
