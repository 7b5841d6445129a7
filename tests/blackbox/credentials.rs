//! `credentials`: a job's AWS session for the AWS CLI.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, caller_arn, id_token, stderr, stdout};

/// A server that holds the files in `mappings/`.
fn provisioned() -> Vault {
    let vault = Vault::start();
    let mappings = Mappings::shipped();
    Tool::new(&vault, &mappings).apply().assert().success();
    vault
}

/// The tool in a job with these claims: no files, no token.
fn job(vault: &Vault, claims: &Value) -> Tool {
    Tool::offline(&Mappings::empty())
        .with_env("VAULT_ADDR", vault.address())
        .with_env("VAULT_ID_TOKEN", &id_token(claims))
}

fn dev_job(vault: &Vault) -> Tool {
    job(vault, &json!({"environment": "dev"}))
}

#[test]
fn the_aws_cli_takes_them_as_its_credential_process() {
    let vault = provisioned();
    let tokens = vault.root.list("auth/token/accessors");
    let tool = dev_job(&vault);
    let config = format!(
        "[default]\ncredential_process = {} credentials --project-id 365 --environment dev\n",
        env!("CARGO_BIN_EXE_vault-provisioner")
    );
    fs::create_dir(tool.home().join(".aws")).unwrap();
    fs::write(tool.home().join(".aws/config"), config).unwrap();

    let arn = caller_arn(tool.home(), tool.environment());
    assert!(
        arn.starts_with("arn:aws:sts::123456789012:assumed-role/gitlab-service-role/"),
        "{arn}"
    );
    // Its token is gone, and AWS took the session all the same.
    assert_eq!(vault.root.list("auth/token/accessors"), tokens);
}

#[test]
fn an_empty_environment_is_none() {
    let vault = provisioned();
    let job = |environment: &str| {
        job(&vault, &json!({"environment": null}))
            .with_env("CI_PROJECT_ID", "365")
            .with_env("CI_ENVIRONMENT_NAME", environment)
    };
    for (environment, arguments) in [
        ("", &["credentials"][..]),
        ("dev", &["credentials", "--environment", ""]),
    ] {
        let run = job(environment).run(arguments).assert().success();
        let printed: Value = serde_json::from_str(&stdout(&run)).unwrap();
        assert_eq!(printed["Version"], 1, "{arguments:?}");
    }
}

#[test]
fn they_end_when_vault_says() {
    let vault = provisioned();
    let tool = dev_job(&vault).with_env("CI_PROJECT_ID", "365");
    let tool = tool.with_env("CI_ENVIRONMENT_NAME", "dev");
    let before = SystemTime::now();
    for (arguments, seconds) in [
        (vec!["credentials"], 60 * 60),
        (vec!["credentials", "--ttl", "15m"], 15 * 60),
    ] {
        let run = tool.run(&arguments).assert().success();
        let printed: Value = serde_json::from_str(&stdout(&run)).unwrap();
        assert_eq!(printed["Version"], 1);
        let end = humantime::parse_rfc3339(printed["Expiration"].as_str().unwrap()).unwrap();
        let latest = SystemTime::now() + Duration::from_secs(seconds);
        let earliest = before + Duration::from_secs(seconds - 2);
        assert!(earliest <= end && end <= latest, "{arguments:?}: {printed}");
    }
}

#[test]
fn a_job_without_an_environment_gets_the_projects_default() {
    let vault = provisioned();
    let tool = job(&vault, &json!({}));
    let run = tool.run(["credentials", "--project-id", "365"]).assert();
    let printed: Value = serde_json::from_str(&stdout(&run.success())).unwrap();
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ];
    let keys = keys.map(|(variable, field)| (variable, printed[field].as_str().unwrap()));
    let arn = caller_arn(tool.home(), keys);
    assert!(arn.contains(":assumed-role/gitlab-build/"), "{arn}");
}

#[test]
fn an_environment_without_a_role_of_its_own_logs_in_by_the_default_one() {
    let vault = Vault::start();
    let mappings = Mappings::article();
    Tool::new(&vault, &mappings).apply().assert().success();
    let tool = job(&vault, &json!({"environment": "dev", "aud": null}));
    tool.run(["credentials", "--project-id", "365", "--environment", "dev"])
        .assert()
        .success();
}

#[test]
fn a_refusal_says_what_to_do() {
    let vault = provisioned();
    let dev = json!({"environment": "dev"});
    let unprotected = json!({"environment": "prod", "ref_protected": "false"});
    let unmapped = json!({"environment": "dev", "project_id": "999"});
    let cases: [(&Value, &[&str]); 6] = [
        (&dev, &["365", "--environment", "prod"]),
        (&dev, &["365", "--environment", "staging"]),
        (&dev, &["365", "--environment", "review/x"]),
        (&dev, &["365", "--environment", "dev", "--ttl", "1m"]),
        (&unprotected, &["365", "--environment", "prod"]),
        (&unmapped, &["999", "--environment", "dev"]),
    ];
    let mut told = String::new();
    for (claims, arguments) in cases {
        let arguments = [&["credentials", "--project-id"], arguments].concat();
        let run = job(&vault, claims).run(&arguments).assert().code(1);
        assert_eq!(stdout(&run), "");
        told += &format!("$ {}\n{}\n", arguments.join(" "), stderr(&run));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn no_other_secret_is_printed() {
    let vault = provisioned();
    for format in ["text", "json"] {
        let tool = dev_job(&vault);
        let arguments = ["credentials", "-v", "--log-format", format];
        let run = tool
            .run(arguments)
            .args(["--project-id", "365", "--environment", "dev"])
            .assert()
            .success();
        let printed: Value = serde_json::from_str(&stdout(&run)).unwrap();
        let told = stderr(&run);
        assert!(told.contains("aws/sts/365-dev"), "{told}");
        let keys = ["AccessKeyId", "SecretAccessKey", "SessionToken"];
        let secrets = keys.map(|key| printed[key].as_str().unwrap());
        let jwt = tool
            .environment()
            .find(|(name, _)| *name == "VAULT_ID_TOKEN");
        for secret in secrets.into_iter().chain(jwt.map(|(_, jwt)| jwt)) {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
