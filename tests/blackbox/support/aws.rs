//! The AWS CLI in the environment of a job, and IAM users.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use super::Shared;

/// Who AWS takes the caller for, by `aws sts get-caller-identity` with this HOME and only these variables.
pub(crate) fn caller_arn<'a>(
    home: &Path,
    environment: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let run = Command::new(Shared::aws_cli())
        .args(["sts", "get-caller-identity", "--output", "json"])
        .env_clear()
        .env("HOME", home)
        .env("AWS_ENDPOINT_URL", Shared::aws_endpoint())
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(environment)
        .assert()
        .success();
    let identity: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    identity["Arn"].as_str().expect("an ARN").to_owned()
}

/// Makes sure that AWS has this IAM user. A name belongs to one test: a user can have two access keys.
pub(crate) fn iam_user(name: &str) {
    ask_iam("CreateUser", name);
}

/// A new access key of an IAM user: its id and its secret.
pub(crate) fn access_key(user: &str) -> [String; 2] {
    let answer = ask_iam("CreateAccessKey", user);
    ["AccessKeyId", "SecretAccessKey"].map(|name| {
        let (_, rest) = answer.split_once(&format!("<{name}>")).expect("a key");
        let (value, _) = rest.split_once('<').expect("an end");
        value.to_owned()
    })
}

/// What IAM answers to a request about a user.
fn ask_iam(action: &str, user: &str) -> String {
    let form = [
        ("Action", action),
        ("Version", "2010-05-08"),
        ("UserName", user),
    ];
    ask("testing", "iam", &form)
}

/// The IAM role of a session, by its access key.
pub(crate) fn role_of_session(access_key: &str) -> String {
    let form = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    let answer = ask(access_key, "sts", &form);
    let (_, rest) = answer
        .split_once(":assumed-role/")
        .unwrap_or_else(|| panic!("no session: {answer}"));
    let (role, _) = rest.split_once('/').expect("the session's name");
    role.to_owned()
}

/// What AWS answers to whom an access key belongs to; the stand-in does not check signatures.
fn ask<const N: usize>(access_key: &str, service: &str, form: &[(&str, &str); N]) -> String {
    let credential = format!("Credential={access_key}/20200101/us-east-1/{service}/aws4_request");
    let answer = ureq::post(Shared::aws_endpoint())
        .header(
            "Authorization",
            format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"),
        )
        .send_form(form.iter().copied());
    let mut answer = answer.expect("an answer of AWS");
    answer.body_mut().read_to_string().expect("a text")
}
