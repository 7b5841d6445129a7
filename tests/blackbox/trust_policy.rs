//! `trust-policy`: what it prints is a trust policy for AWS, and clients name it where AWS refuses.

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::support::{
    Fault, Feature, Job, JobProgram, Mappings, Shared, Tool, Vault, Wire, id_token, stderr, stdout,
};

const VAULT: &str = "arn:aws:iam::210987654321:role/vault";
const DEV: &str = "arn:aws:iam::123456789012:role/gitlab-service-role";

/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
const DENIED: &str = "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
    <Code>AccessDenied</Code><Message>User: arn:aws:iam::210987654321:user/vault is not authorized to \
    perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/gitlab-service-role</Message>\
    </Error><RequestId>1</RequestId></ErrorResponse>";

fn printed(mappings: &Mappings, arguments: &[&str]) -> Value {
    let arguments = [&["trust-policy"], arguments].concat();
    let run = Tool::offline(mappings).run(arguments).assert().success();
    serde_json::from_str(&stdout(&run)).expect("JSON")
}

fn refused(mappings: &Mappings, arguments: &[&str]) -> String {
    let arguments = [&["trust-policy"], arguments].concat();
    stderr(&Tool::offline(mappings).run(arguments).assert().code(1))
}

/// The shipped files, which say who calls AWS, with a mapping that has an external id and tags.
fn with_settings() -> Mappings {
    let mappings = Mappings::shipped();
    let principal = format!("mappings:\n  vault_principal: {VAULT}\n");
    mappings.replace("vault.yaml", "mappings:\n", &principal);
    mappings.write(
        "projects/payments/api.yaml",
        "project: payments/api\nid: 500\nenvironments:\n  dev:\n    \
         role_arn: arn:aws:iam::123456789012:role/payments\n    external_id: payments\n    \
         session_tags: {project: api}\n",
    );
    mappings.write(
        "projects/payments/group.yaml",
        "group: payments\nid: 80\nenvironments:\n  prod:\n    roles:\n      \
         deploy: {role_arn: arn:aws:iam::123456789013:role/payments-deploy, session_tags: {stage: '{environment}'}}\n      \
         read: arn:aws:iam::123456789013:role/payments-read\n",
    );
    mappings
}

#[test]
fn a_role_trusts_who_calls_aws_with_the_external_id_and_the_tags_of_its_mappings() {
    let mappings = with_settings();
    let allow =
        |action: Value| json!({"Effect": "Allow", "Principal": {"AWS": VAULT}, "Action": action});
    let plain = json!({"Version": "2012-10-17", "Statement": [allow(json!(["sts:AssumeRole"]))]});
    assert_eq!(printed(&mappings, &[DEV]), plain);

    let mut bound = allow(json!(["sts:AssumeRole", "sts:TagSession"]));
    bound["Condition"] = json!({"StringEquals": {"sts:ExternalId": "payments"}});
    let of_account = printed(&mappings, &["--account", "123456789012"]);
    let roles = &of_account["123456789012"];
    assert_eq!(roles[DEV], plain);
    let payments = &roles["arn:aws:iam::123456789012:role/payments"];
    assert_eq!(payments["Statement"], json!([bound]));
    assert_eq!(of_account.as_object().unwrap().len(), 1);

    let all = printed(
        &mappings,
        &["--principal", "arn:aws:iam::210987654321:root"],
    );
    let production = &all["123456789013"]["arn:aws:iam::123456789013:role/gitlab-service-role"];
    let principal = &production["Statement"][0]["Principal"]["AWS"];
    assert_eq!(principal, "arn:aws:iam::210987654321:root");
}

#[test]
fn roles_of_groups_and_several_roles_of_an_environment_are_among_them() {
    let mappings = with_settings();
    for (role, actions) in [
        (
            "payments-deploy",
            json!(["sts:AssumeRole", "sts:TagSession"]),
        ),
        ("payments-read", json!(["sts:AssumeRole"])),
    ] {
        let arn = format!("arn:aws:iam::123456789013:role/{role}");
        let policy = printed(&mappings, &[&arn]);
        assert_eq!(policy["Statement"][0]["Action"], actions, "{role}");
        assert_eq!(policy["Statement"][0]["Principal"]["AWS"], VAULT, "{role}");
    }
}

#[test]
fn what_is_not_known_is_an_error_that_says_what_to_write() {
    let mappings = Mappings::shipped();
    let told = refused(&mappings, &[DEV]);
    assert!(
        told.contains("error[no-principal]") && told.contains("vault_principal"),
        "{told}"
    );
    let mappings = with_settings();
    for arguments in [
        &["arn:aws:iam::123456789012:role/gitlab-service-rule"][..],
        &["*:role/nothing*"],
        &["--account", "999999999999"],
    ] {
        let told = refused(&mappings, arguments);
        assert!(told.contains("error[no-iam-role]"), "{arguments:?}: {told}");
    }
    let session = "arn:aws:sts::210987654321:assumed-role/vault/i-0123";
    let told = refused(&mappings, &["--principal", session]);
    assert!(told.contains(VAULT), "{told}");
}

