//! Session tags, external ids and managed policies of mappings: what AWS gets to see of a session.

use serde_json::{Value, json};

use crate::support::{Feature, Mappings, Shared, Tool, Vault, Wire, log_in, stderr, stdout};

const API: &str = "project: payments/api
id: 500
environments:
  dev:
    role_arn: arn:aws:iam::123456789012:role/api
    policy_arns: arn:aws:iam::aws:policy/ReadOnlyAccess
  prod:
    roles:
      deploy:
        role_arn: arn:aws:iam::123456789013:role/api-deploy
        external_id: payments
        session_tags: {Project: '{project_path}', ProjectId: '{project_id}', Stage: 'stage:{environment}'}
";

/// The files, with AWS at another address.
fn mappings(sts: &str, vault: &Vault) -> Mappings {
    let mappings = Mappings::shipped();
    mappings.write("projects/payments/api.yaml", API);
    // Newer engines take an endpoint together with its region only.
    let region = if vault.has(Feature::StsFallbacks) {
        "sts_region: us-east-1, "
    } else {
        ""
    };
    mappings.replace(
        "vault.yaml",
        "    roles:\n      gitlab-tools",
        &format!("    config: {{region: us-east-1, {region}sts_endpoint: \"{sts}\"}}\n    roles:\n      gitlab-tools"),
    );
    mappings
}

fn job(environment: &str) -> Value {
    json!({"environment": environment, "project_id": "500"})
}

/// The parameters of the request for a session, as AWS gets them.
fn asked(aws: &Wire) -> Vec<(String, String)> {
    let bodies = aws.bodies();
    let mut asked = bodies.iter().filter(|body| body.contains("AssumeRole"));
    let last = asked.next_back().expect("a request for a session");
    let mut parameters: Vec<(String, String)> = url::form_urlencoded::parse(last.as_bytes())
        .into_owned()
        .collect();
    parameters.sort();
    parameters
}

#[test]
fn the_tags_and_the_external_id_of_a_mapping_reach_aws_and_older_servers_are_refused() {
    let aws = Wire::to(Shared::aws_endpoint());
    let vault = Vault::start();
    let mappings = mappings(aws.address(), &vault);
    let tool = Tool::new(&vault, &mappings);
    if !vault.has(Feature::StsFallbacks) {
        let run = tool.apply().assert().code(1);
        let refused = stdout(&run) + &stderr(&run);
        for told in ["session_tags", "external_id", "500-prod-deploy"] {
            assert!(refused.contains(told), "{refused}");
        }
        return;
    }
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let token = log_in(&vault, "aws-prod", &job("prod"));
    let answer = token.request("POST", "aws/sts/500-prod-deploy", &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let asked = asked(&aws);
    let value = |name: &str| {
        let mut found = asked.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    };
    assert_eq!(value("ExternalId"), Some("payments"));
    let tags: Vec<_> = (1..=3)
        .map(|at| {
            let part = |part| value(&format!("Tags.member.{at}.{part}")).unwrap_or_default();
            (part("Key"), part("Value"))
        })
        .collect();
    for tag in [
        ("Project", "payments/api"),
        ("ProjectId", "500"),
        ("Stage", "stage:prod"),
    ] {
        assert!(tags.contains(&tag), "{asked:?}");
    }
}

#[test]
fn the_managed_policies_of_a_mapping_bound_its_sessions_on_every_server() {
    let aws = Wire::to(Shared::aws_endpoint());
    let vault = Vault::start();
    let mappings = mappings(aws.address(), &vault);
    let prod = API.find("  prod:").unwrap();
    mappings.write("projects/payments/api.yaml", &API[..prod]);
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let token = log_in(&vault, "aws-dev", &job("dev"));
    let answer = token.request("POST", "aws/sts/500-dev", &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let policy = (
        "PolicyArns.member.1.arn".to_owned(),
        "arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned(),
    );
    assert!(asked(&aws).contains(&policy), "{:?}", asked(&aws));
    // A plan right after an import shows no change.
    let imported = tool.home().join("imported");
    let out = imported.to_str().unwrap();
    tool.run(["import", "--out", out]).assert().success();
    tool.run(["--mappings", out, "plan", "--detailed-exitcode"])
        .assert()
        .code(0);
}
