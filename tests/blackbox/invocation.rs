//! How it is called: variables, and what it says beside its results.

use serde_json::Value;

use crate::support::{Mappings, Tool, Vault, stderr};

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
