//! `aws/config/root`, of which Vault 1.20 and newer keep what a write leaves out, and which they let only `create` add.

use serde_json::json;

use crate::support::{
    Feature, Mappings, Shared, Tool, Vault, access_key, iam_user, id_token, stdout,
};

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
            said.contains("not written, as this server does not have `sts_region`, `sts_fallback_endpoints`, `sts_fallback_regions`"),
            "{said}"
        );
        return;
    }
    tool.apply().assert().success();
    mappings.replace("vault.yaml", fallbacks, "");
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}

/// The article's files, with an engine that has the key of an IAM user, applied.
fn with_key_of(user: &str) -> (Vault, Mappings, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let endpoint = Shared::aws_endpoint();
    with_config(
        &mappings,
        &format!(
            "      access_key_env: ROOT_KEY_ID\n      secret_key_env: ROOT_KEY\n      region: us-east-1\n      \
             iam_endpoint: {endpoint}\n      sts_endpoint: {endpoint}\n"
        ),
    );
    iam_user(user);
    let [id, secret] = access_key(user);
    let tool = Tool::new(&vault, &mappings)
        .with_env("ROOT_KEY_ID", &id)
        .with_env("ROOT_KEY", &secret);
    tool.apply().assert().success();
    (vault, mappings, tool)
}

/// Whether a job gets a session of its role.
fn gets_a_session(vault: &Vault) -> bool {
    let jwt = id_token(&json!({"environment": "dev", "aud": null}));
    let job = vault.log_in("gitlab", None, &jwt).unwrap();
    job.request("POST", "aws/sts/365-dev", &json!({})).status == 200
}

#[test]
fn a_key_that_vault_has_rotated_is_not_silently_replaced() {
    let (vault, mappings, tool) = with_key_of("rotated");
    assert!(stdout(&tool.plan().assert().code(0)).contains("No changes"));
    vault.root.write("aws/config/rotate-root", &json!({}));
    assert!(gets_a_session(&vault));

    let warning = "warning[rotated-key]: aws/config/root: Vault may have rotated this key, as `rotate-root` does; the write would \
                   put the key of $ROOT_KEY_ID in its place";
    let plan = stdout(&tool.plan().assert().code(2));
    assert!(plan.contains(warning), "{plan}");
    let drift = stdout(&tool.run(["drift"]).assert().code(2));
    assert!(drift.contains(warning), "{drift}");
    // A job that does not have the variables can't tell, and says what it can't compare.
    let blind = Tool::new(&vault, &mappings);
    let blind = stdout(&blind.plan().assert().code(0));
    assert!(
        blind.contains("the secret key of aws/config/root"),
        "{blind}"
    );

    // As docs/operations.md says.
    let text = mappings.read("vault.yaml");
    let (before, rest) = text
        .split_once("    config:\n      access_key_env")
        .unwrap();
    let rest: Vec<&str> = rest.lines().skip(5).collect();
    mappings.write("vault.yaml", format!("{before}{}\n", rest.join("\n")));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    assert!(stdout(&tool.plan().assert().code(0)).starts_with("No changes."));
    assert!(gets_a_session(&vault));
    vault
        .root
        .write("aws/config/root", &json!({"region": "us-east-1"}));
    let kept = vault.root.read("aws/config/root").unwrap()["access_key"] != "";
    assert_eq!(
        kept,
        !vault.is_openbao(),
        "docs/operations.md says which servers keep the key"
    );
}

#[test]
fn a_rotation_that_is_switched_off_stays_so() {
    let (period, schedule) = (json!(3600), json!("0 0 * * *"));
    // One write takes only one of the two ways; one after the other, Vault keeps both.
    for rotations in [
        vec![],
        vec![json!({"rotation_period": period})],
        vec![json!({"rotation_schedule": schedule, "rotation_window": 3600})],
        vec![
            json!({"rotation_schedule": schedule, "rotation_window": 3600}),
            json!({"rotation_period": period}),
        ],
        vec![
            json!({"rotation_schedule": schedule, "rotation_window": 3600}),
            json!({"rotation_schedule": "", "rotation_period": period}),
        ],
    ] {
        let (vault, mappings) = (Vault::start(), Mappings::article());
        with_config(&mappings, "      region: eu-west-1\n");
        let tool = Tool::new(&vault, &mappings);
        tool.apply().assert().success();
        for rotation in [json!({})].iter().chain(&rotations) {
            let mut config = rotation.clone();
            config["disable_automated_rotation"] = true.into();
            config["region"] = "eu-west-1".into();
            vault.root.write("aws/config/root", &config);
        }
        let before = vault.root.read("aws/config/root").unwrap();
        let plan = stdout(&tool.plan().assert().code(0));
        let is_reported = plan.contains("aws/config/root: disable_automated_rotation");
        assert_eq!(is_reported, !vault.is_openbao(), "{rotations:?}: {plan}");

        mappings.replace("vault.yaml", "region: eu-west-1", "region: eu-west-2");
        tool.apply().assert().success();
        let after = vault.root.read("aws/config/root").unwrap();
        assert_eq!(after["region"], "eu-west-2");
        for name in [
            "disable_automated_rotation",
            "rotation_period",
            "rotation_schedule",
            "rotation_window",
        ] {
            assert_eq!(after[name], before[name], "{rotations:?}: {name}");
        }
    }
}
