//! How it is called: variables, and what it says beside its results.

use std::io::Read;
use std::process::Command;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Fault, Mappings, Tool, Vault, Wire, id_token, stderr, stdout};

#[test]
fn a_usage_line_names_no_option_that_a_variable_gives() {
    let tool = Tool::offline(&Mappings::empty())
        .with_env("VAULT_ADDR", "https://vault.example.com")
        .with_env("VAULT_PROVISIONER_MAPPINGS", "mappings");
    for arguments in [&["explain"][..], &["import"], &["plan", "--bogus"]] {
        let run = tool.run(arguments).assert().code(1);
        let said = stderr(&run);
        assert!(said.contains("Usage: vault-provisioner "), "{said}");
        assert!(
            !said.contains("--address") && !said.contains("--mappings"),
            "{said}"
        );
    }
}

#[test]
fn a_password_in_an_address_is_never_repeated() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings).with_env("HTTPS_PROXY", "http://user:s3cr@et5@127.0.0.1:1");
    let address = "https://user:s3cr@et5@127.0.0.1:1";
    for arguments in [
        &["plan", "--address", address][..],
        &["check", "--gitlab-url", address],
        &["whoami", "--jwks-url", address],
        &[
            "init",
            "new",
            "--vault",
            address,
            "--gitlab",
            "https://git.example.com",
        ],
        &[
            "init",
            "new",
            "--vault",
            "https://vault.example.com",
            "--gitlab",
            address,
        ],
        &[
            "add",
            address,
            "--id",
            "7",
            "--default",
            "arn:aws:iam::123456789012:role/x",
        ],
    ] {
        let said = stderr(&tool.run(arguments).assert().code(1));
        assert!(
            !said.contains("s3cr") && !said.contains("et5"),
            "{arguments:?}: {said}"
        );
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let (vault, mappings) = (Vault::start(), Mappings::of("version: 1\n"));
    let empty = [
        "VAULT_CACERT",
        "VAULT_NAMESPACE",
        "VAULT_TLS_SERVER_NAME",
        "VAULT_ID_TOKEN",
        "NO_COLOR",
    ];
    let tool = empty
        .iter()
        .fold(Tool::new(&vault, &mappings), |tool, name| {
            tool.with_env(name, "")
        });
    tool.plan().assert().code(0);
    let run = tool.with_env("VAULT_TOKEN", "").plan().assert().code(1);
    assert!(
        stderr(&run).starts_with("error[no-login]: there is no token and no JWT to log in with")
    );
}

#[test]
fn for_machines_every_line_of_standard_error_is_json() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    mappings.replace("vault.yaml", "default_role: aws", "default_role: nobody");
    let tool = Tool::new(&vault, &mappings);
    let json = ["plan", "--log-format", "json", "-v", "--out"];
    let good = tool.run(json.iter().chain(&["saved"])).assert().code(0);
    let bad = tool.run(json.iter().chain(&["no/folder"])).assert().code(1);
    let levels = |run| {
        let lines = stderr(run);
        let lines = lines.lines().map(|line| {
            let line: Value = serde_json::from_str(line).expect(line);
            assert!(line["message"].is_string(), "{line}");
            line["level"].as_str().expect("a level").to_owned()
        });
        let mut levels: Vec<String> = lines.collect();
        levels.dedup();
        levels
    };
    assert_eq!(levels(&good), ["WARN", "DEBUG", "INFO"]);
    assert_eq!(levels(&bad), ["WARN", "DEBUG", "ERROR"]);
}

#[test]
fn events_on_standard_output_have_it_for_themselves() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let apply = ["apply", "--auto-approve", "--events", "-"];
    let run = Tool::new(&vault, &mappings).run(apply).assert().success();
    let events = stdout(&run);
    let done = |line| serde_json::from_str::<Value>(line).expect(line)["status"] == "done";
    assert!(events.lines().all(done), "{events}");
    assert_eq!(events.lines().count(), 8);
    let said = stderr(&run);
    assert!(said.contains("Plan: 8 to create"), "{said}");
    assert!(
        said.ends_with("Applied: 8 created, 0 updated, 0 deleted.\n"),
        "{said}"
    );
}

/// A server with the article's files, one role short of them, and the pipeline that is about to write it.
fn pipeline() -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    Tool::new(&vault, &mappings).apply().assert().success();
    vault.root.delete("aws/roles/365-dev");
    let jwt = id_token(&json!({"project_id": "7012", "aud": null}));
    let tool = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &jwt);
    (vault, mappings, tool)
}

fn tokens(vault: &Vault) -> usize {
    vault.root.list("auth/token/accessors").len()
}

fn send(signal: &str, id: u32) {
    let mut kill = Command::new("kill");
    let sent = kill.args([signal, &id.to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_signal_during_the_login_takes_its_token_back() {
    let (vault, _mappings, tool) = pipeline();
    let before = tokens(&vault);
    let wire = Wire::to(vault.address());
    let (process, id) = mpsc::channel();
    let id = Mutex::new(id);
    wire.on("POST", "auth/gitlab/login")
        .then(Fault::after(move || {
            send("-TERM", id.lock().unwrap().recv().unwrap());
            // The answer is not to overtake the signal.
            thread::sleep(Duration::from_millis(200));
        }));
    let tool = tool.with_env("VAULT_ADDR", wire.address());
    let plan = tool.start(["plan"]);
    process.send(plan.id()).unwrap();
    let output = plan.wait_with_output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error[interrupted]: interrupted before anything was written\nFor more about this error, run `vault-provisioner --explain interrupted`.\n"
    );
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(tokens(&vault), before);
}

/// Not below `nohup`: whatever it starts ignores the signal, and so does the tool.
fn hangup_ends_a_run() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
    // The lowest bit is signal 1, SIGHUP.
    ignored & 1 == 0
}

#[test]
fn a_signal_ends_the_question_and_takes_the_token_back() {
    let (vault, _mappings, tool) = pipeline();
    let before = tokens(&vault);
    let mut signals = vec!["-INT", "-TERM"];
    if hangup_ends_a_run() {
        signals.push("-HUP");
    }
    for signal in signals {
        let mut apply = tool.start(["apply"]);
        let mut prompt = apply.stderr.take().unwrap();
        let mut said = Vec::new();
        while !said.ends_with(b"Only `yes` is accepted: ") {
            let mut byte = [0];
            prompt.read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
        assert_eq!(tokens(&vault), before + 1);
        send(signal, apply.id());
        assert_eq!(
            std::io::read_to_string(prompt).unwrap(),
            "\nerror[interrupted]: interrupted before anything was written\nFor more about this error, run `vault-provisioner --explain interrupted`.\n"
        );
        assert_eq!(apply.wait().unwrap().code(), Some(1), "{signal}");
        assert_eq!(tokens(&vault), before, "{signal}");
    }
}
