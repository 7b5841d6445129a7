//! `credentials`: a job's AWS session for the AWS CLI.

mod cache;

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault, caller_arn, gets, id_token, log_in, stderr, stdout};

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

/// The ARN that AWS knows the credentials by that the tool prints.
fn printed_arn(tool: &Tool, arguments: &[&str]) -> String {
    let run = tool.run(arguments).assert().success();
    let printed: Value = serde_json::from_str(&stdout(&run)).unwrap();
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
        ("AWS_SESSION_TOKEN", "SessionToken"),
    ];
    let keys = keys.map(|(variable, field)| (variable, printed[field].as_str().unwrap()));
    caller_arn(tool.home(), keys)
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
    let arn = printed_arn(&tool, &["credentials", "--project-id", "365"]);
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
    let cases: [(&Value, &[&str]); 7] = [
        (&dev, &["365", "--environment", "prod"]),
        (&unmapped, &["999", "--environment", "canary"]),
        (
            &dev,
            &["365", "--environment", "canary/x", "--role", "other"],
        ),
        (&dev, &["365", "--environment", "dev", "--ttl", "1m"]),
        (&dev, &["365", "--environment", "dev", "--ttl", "13h"]),
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

/// A server that holds the files in `mappings/` with review apps, one project of which has a role.
fn with_review_apps() -> Vault {
    let vault = Vault::start();
    let mappings = Mappings::shipped();
    mappings.replace(
        "vault.yaml",
        "prod: {protected: true}",
        "prod: {match: [prod, Production], protected: true}",
    );
    mappings.replace(
        "contract.yaml",
        ", environment: prod}\n  - name",
        "}\n  - name",
    );
    mappings.append(
        "projects/somenamespace/website.yaml",
        "  review: arn:aws:iam::123456789012:role/website-review\n",
    );
    Tool::new(&vault, &mappings).apply().assert().success();
    vault
}

#[test]
fn review_apps_share_one_role_and_reach_no_other() {
    let vault = with_review_apps();
    let asks = ["credentials", "--project-id", "412", "--environment"];
    for environment in ["review/feature-x", "review/a b/$c"] {
        let claims =
            json!({"environment": environment, "project_id": "412", "ref_protected": "false"});
        let tool = job(&vault, &claims);
        // GitLab's name, and the name of the files' entry.
        for name in [environment, "review"] {
            let arn = printed_arn(&tool, &[&asks[..], &[name]].concat());
            assert!(arn.contains(":assumed-role/website-review/"), "{arn}");
        }
        for other in ["dev", "prod"] {
            let run = tool.run([&asks[..], &[other]].concat()).assert();
            let printed = stderr(&run.code(1));
            assert!(printed.contains("login-refused"), "{other}: {printed}");
        }
        let token = vault
            .log_in("gitlab", Some("aws-review"), &id_token(&claims))
            .unwrap_or_else(|answer| panic!("{answer:?}"));
        for other in ["412-dev", "412-prod", "365-dev", "412"] {
            let answer = token.request("POST", &format!("aws/sts/{other}"), &json!({}));
            assert_eq!(answer.status, 403, "{other}");
        }
    }
    let outside = json!({"environment": "reviews/x", "project_id": "412"});
    let login = vault.log_in("gitlab", Some("aws-review"), &id_token(&outside));
    assert!(login.is_err());
}

#[test]
fn a_running_review_apps_token_keeps_its_role_whoever_logs_in_besides() {
    let vault = with_review_apps();
    let log_in = |role: &str, claims: &Value| {
        vault
            .log_in("gitlab", Some(role), &id_token(claims))
            .unwrap_or_else(|answer| panic!("{role}: {answer:?}"))
    };
    let of_website = |environment: &str| json!({"environment": environment, "project_id": "412"});
    let review = log_in("aws-review", &of_website("review/x"));
    let others = [
        ("aws-review", of_website("review/y")),
        ("aws-prod", of_website("Production")),
        ("aws", json!({"project_id": "412"})),
        ("aws-review", json!({"environment": "review/x"})),
    ];
    for (role, claims) in others {
        log_in(role, &claims);
        for (path, status) in [
            ("412-review", 200),
            ("412-prod", 403),
            ("365-dev", 403),
            ("412", 403),
        ] {
            let answer = review.request("POST", &format!("aws/sts/{path}"), &json!({}));
            assert_eq!(answer.status, status, "{path} after {role} {claims}");
        }
    }
}

#[test]
fn a_running_jobs_token_keeps_a_shared_role_and_no_other_whoever_logs_in_besides() {
    let vault = with_review_apps();
    let of_website = |environment: &str| json!({"environment": environment, "project_id": "412"});
    let shared = log_in(&vault, "aws", &of_website("review/x"));
    let others = [
        ("aws-review", of_website("review/y")),
        ("aws-prod", of_website("Production")),
        ("aws", json!({"environment": "dev"})),
        ("aws-dev", json!({"environment": "dev"})),
    ];
    for (role, claims) in others {
        log_in(&vault, role, &claims);
        assert!(gets(&shared, "gitlab-tools"), "after {role} {claims}");
        for other in ["412-review", "412-prod", "412-dev", "365-dev", "365"] {
            assert!(!gets(&shared, other), "{other} after {role} {claims}");
        }
    }
}

#[test]
fn a_shared_role_is_found_by_its_name() {
    let vault = provisioned();
    for (claims, environment) in [
        (json!({"environment": "dev"}), "dev"),
        (json!({"environment": "QA EU"}), "QA EU"),
        (json!({"environment": null}), ""),
    ] {
        let tool = job(&vault, &claims).with_env("CI_ENVIRONMENT_NAME", environment);
        let tool = tool.with_env("VAULT_AWS_ROLE", "gitlab-tools");
        let run = tool
            .run(["credentials", "--project-id", "365"])
            .assert()
            .success();
        assert_eq!(stderr(&run), "", "{environment}");
    }
}

#[test]
fn a_job_whose_environment_has_no_role_gets_the_default_with_a_note() {
    let vault = provisioned();
    let tool = job(&vault, &json!({"environment": "QA EU"}));
    let arguments = ["credentials", "--project-id", "365"];
    let mut run = tool.run([&arguments[..], &["--environment", "QA EU"]].concat());
    let printed = stderr(&run.assert().success());
    assert!(
        printed.contains("The environment `QA EU` has no AWS role"),
        "{printed}"
    );
}

#[test]
fn other_names_of_roles_are_found_by_their_template() {
    let vault = Vault::start();
    let mappings = Mappings::shipped();
    let platform = mappings.read("vault.yaml");
    let template = "p-{project_id}-{environment}";
    let platform = platform
        .replace("{project_id}-{environment}", template)
        .replace("/sts/{{", "/sts/p-{{");
    mappings.write("vault.yaml", platform);
    Tool::new(&vault, &mappings).apply().assert().success();
    for environment in ["dev", ""] {
        let claim = (!environment.is_empty()).then_some(environment);
        let tool = job(&vault, &json!({ "environment": claim }));
        let tool = tool.with_env("VAULT_AWS_ROLE_NAME", template);
        let tool = tool.with_env("CI_ENVIRONMENT_NAME", environment);
        tool.run(["credentials", "--project-id", "365"])
            .assert()
            .success();
    }
}

#[test]
fn a_vault_token_that_replaces_the_login_is_named() {
    let vault = provisioned();
    for (token, project, tried) in [
        ("another", "365", "error[invalid-token]: "),
        (
            vault.root_token(),
            "999",
            "tried aws/sts/999-dev with the token that is set: ",
        ),
    ] {
        let tool = dev_job(&vault).with_env("VAULT_TOKEN", token);
        let mut run = tool.run([
            "credentials",
            "--project-id",
            project,
            "--environment",
            "dev",
        ]);
        let printed = stderr(&run.assert().code(1));
        for part in ["VAULT_TOKEN is set in this job", tried] {
            assert!(printed.contains(part), "{printed}");
        }
    }
}
