//! The AWS CLI, as a job has it.

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
