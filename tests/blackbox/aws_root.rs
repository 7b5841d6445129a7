//! `aws/config/root`, of which Vault 1.20 and newer keep what a write leaves out, and which they let only `create` add.

use serde_json::json;

use crate::support::{Feature, Mappings, Tool, Vault, id_token, stdout};

const SETTINGS: &str = "    max_lease_ttl: 3600\n";

/// The article's files, with these keys in the engine's configuration.
fn with_config(mappings: &Mappings, keys: &str) {
    mappings.replace(
        "vault.yaml",
        SETTINGS,
        &format!("{SETTINGS}    config:\n{keys}"),
    );
}

#[test]
fn the_printed_policy_lets_apply_configure_an_engine_for_the_first_time() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    Tool::new(&vault, &mappings).apply().assert().success();
    with_config(&mappings, "      region: eu-west-1\n");

    let printed = Tool::offline(&mappings)
        .run(["policy", "--for", "apply"])
        .assert()
        .success();
    let policy = json!({"policy": stdout(&printed)});
    vault.root.write("sys/policies/acl/apply", &policy);
    let token = vault
        .root
        .write("auth/token/create", &json!({"policies": ["apply"]}));
    let token = token["auth"]["client_token"].as_str().unwrap();
    let tool = Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", token);
    tool.apply().assert().success();
    mappings.replace("vault.yaml", "region: eu-west-1", "region: eu-west-2");
    tool.apply().assert().success();
    let root = vault.root.read("aws/config/root").unwrap();
    assert_eq!(root["region"], "eu-west-2");
}

#[test]
fn a_key_that_leaves_the_files_leaves_vault_together_with_its_secret() {
    // This Vault has AWS keys in its environment, which serve when the engine has none.
    let (vault, mappings) = (Vault::start(), Mappings::article());
    with_config(
        &mappings,
        "      access_key_env: ROOT_KEY_ID\n      secret_key_env: ROOT_KEY\n      region: us-east-1\n",
    );
    let tool = Tool::new(&vault, &mappings)
        .with_env("ROOT_KEY_ID", "AKIATESTING")
        .with_env("ROOT_KEY", "testing");
    tool.apply().assert().success();
    mappings.replace(
        "vault.yaml",
        "      access_key_env: ROOT_KEY_ID\n      secret_key_env: ROOT_KEY\n",
        "",
    );
    tool.apply().assert().success();
    tool.plan().assert().code(0);

    let jwt = id_token(&json!({"environment": "dev", "aud": null}));
    let job = vault.log_in("gitlab", None, &jwt).unwrap();
    let answer = job.request("POST", "aws/sts/365-dev", &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn fallbacks_that_leave_the_files_leave_vault() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let fallbacks = "      sts_fallback_endpoints: [https://a.example.com]\n      sts_fallback_regions: [eu-west-1]\n";
    let sts = "      sts_endpoint: https://sts.example.com\n      sts_region: eu-west-2\n";
    with_config(&mappings, &format!("{sts}{fallbacks}"));
    let tool = Tool::new(&vault, &mappings);
    if !vault.has(Feature::StsFallbacks) {
        let said = stdout(&tool.apply().assert().code(1));
        assert!(
            said.contains("sts_fallback_endpoints, sts_fallback_regions, sts_region differently"),
            "{said}"
        );
        return;
    }
    tool.apply().assert().success();
    mappings.replace("vault.yaml", fallbacks, "");
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}
