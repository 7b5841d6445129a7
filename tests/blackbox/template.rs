//! `templates/aws-credentials.yml`: the shell of its jobs, in every shell and with either client.

mod components;

use std::fs;

use serde_json::{Value, json};

use crate::support::{Job, JobProgram, Mappings, Tool, Vault, caller_arn, script, shells, stderr};

/// A server that holds the files in `mappings/`.
fn provisioned() -> Vault {
    let vault = Vault::start();
    let mappings = Mappings::shipped();
    Tool::new(&vault, &mappings).apply().assert().success();
    vault
}

#[test]
fn a_job_gets_its_session_in_every_shell_and_no_secret_shows() {
    let vault = provisioned();
    let tokens = vault.root.list("auth/token/accessors");
    let each = shells()
        .into_iter()
        .flat_map(|shell| JobProgram::ALL.map(|program| (shell.clone(), program)));
    for (shell, program) in each {
        let job = Job::new(&vault, program, &json!({"environment": "dev"})).in_shell(&shell);
        let case = format!("{shell:?} {program:?}");
        let (keys, mut printed) = job.session();
        let keys = keys.each_ref().map(|(name, value)| (*name, value.as_str()));
        let arn = caller_arn(job.folder.path(), keys);
        let expected = "arn:aws:sts::123456789012:assumed-role/gitlab-service-role/";
        assert!(arn.starts_with(expected), "{case}: {arn}");
        // Its token is gone, and AWS takes the session all the same.
        assert_eq!(vault.root.list("auth/token/accessors"), tokens, "{case}");

        printed += &job.arguments();
        let secrets = keys.map(|(_, value)| value);
        for secret in secrets.into_iter().chain([job.variable("VAULT_ID_TOKEN")]) {
            assert!(
                !secret.is_empty() && !printed.contains(secret),
                "{case}: {printed}"
            );
        }
    }
}

#[test]
fn a_job_without_an_environment_gets_the_projects_default() {
    let vault = provisioned();
    let job = Job::new(&vault, JobProgram::Curl, &json!({})).without("CI_ENVIRONMENT_NAME");
    job.run(&script()).success();
}

