//! Faults of the network and of the server's answers, at every kind of write.

use std::time::Duration;

use super::Scene;
use crate::support::{Fault, Mappings, Tool, Vault, Wire};

/// Each path's first request meets the fault, when all is created and when all is changed; both times it is overcome.
fn is_overcome_everywhere(fault: &Fault) {
    let scene = Scene::new();
    for method in ["POST", "DELETE"] {
        scene
            .wire
            .on(method, "*")
            .first_of_each()
            .then(fault.clone());
    }
    scene.apply().succeeded();
    scene.wire.mend();
    scene.change_everything();
    for method in ["POST", "DELETE"] {
        scene
            .wire
            .on(method, "*")
            .first_of_each()
            .then(fault.clone());
    }
    scene.apply().succeeded();
    scene.converges();
}

/// The first of these requests meets the fault, and it is overcome.
fn is_overcome(requests: &[(&str, &str)], fault: &Fault) {
    let scene = Scene::new();
    for (method, path) in requests {
        scene.wire.on(method, path).times(1).then(fault.clone());
    }
    scene.apply_with(&["--timeout", "1s"]).succeeded();
    scene.converges();
}

/// One that must not be repeated blindly, and one that is read in between.
const WRITES: &[(&str, &str)] = &[("POST", "sys/auth/gitlab"), ("POST", "aws/roles/*")];
/// The table of mounts, and the answer that a write is verified with.
const READS: &[(&str, &str)] = &[("GET", "sys/mounts"), ("GET", "aws/roles/365-dev")];

#[test]
fn a_connection_that_is_reset_before_a_write() {
    is_overcome_everywhere(&Fault::ResetBefore);
}

#[test]
fn a_connection_that_is_reset_in_the_middle_of_a_write() {
    is_overcome_everywhere(&Fault::ResetDuring);
}

/// The write is sent again, and creating a mount twice answers "path is already in use".
#[test]
fn a_connection_that_is_reset_before_the_answer_to_a_write() {
    is_overcome_everywhere(&Fault::ResetAfter);
}

#[test]
fn an_answer_that_never_comes() {
    is_overcome(WRITES, &Fault::Silence);
}

#[test]
fn answers_that_are_slow() {
    is_overcome(&[("*", "*")], &Fault::Slow(Duration::from_millis(500)));
}

#[test]
fn answers_that_break_off() {
    is_overcome(READS, &Fault::Truncated);
}

#[test]
fn answers_that_are_corrupt() {
    is_overcome(READS, &Fault::Corrupt);
}

#[test]
fn a_node_that_has_not_caught_up() {
    is_overcome(
        WRITES,
        &Fault::status(412, "required index state not present"),
    );
}

#[test]
fn a_rate_limit() {
    is_overcome(WRITES, &Fault::status(429, "rate limit quota exceeded"));
}

#[test]
fn a_rate_limit_that_says_when_to_come_back() {
    is_overcome(
        WRITES,
        &Fault::status_with(429, "Retry-After: 1\r\n", "rate limit quota exceeded"),
    );
}

#[test]
fn a_server_that_stumbles() {
    is_overcome(WRITES, &Fault::status(500, "internal error"));
}

#[test]
fn a_proxy_that_has_no_server() {
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    is_overcome(
        WRITES,
        &Fault::Answer(502, "Content-Type: text/html\r\n".into(), page.into()),
    );
}

#[test]
fn a_standby_that_knows_no_active_node() {
    is_overcome(
        WRITES,
        &Fault::status(
            503,
            "local node not active but active cluster node not found",
        ),
    );
}

#[test]
fn a_write_that_fails_for_good_stops_only_what_needs_it() {
    let scene = Scene::new();
    scene
        .wire
        .on("POST", "sys/auth/gitlab")
        .then(Fault::status(400, "no"));
    let applied = scene.apply();
    assert_eq!(
        applied.paths("failed").into_iter().collect::<Vec<_>>(),
        ["sys/auth/gitlab"]
    );
    assert!(applied.paths("not_tried").contains("auth/gitlab/config"));
    assert!(applied.paths("done").contains("aws/roles/365-dev"));
    applied.run.code(1);
    scene.converges();
}

#[test]
fn a_role_that_is_written_and_cannot_be_read_back_is_not_called_done() {
    let scene = Scene::new();
    let path = "aws/roles/365-dev";
    scene.wire.on("GET", path).then(Fault::status(400, "no"));
    scene.apply().failed(path);
    scene.converges();
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
