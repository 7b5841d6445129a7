//! How it is called: variables, and what it says beside its results.

use std::io::Read;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, id_token, stderr};

#[test]
fn a_variable_that_is_set_to_nothing_is_as_good_as_none() {
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
    assert!(stderr(&run).starts_with("error: nothing to log in with"));
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
fn a_signal_ends_the_question_and_takes_the_token_back() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    Tool::new(&vault, &mappings).apply().assert().success();
    vault.root.delete("aws/roles/365-dev");
    let jwt = id_token(&json!({"project_id": "7012", "aud": null}));
    let tool = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &jwt);
    let tokens = || vault.root.list("auth/token/accessors").len();
    let before = tokens();

    for signal in ["-INT", "-TERM", "-HUP"] {
        let mut apply = tool.start(["apply"]);
        let mut prompt = apply.stderr.take().unwrap();
        let mut said = Vec::new();
        while !said.ends_with(b"Only `yes` is taken: ") {
            let mut byte = [0];
            prompt.read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
        assert_eq!(tokens(), before + 1);
        let id = apply.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(
            std::io::read_to_string(prompt).unwrap(),
            "\nerror: interrupted before anything was written\n"
        );
        assert_eq!(apply.wait().unwrap().code(), Some(1), "{signal}");
        assert_eq!(tokens(), before, "{signal}");
    }
}