#[test]
fn an_environment_without_a_role_of_its_own_logs_in_by_the_default_one() {
    let vault = Vault::start();
    let mappings = Mappings::article();
    Tool::new(&vault, &mappings).apply().assert().success();
    for program in JobProgram::ALL {
        let claims = json!({"environment": "dev", "aud": null});
        let job = Job::new(&vault, program, &claims);
        job.run(&script()).success();
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let vault = provisioned();
    let sealed = Vault::start_with(&["--sealed"]);
    let dev = json!({"environment": "dev"});
    let elsewhere = json!({"environment": "dev", "project_id": "999"});
    let unprotected = json!({"environment": "prod", "ref_protected": "false"});
    type Change<'a> = (&'a str, &'a str);
    let cases: [(&str, &Value, &[Change<'_>]); 10] = [
        ("no mapping", &elsewhere, &[("CI_PROJECT_ID", "999")]),
        (
            "no such environment",
            &json!({"environment": "canary", "project_id": "999"}),
            &[("CI_PROJECT_ID", "999"), ("CI_ENVIRONMENT_NAME", "canary")],
        ),
        (
            "no mapping without an environment",
            &elsewhere,
            &[("CI_PROJECT_ID", "999"), ("CI_ENVIRONMENT_NAME", "")],
        ),
        (
            "an unprotected branch",
            &unprotected,
            &[("CI_ENVIRONMENT_NAME", "prod")],
        ),
        (
            "another job's role",
            &dev,
            &[
                ("VAULT_AUTH_ROLE", "vault-provisioner"),
                ("VAULT_TOKEN", "another"),
            ],
        ),
        ("too short a life", &dev, &[("VAULT_AWS_TTL", "1m")]),
        (
            "a review app without a role",
            &json!({"environment": "canary/x"}),
            &[
                ("CI_PROJECT_NAMESPACE_ID", "72"),
                ("CI_ENVIRONMENT_NAME", "canary/x"),
                ("VAULT_AWS_ROLE", "deploy"),
            ],
        ),
        ("no JWT", &dev, &[("VAULT_ID_TOKEN", "")]),
        ("a sealed Vault", &dev, &[("VAULT_ADDR", sealed.address())]),
        ("no Vault", &dev, &[("VAULT_ADDR", "http://127.0.0.1:1")]),
    ];
    for program in JobProgram::ALL {
        let mut told = String::new();
        for (case, claims, changes) in cases {
            let job = Job::new(&vault, program, claims);
            let job = changes
                .iter()
                .fold(job, |job, (name, value)| job.with(name, value));
            told += &format!("# {case}\n{}\n", job.refusal());
        }
        // Addresses, and what clients say in the words of their version.
        let filters = vec![
            (r"http://127\.0\.0\.1:\d\d+", "http://127.0.0.1:PORT"),
            (r"(?m)^curl: \(7\).*", "curl: (7) …"),
            (r"(?m)^.* dial tcp .*", "… dial tcp …"),
        ];
        insta::with_settings!({filters => filters}, {
            insta::assert_snapshot!(format!("refusals_with_{program:?}"), told);
        });
    }
}

#[test]
fn an_image_without_a_client_gets_an_error() {
    let vault = provisioned();
    let job = Job::new(&vault, JobProgram::Curl, &json!({"environment": "dev"}));
    fs::remove_file(job.folder.path().join("bin/jq")).unwrap();
    insta::assert_snapshot!(job.refusal(), @"aws-credentials: the image of this job has neither `vault` nor `curl` and `jq`; install one of the two.");
}

#[test]
fn both_clients_refuse_a_ttl_that_aws_refuses_before_they_ask_vault() {
    const BOUNDS: &str =
        "AWS gives sessions of 15 minutes to 12 hours; write a TTL from 15m to 12h";
    const DURATION: &str = "write a number of seconds, or `90s`, `10m`, `1h30m`";
    let cases: [(&str, Option<&str>); 29] = [
        ("900", None),
        ("15m", None),
        ("900s", None),
        ("14m60s", None),
        ("0015m", None),
        ("12h", None),
        ("43200", None),
        ("11h59m60s", None),
        ("1h30m", None),
        ("08m600s", None),
        ("0", Some(BOUNDS)),
        ("0s", Some(BOUNDS)),
        ("899", Some(BOUNDS)),
        ("14m59s", Some(BOUNDS)),
        ("43201", Some(BOUNDS)),
        ("12h1s", Some(BOUNDS)),
        ("13h", Some(BOUNDS)),
        ("99999999h", Some(BOUNDS)),
        ("999999999", Some(BOUNDS)),
        ("m", Some(DURATION)),
        ("1h30", Some(DURATION)),
        ("30m1h", Some(DURATION)),
        ("1h1h", Some(DURATION)),
        ("h15m", Some(DURATION)),
        ("1d", Some(DURATION)),
        ("1hm", Some(DURATION)),
        ("20min", Some(DURATION)),
        ("15mm", Some(DURATION)),
        ("half", Some(DURATION)),
    ];
    let vault = Vault::start();
    let shells = shells();
    for (ttl, why) in cases {
        for shell in &shells {
            let job = Job::new(&vault, JobProgram::Curl, &json!({"environment": "dev"}))
                .in_shell(shell)
                .with("VAULT_ADDR", "http://127.0.0.1:1")
                .with("VAULT_AWS_TTL", ttl);
            let told = job.refusal();
            let expected = why.unwrap_or("no answer from Vault");
            assert!(told.contains(expected), "{ttl} {shell:?}: {told}");
            let is_shown = told.contains(&format!("`{ttl}`"));
            assert_eq!(is_shown, why.is_some(), "{ttl} {shell:?}: {told}");
        }
        let tool = Tool::offline(&Mappings::empty());
        let arguments = ["credentials", "--project-id", "365", "--ttl", ttl];
        let told = stderr(&tool.run(arguments).assert().code(1));
        let expected = why.unwrap_or("error[no-address]");
        assert!(told.contains(expected), "{ttl}: {told}");
    }
}
