//! What a run says of itself while it works and when it has ended: for people, and for machines.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::{Fault, Mappings, Tool, Vault, Wire, stderr};

/// The article's files and a tool that reaches its Vault over a wire.
fn watched() -> (Vault, Mappings, Wire, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let wire = Wire::to(vault.address());
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_ADDR", wire.address());
    (vault, mappings, wire, tool)
}

/// The lines of a log in JSON.
fn records(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

#[test]
fn verbose_says_the_path_the_status_and_the_time_of_each_request() {
    let (vault, _mappings, wire, tool) = watched();
    let log = stderr(&tool.apply().arg("-v").assert().success());
    let requests: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(" request "))
        .collect();
    assert_eq!(requests.len(), wire.count("*", "*"), "{log}");
    for line in requests {
        for word in ["method=", "path=", "status=", "milliseconds="] {
            assert!(line.contains(word), "{line}");
        }
    }
    let role = r#"request method=POST path="aws/roles/365-dev" status=204 milliseconds="#;
    assert!(log.contains(role), "{log}");
    assert!(!log.contains(vault.root_token()));
    let end = log.lines().last().expect("a line");
    for word in ["finished requests=", " retries=0 ", "seconds="] {
        assert!(end.contains(word), "{end}");
    }
}

#[test]
fn verbose_twice_says_more() {
    let (_vault, _mappings, wire, tool) = watched();
    let log = stderr(&tool.run(["plan", "-vv"]).assert().success());
    let count = |what: &str| log.lines().filter(|line| line.starts_with(what)).count();
    let requests = wire.count("*", "*");
    assert_eq!(count("trace: sending method="), requests, "{log}");
    assert_eq!(count("trace: answer path="), requests, "{log}");
}

#[test]
fn warnings_about_the_files_have_a_time_for_machines() {
    let mappings = Mappings::article();
    let tool = Tool::offline(&mappings);
    let run = tool.run(["validate", "--log-format", "json"]).assert();
    let records = records(&stderr(&run));
    assert!(!records.is_empty());
    for record in records {
        let time = record["timestamp"].as_str();
        assert!(time.is_some_and(|time| time.ends_with('Z')), "{record}");
    }
}

/// `script` runs a command on a terminal of its own.
#[test]
fn a_terminal_says_at_once_that_vault_does_not_answer() {
    let (_vault, _mappings, wire, tool) = watched();
    let pause = || std::thread::sleep(std::time::Duration::from_millis(1500));
    wire.on("GET", "sys/health")
        .times(1)
        .then(Fault::before(pause));
    let program = env!("CARGO_BIN_EXE_vault-provisioner");
    let run = std::process::Command::new("script")
        .args(["-qec", &format!("{program} plan"), "/dev/null"])
        .current_dir(tool.home())
        .envs(tool.environment())
        .env("TERM", "xterm")
        .output()
        .expect("script, of Debian's bsdutils");
    let shown = String::from_utf8_lossy(&run.stdout);
    let waiting = format!("waiting for Vault at {} (", wire.address());
    assert!(shown.contains(&format!("{waiting}0s)")), "{shown}");
    assert!(shown.contains(&format!("{waiting}1s)")), "{shown}");
}

#[test]
fn machines_read_what_each_request_and_the_run_cost() {
    let (_vault, _mappings, wire, tool) = watched();
    wire.on("GET", "sys/mounts")
        .times(1)
        .then(Fault::status(503, "no"));
    let plan = tool
        .run(["plan", "-v", "--log-format", "json"])
        .assert()
        .success();
    let records = records(&stderr(&plan));
    for record in &records {
        assert!(
            record["timestamp"].is_string() && record["level"] == "DEBUG",
            "{record}"
        );
    }
    let of = |message: &str| {
        records
            .iter()
            .filter(|record| record["message"] == message)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("request").len(), wire.count("*", "*"));
    for request in of("request") {
        assert!(
            request["path"].is_string() && request["status"].is_u64(),
            "{request}"
        );
        assert!(request["milliseconds"].is_u64(), "{request}");
    }
    let [retry] = of("retry")[..] else {
        panic!("{records:?}")
    };
    assert_eq!(retry["path"], "sys/mounts");
    let [end] = of("finished")[..] else {
        panic!("{records:?}")
    };
    assert_eq!(end["requests"], wire.count("*", "*"));
    assert_eq!(end["retries"], 1);
    assert!(end["seconds"].is_f64(), "{end}");
}

#[test]
fn a_failure_is_a_record_too() {
    let (_vault, _mappings, wire, tool) = watched();
    wire.on("*", "*").then(Fault::status(400, "no"));
    let plan = tool.run(["plan", "--log-format", "json"]).assert().code(1);
    let records = records(&stderr(&plan));
    assert!(
        records.iter().all(|record| record["level"] == "ERROR"),
        "{records:?}"
    );
    assert!(
        records.iter().all(|record| record["timestamp"].is_string()),
        "{records:?}"
    );
    assert!(
        records[0]["message"]
            .as_str()
            .is_some_and(|text| text.contains("no"))
    );
}

/// Whoever follows the file sees each change when it has happened, not when the run ends.
#[test]
fn an_event_is_there_before_the_next_rank_begins() {
    let (vault, _mappings, wire, tool) = watched();
    let (events, seen) = (
        tool.home().join("events"),
        Arc::new(Mutex::new(String::new())),
    );
    let noted = Arc::clone(&seen);
    let look = move || *noted.lock().unwrap() = fs::read_to_string(&events).unwrap();
    wire.on("POST", "aws/roles/365-dev")
        .times(1)
        .then(Fault::before(look));
    let tool = tool
        .with_env("CI_COMMIT_SHA", "0123abcd")
        .with_env("CI_PIPELINE_ID", "77")
        .with_env(
            "CI_PIPELINE_URL",
            "https://git.example.com/p/-/pipelines/77",
        );
    tool.apply().args(["--events", "events"]).assert().success();
    let mut before: BTreeMap<String, Value> = records(&seen.lock().unwrap())
        .into_iter()
        .map(|event| (event["path"].as_str().expect("a path").to_owned(), event))
        .collect();
    for path in ["sys/auth/gitlab", "sys/mounts/aws", "auth/gitlab/config"] {
        assert_eq!(before[path]["status"], "done", "{before:?}");
    }
    assert!(!before.contains_key("aws/roles/365-dev"));
    let event = before.get_mut("sys/mounts/aws").expect("an event");
    let time = event["time"].take();
    assert!(
        time.as_str().is_some_and(|time| time.ends_with('Z')),
        "{time}"
    );
    let cluster = &vault.root.request("GET", "sys/health", &Value::Null).body["cluster_id"];
    let after = event["after"].take();
    for (field, value) in [
        ("type", "aws"),
        ("description", "AWS Assumed roles"),
        ("default_lease_ttl", "30m"),
        ("max_lease_ttl", "1h"),
    ] {
        assert_eq!(after[field], value, "{after}");
    }
    let expected = json!({
        "time": null,
        "commit": "0123abcd",
        "pipeline": {"id": "77", "url": "https://git.example.com/p/-/pipelines/77"},
        "server": {"cluster_id": cluster, "namespace": ""},
        "action": "create",
        "kind": "secrets_mount",
        "path": "sys/mounts/aws",
        "address": {"kind": "secrets_mount", "mount": "aws"},
        "status": "done",
        "after": null,
    });
    assert_eq!(*event, expected);
}
