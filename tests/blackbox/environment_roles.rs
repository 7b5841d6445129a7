//! Several roles of one environment: `roles: {deploy: ARN, read: ARN}`.

use serde_json::{Value, json};

use crate::support::{Client, Mappings, Tool, Vault, gets, id_token, log_in, stderr, stdout};

const API: &str = "project: payments/api
id: 500
environments:
  dev: arn:aws:iam::123456789012:role/api
  prod:
    roles:
      deploy: arn:aws:iam::123456789013:role/api-deploy
      read: {role_arn: arn:aws:iam::123456789013:role/api-read, max_sts_ttl: 1h}
";

/// Two projects with several roles, one of another environment whose name begins alike, and a group.
fn mappings() -> Mappings {
    let mappings = Mappings::shipped();
    mappings.write("projects/payments/api.yaml", API);
    mappings.write(
        "projects/payments/web.yaml",
        "project: payments/web\nid: 501\nenvironments:\n  \
         prod: {roles: {read: arn:aws:iam::123456789013:role/web-read}}\n  \
         prod-eu: {roles: {deploy: arn:aws:iam::123456789012:role/web-eu}}\n",
    );
    mappings.write(
        "projects/payments/group.yaml",
        "group: payments\nid: 80\nenvironments:\n  prod:\n    roles:\n      \
         deploy: arn:aws:iam::123456789013:role/payments-deploy\n      \
         read: arn:aws:iam::123456789013:role/payments-read\n",
    );
    mappings
}

fn job(environment: &str, project: &str) -> Value {
    json!({"environment": environment, "project_id": project, "namespace_id": "80"})
}

/// Every AWS role of the mappings, and some that are not there.
const ROLES: [&str; 12] = [
    "500-dev",
    "500-prod",
    "500-prod-deploy",
    "500-prod-read",
    "500-dev-deploy",
    "501-prod-read",
    "501-prod-deploy",
    "501-prod-eu-deploy",
    "group-80-prod-deploy",
    "group-80-prod-read",
    "412-prod",
    "365-dev",
];

/// The roles of which a token gets credentials.
fn reached(token: &Client) -> Vec<&'static str> {
    let gets = |role: &&str| {
        let answer = token.request("POST", &format!("aws/sts/{role}"), &json!({}));
        assert!(
            matches!(answer.status, 200 | 400 | 403),
            "{role}: {answer:?}"
        );
        answer.status == 200
    };
    ROLES.into_iter().filter(gets).collect()
}

#[test]
fn a_job_reaches_exactly_the_roles_of_its_project_and_environment() {
    let vault = Vault::start();
    let mappings = mappings();
    Tool::new(&vault, &mappings).apply().assert().success();
    let of_group = ["group-80-prod-deploy", "group-80-prod-read"];
    for (login, claims, expected) in [
        (
            "aws-prod",
            job("prod", "500"),
            &["500-prod-deploy", "500-prod-read"][..],
        ),
        ("aws-prod", job("prod", "501"), &["501-prod-read"]),
        (
            "aws-prod-eu",
            job("prod-eu", "501"),
            &["501-prod-eu-deploy"],
        ),
        ("aws-dev", job("dev", "500"), &["500-dev"]),
        ("aws-group-80-prod", job("prod", "900"), &of_group),
        ("aws", job("prod", "500"), &[]),
    ] {
        let token = log_in(&vault, login, &claims);
        assert_eq!(reached(&token), expected, "{login} {claims}");
        // The files say the same of every such job.
        let claim = |name: &str| claims[name].as_str().unwrap().to_owned();
        let (project, environment) = (claim("project_id"), claim("environment"));
        let tool = Tool::offline(&mappings);
        let mut run = tool.run([
            "explain",
            "--project",
            &project,
            "--environment",
            &environment,
            "--role",
            login,
            "--claim",
            "namespace_id=80",
            "--ref-protected",
        ]);
        let explained = stdout(&run.assert().success());
        for role in ROLES {
            let is_shown = explained.contains(&format!("[aws/sts/{role} "));
            assert_eq!(
                is_shown,
                expected.contains(&role),
                "{login} {role}: {explained}"
            );
        }
    }
}

#[test]
fn a_running_jobs_token_keeps_its_roles_whoever_logs_in_besides() {
    let vault = Vault::start();
    Tool::new(&vault, &mappings()).apply().assert().success();
    let own = log_in(&vault, "aws-prod", &job("prod", "500"));
    let of_group = log_in(&vault, "aws-group-80-prod", &job("prod", "500"));
    for (login, claims) in [
        ("aws-dev", job("dev", "500")),
        ("aws-prod-eu", job("prod-eu", "500")),
        ("aws-prod", job("prod", "501")),
        ("aws", job("dev", "500")),
        ("aws-group-80-prod", job("prod", "501")),
    ] {
        log_in(&vault, login, &claims);
        let expected = ["500-prod-deploy", "500-prod-read"];
        assert_eq!(reached(&own), expected, "after {login} {claims}");
        let expected = ["group-80-prod-deploy", "group-80-prod-read"];
        assert_eq!(reached(&of_group), expected, "after {login} {claims}");
    }
}

#[test]
fn a_role_that_leaves_the_files_is_no_longer_reached() {
    let (vault, mappings) = (Vault::start(), mappings());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    let running = log_in(&vault, "aws-prod", &job("prod", "500"));
    mappings.replace(
        "projects/payments/api.yaml",
        "      deploy: arn:aws:iam::123456789013:role/api-deploy\n",
        "",
    );
    let planned = stdout(&tool.run(["plan"]).assert().success());
    for shown in [
        "- AWS role aws/roles/500-prod-deploy",
        "project 500 (payments/api), environment prod, protected refs only, deployments only: arn:aws:iam::123456789013:role/api-deploy",
    ] {
        assert!(planned.contains(shown), "{shown}: {planned}");
    }
    tool.apply().assert().success();
    assert!(!gets(&running, "500-prod-deploy"));
    assert!(gets(&running, "500-prod-read"));
}

