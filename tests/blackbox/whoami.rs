//! `whoami`: the claims of a job's JWT, verified by the keys that GitLab publishes.

use serde_json::{Value, json};

use crate::support::{
    Mappings, Shared, Tool, Vault, forged_id_token, id_token, stderr, stdout, whole_stderr,
    whole_stdout,
};

/// The tool with these files and this JWT.
fn job(mappings: &Mappings, jwt: &str) -> Tool {
    Tool::offline(mappings).with_env("VAULT_ID_TOKEN", jwt)
}

#[test]
fn a_job_prints_its_claims_and_not_its_jwt() {
    let mappings = Mappings::shipped();
    let jwt =
        id_token(&json!({"project_id": "365", "environment": "dev", "job_config": {"url": "x"}}));
    let run = job(&mappings, &jwt).run(["whoami"]).assert().code(0);
    let text = stdout(&run);
    assert!(
        text.starts_with(&format!(
            "Verified with the keys at {}: valid until ",
            Shared::jwks_url()
        )),
        "{text}"
    );
    let line = |name: &str| {
        let mut lines = text.lines().filter(|line| line.starts_with(name));
        lines
            .next()
            .unwrap_or_else(|| panic!("{name} is not in {text}"))
            .to_owned()
    };
    assert!(
        line("project_id *").contains("  365  "),
        "{}",
        line("project_id *")
    );
    assert!(
        line("project_id *")
            .contains("nobody: GitLab assigns it for good; for a merge request of a fork")
    );
    assert!(line("environment *").contains("whoever can push or start a pipeline"));
    assert!(line("job_config").contains("{\"url\":\"x\"}"));
    assert!(
        text.contains("\nNot in this JWT: job_source (all jobs), target_audience (some jobs)"),
        "{text}"
    );
    assert!(text.contains("* A JWT role of the files decides by it."));

    let run = job(&mappings, &jwt)
        .run(["whoami", "--format", "json"])
        .assert()
        .code(0);
    let answer: Value = serde_json::from_str(&stdout(&run)).unwrap();
    assert_eq!(answer["claims"]["project_id"], "365");
    let deciding = answer["decided_by"].as_array().unwrap();
    for name in ["aud", "environment", "iss", "project_id", "ref_protected"] {
        assert!(deciding.contains(&json!(name)), "{name}: {deciding:?}");
    }
    for output in [text, whole_stdout(&run), whole_stderr(&run)] {
        for part in jwt.split('.') {
            assert!(!output.contains(part), "{output}");
        }
    }
}

#[test]
fn without_files_the_jobs_gitlab_or_the_option_says_where_the_keys_are() {
    let mappings = Mappings::empty();
    let jwt = id_token(&json!({}));
    let in_job = job(&mappings, &jwt).with_env("CI_SERVER_URL", Shared::gitlab("url"));
    let by_option = ["whoami", "--jwks-url", Shared::jwks_url()];
    for run in [
        in_job.run(["whoami"]).assert().code(0),
        job(&mappings, &jwt).run(by_option).assert().code(0),
    ] {
        let text = stdout(&run);
        assert!(
            text.contains("which of these Vault decides by is unknown"),
            "{text}"
        );
    }
    let nowhere = job(&mappings, &jwt).run(["whoami"]).assert().code(1);
    insta::assert_snapshot!(stderr(&nowhere), @"
    error[no-keys]: where GitLab publishes its signing keys is unknown
    help: give --jwks-url, such as https://git.example.com/-/jwks; in a job, GitLab sets CI_SERVER_URL
    For more about this error, run `vault-provisioner --explain no-keys`.
    ");
}

#[test]
fn a_jwt_that_gitlabs_keys_do_not_confirm_is_refused() {
    let mappings = Mappings::shipped();
    let valid = id_token(&json!({}));
    let (start, signature) = valid.rsplit_once('.').unwrap();
    let other = id_token(&json!({"project_id": "1"}));
    let cases = [
        (
            forged_id_token(&json!({}), false),
            "no published key has the id `",
        ),
        (forged_id_token(&json!({}), true), "its signature is wrong"),
        (
            format!("{}.{signature}", other.rsplit_once('.').unwrap().0),
            "its signature is wrong",
        ),
        (format!("{start}.AAAA"), "its signature is wrong"),
        (
            id_token(&json!({"exp": 1_000_000_000})),
            "it expired at Sun, 09 Sep 2001",
        ),
        (
            id_token(&json!({"exp": 9_000_000_000_u64, "nbf": 8_000_000_000_u64})),
            "it is valid from",
        ),
        ("glpat-secret".into(), "it is not a JWT"),
    ];
    for (jwt, why) in cases {
        let run = job(&mappings, &jwt).run(["whoami"]).assert().code(1);
        let message = stderr(&run);
        assert_eq!(stdout(&run), "", "{why}");
        assert!(
            message.starts_with(
                "error[invalid-jwt]: the JWT in VAULT_ID_TOKEN is not valid by the keys at"
            ),
            "{message}"
        );
        assert!(message.contains(why), "{message}");
        assert!(!message.contains("glpat") && !message.contains(jwt.rsplit('.').next().unwrap()));
    }
    let none = Tool::offline(&mappings).run(["whoami"]).assert().code(1);
    assert!(stderr(&none).starts_with("error[invalid-jwt]: VAULT_ID_TOKEN holds no JWT"));
}

#[test]
fn the_certificates_that_vault_trusts_for_the_keys_are_trusted() {
    // Any server with a certificate of its own CA: what it answers is not a key set.
    let server = Vault::start_with(&["--tls"]);
    let url = format!("{}/v1/sys/health", server.address());
    let files = |pem: &str| {
        let config = format!("    config:\n      jwks_url: {url}\n{pem}");
        Mappings::of(&format!(
            "version: 1\nauth:\n  gitlab:\n    type: jwt\n{config}"
        ))
    };
    let jwt = id_token(&json!({}));
    let said = |mappings: &Mappings| stderr(&job(mappings, &jwt).run(["whoami"]).assert().code(1));
    let without = said(&files(""));
    assert!(without.contains("certificate"), "{without}");
    let ca = std::fs::read_to_string(server.ca_cert()).unwrap();
    let indented: String = ca.lines().map(|line| format!("        {line}\n")).collect();
    let with = said(&files(&format!("      jwks_ca_pem: |\n{indented}")));
    assert!(with.starts_with("error[invalid-jwt]"), "{with}");
    assert!(!with.contains("certificate"), "{with}");
}

#[test]
fn keys_that_can_not_be_read_are_an_error_and_not_a_verdict() {
    let mappings = Mappings::empty();
    let jwt = id_token(&json!({}));
    let api = Shared::gitlab("api_url");
    for (url, code) in [
        ("http://127.0.0.1:9/-/jwks", "error[gitlab-unreachable]"),
        (&*format!("{api}/user"), "error[not-gitlab]"),
    ] {
        let run = job(&mappings, &jwt)
            .run(["whoami", "--jwks-url", url])
            .assert()
            .code(1);
        assert!(stderr(&run).starts_with(code), "{}", stderr(&run));
    }
}