#[test]
fn an_external_id_that_only_some_sessions_have_is_reported() {
    let mappings = with_settings();
    mappings.append(
        "projects/payments/api.yaml",
        "  prod: arn:aws:iam::123456789012:role/payments\n",
    );
    let run = Tool::offline(&mappings)
        .run(["trust-policy"])
        .assert()
        .success();
    let told = stderr(&run);
    assert!(
        told.contains("some sessions of arn:aws:iam::123456789012:role/payments"),
        "{told}"
    );
}

#[test]
fn a_principal_of_another_partition_is_reported() {
    let mappings = with_settings();
    let gov = "arn:aws-us-gov:iam::123456789012:role/gov";
    mappings.append("projects/payments/api.yaml", &format!("  staging: {gov}\n"));
    let told = |arguments: &[&str]| {
        let arguments = [&["trust-policy"], arguments].concat();
        stderr(&Tool::offline(&mappings).run(arguments).assert().success())
    };
    for arguments in [&[gov][..], &["--account", "123456789012"], &[]] {
        let told = told(arguments);
        assert!(
            told.contains(&format!("{gov} can't trust {VAULT}")),
            "{told}"
        );
    }
    let own = "arn:aws-us-gov:iam::210987654321:role/vault";
    assert_eq!(told(&[gov, "--principal", own]), "");
    assert_eq!(told(&[DEV]), "");
}

#[test]
fn aws_takes_what_is_printed_as_a_trust_policy() {
    let all = printed(&with_settings(), &[]);
    let role = format!("trust-policy-{}", std::process::id());
    let document = r#"{"Version": "2012-10-17", "Statement": []}"#;
    let create = ["create-role", "--assume-role-policy-document", document];
    assert!(iam(&role, &create));
    let is_taken = |policy: &str| {
        iam(
            &role,
            &["update-assume-role-policy", "--policy-document", policy],
        )
    };
    let accounts = all.as_object().unwrap().values();
    let policies: Vec<&Value> = accounts
        .flat_map(|roles| roles.as_object().unwrap().values())
        .collect();
    assert_eq!(policies.len(), 9, "{all}");
    for policy in policies {
        let policy = policy.to_string();
        assert!(is_taken(&policy), "{policy}");
        let broken = policy.replace("sts:AssumeRole", "s3:GetObject");
        assert!(!is_taken(&broken), "{broken}");
    }
}

/// Whether IAM does this with a role.
fn iam(role: &str, arguments: &[&str]) -> bool {
    let run = Command::new(Shared::aws_cli())
        .arg("iam")
        .args(arguments)
        .args(["--role-name", role])
        .env("AWS_ENDPOINT_URL", Shared::aws_endpoint())
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "testing")
        .output()
        .expect("the AWS CLI runs");
    run.status.success()
}

#[test]
fn where_aws_refuses_the_session_both_clients_name_the_command() {
    let aws = Wire::to(Shared::aws_endpoint());
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    // Newer engines take an endpoint together with its region only, and first ask AWS who they are.
    let (region, skip) = if vault.has(Feature::StsFallbacks) {
        ("sts_region: us-east-1, ", 1)
    } else {
        ("", 0)
    };
    let denied = Fault::Answer(403, "Content-Type: text/xml\r\n".into(), DENIED.into());
    aws.on("POST", "*").skip(skip).times(3).then(denied);
    let endpoint = aws.address();
    let config = format!(
        "    config: {{region: us-east-1, {region}sts_endpoint: \"{endpoint}\"}}\n    roles:\n"
    );
    mappings.replace(
        "vault.yaml",
        "    roles:\n      gitlab-tools",
        &format!("{config}      gitlab-tools"),
    );
    Tool::new(&vault, &mappings).apply().assert().success();
    let claims = json!({"environment": "dev"});
    for program in JobProgram::ALL {
        let told = Job::new(&vault, program, &claims).refusal();
        let first =
            "aws-credentials: AWS does not let Vault assume the IAM role of aws/sts/365-dev";
        assert!(told.starts_with(first), "{program:?}: {told}");
        assert!(
            told.contains("trust policy of the IAM role decides"),
            "{told}"
        );
        assert!(told.contains("vault-provisioner trust-policy"), "{told}");
    }
    let job = Tool::offline(&Mappings::empty())
        .with_env("VAULT_ADDR", vault.address())
        .with_env("VAULT_ID_TOKEN", &id_token(&claims));
    let arguments = ["credentials", "--project-id", "365", "--environment", "dev"];
    let told = stderr(&job.run(arguments).assert().code(1));
    assert!(told.contains("error[not-trusted]"), "{told}");
    assert!(told.contains("vault-provisioner trust-policy"), "{told}");
}