#[test]
fn two_roles_of_one_name_in_vault_are_refused_with_both_places() {
    let mappings = mappings();
    mappings.write(
        "projects/payments/odd.yaml",
        "project: payments/odd\nid: 502\nenvironments:\n  prod-deploy: arn:aws:iam::123456789012:role/odd\n  \
         prod: {roles: {eu-deploy: arn:aws:iam::123456789013:role/odd-eu}}\n",
    );
    mappings.replace(
        "vault.yaml",
        "      gitlab-tools: {",
        "      500-prod-read: {credential_type: assumed_role, role_arns: [arn:aws:iam::123456789012:role/x]}\n      gitlab-tools: {",
    );
    let refused = Tool::offline(&mappings).run(["validate"]).assert().code(1);
    let messages = stderr(&refused);
    for told in [
        "the environment `prod-deploy` has the name `prod-deploy` in Vault, as the role `deploy` of `prod` has",
        "has the name `prod-eu-deploy` in Vault, as the role",
        "this becomes the role `500-prod-read`, and another role has this name",
        "projects/payments/api.yaml:7:7",
        "projects/payments/odd.yaml:4:3",
    ] {
        assert!(messages.contains(told), "{told}: {messages}");
    }
}

#[test]
fn a_declared_role_is_in_the_policies_before_a_project_uses_it() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    mappings.replace(
        "vault.yaml",
        "prod: {protected: true}",
        "prod: {protected: true, roles: [deploy, read]}",
    );
    Tool::new(&vault, &mappings).apply().assert().success();
    // So the pipeline's own token, which may write no other text of a policy, applies the mapping.
    mappings.write("projects/payments/api.yaml", API);
    let main = json!({"project_id": "7012", "project_path": "devops/vault-provisioner"});
    let pipeline = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &id_token(&main));
    pipeline.apply().assert().success();
    let token = log_in(&vault, "aws-prod", &job("prod", "500"));
    assert_eq!(reached(&token), ["500-prod-deploy", "500-prod-read"]);

    let role = "      audit: arn:aws:iam::123456789013:role/api-audit\n";
    mappings.append("projects/payments/api.yaml", role);
    let planned = stdout(&pipeline.run(["plan"]).assert().success());
    let line = "no mapping had the role `audit` of `prod` before";
    assert!(planned.contains(line), "{planned}");
    pipeline.apply().assert().code(1);
}

#[test]
fn the_other_commands_know_the_name_of_a_role() {
    let (vault, mappings) = (Vault::start(), mappings());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let printed = |arguments: &[&str]| stdout(&tool.run(arguments).assert().success());
    let matrix = printed(&["explain", "--matrix"]);
    assert!(
        matrix.contains("[aws/sts/500-prod-deploy through"),
        "{matrix}"
    );
    let explained = printed(&["explain", "--project", "payments/api"]);
    assert!(
        explained.contains("payments/api (500), environment prod, role deploy: "),
        "{explained}"
    );
    let trust = printed(&[
        "trust-policy",
        "--principal",
        "arn:aws:iam::210987654321:role/vault",
        "arn:aws:iam::123456789013:role/api-deploy",
    ]);
    assert!(trust.contains("sts:AssumeRole"), "{trust}");
    tool.run(["validate", "--deny-warnings"]).assert().success();
    // `add` never changes several roles into one.
    let add = ["add", "payments/api", "--id", "500", "--environment"];
    let arn = "prod=arn:aws:iam::123456789013:role/api-deploy";
    let refused = tool.run([&add[..], &[arn]].concat()).assert().code(1);
    assert!(stderr(&refused).contains("already has another IAM role for `prod`"));
    let arn = "staging=arn:aws:iam::123456789012:role/api";
    tool.run([&add[..], &[arn]].concat()).assert().success();
    assert!(
        mappings
            .read("projects/payments/api.yaml")
            .contains("deploy: arn")
    );
    tool.apply().assert().success();
    // Imported, each is an AWS role of its own: a plan right after shows no change.
    let imported = tool.home().join("imported");
    let out = imported.to_str().unwrap();
    tool.run(["import", "--out", out]).assert().success();
    tool.run(["--mappings", out, "plan", "--detailed-exitcode"])
        .assert()
        .code(0);
}

/// A job that does not name a role of its environment gets the project's default role.
#[test]
fn a_job_that_names_no_role_gets_the_default_with_a_note() {
    let (vault, mappings) = (Vault::start(), mappings());
    mappings.append(
        "projects/payments/api.yaml",
        "default: arn:aws:iam::123456789012:role/api-build\n",
    );
    Tool::new(&vault, &mappings).apply().assert().success();
    let tool = Tool::offline(&Mappings::empty())
        .with_env("VAULT_ADDR", vault.address())
        .with_env("VAULT_ID_TOKEN", &id_token(&job("prod", "500")));
    let asked = [
        "credentials",
        "--project-id",
        "500",
        "--environment",
        "prod",
    ];
    let told = stderr(&tool.run(asked).assert().success());
    assert_eq!(
        told,
        "The environment `prod` has no AWS role without a name: these are credentials of 500, the project's default.\n"
    );
    let named = tool
        .run([&asked[..], &["--role", "deploy"]].concat())
        .assert();
    assert_eq!(stderr(&named.success()), "");
}
