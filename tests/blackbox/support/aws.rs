//! The AWS CLI, as a job has it, and IAM users.

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
    let credential = "Credential=testing/20200101/us-east-1/iam/aws4_request";
    let created = ureq::post(Shared::aws_endpoint())
        .header(
            "Authorization",
            format!("AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0"),
        )
        .send_form([
            ("Action", "CreateUser"),
            ("Version", "2010-05-08"),
            ("UserName", name),
        ]);
    created.expect("a new IAM user");
}
