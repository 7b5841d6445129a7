//! `explain` says what login and `aws/sts` really do.

mod generated;

use serde_json::{Value, json};

use super::support::{Mappings, Tool, Vault, id_token, stdout};

const DEV: &str = "arn:aws:iam::123456789012:role/gitlab-service-role";
const PROD: &str = "arn:aws:iam::123456789013:role/gitlab-service-role";

/// The article's files with an IAM role for prod too.
fn article() -> Mappings {
    let mappings = Mappings::article();
    mappings.append(
        "projects/somenamespace/someproject.yaml",
        &format!("  prod: {PROD}\n"),
    );
    mappings
}

fn explain(tool: &Tool, arguments: &[&str]) -> String {
    let run = tool
        .run([&["explain"], arguments].concat())
        .assert()
        .success();
    stdout(&run)
}

fn explain_json(tool: &Tool, arguments: &[&str]) -> Value {
    let answer = explain(tool, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&answer).expect("JSON")
}

#[test]
fn a_dev_jobs_token_gets_prod_when_the_article_says_so() {
    let (vault, mappings) = (Vault::start(), article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let answer = explain_json(
        &tool,
        &[
            "--live",
            "--project",
            "365",
            "--environment",
            "dev",
            "--role",
            "aws",
        ],
    );
    assert_eq!(answer["answer"], "yes");
    let reaches = &answer["roles"][0]["reaches"];
    let said = |name: &str| {
        let mut reaches = reaches.as_array().unwrap().iter();
        let reached = reaches.find(|reached| reached["aws_role"] == name).unwrap();
        (reached["answer"].clone(), reached["conditions"].clone())
    };
    assert_eq!(said("aws/roles/365-dev"), ("yes".into(), json!([])));
    assert_eq!(
        said("aws/roles/365-prod"),
        (
            "after_others".into(),
            json!([{"claim": "environment", "must": {"be": ["prod"]}}])
        )
    );

    let log_in = |environment: &str| {
        let jwt = id_token(&json!({"environment": environment, "aud": null}));
        vault.log_in("gitlab", Some("aws"), &jwt).unwrap()
    };
    let dev = log_in("dev");
    let gets = |role: &str| {
        dev.request("POST", &format!("aws/sts/{role}"), &json!({}))
            .status
            == 200
    };
    assert!(gets("365-dev") && !gets("365-prod"));
    log_in("prod");
    assert!(!gets("365-dev") && gets("365-prod"));
}

#[test]
fn a_job_is_told_what_it_could_get_and_why() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    insta::assert_snapshot!(explain(&tool, &["--project", "somenamespace/someproject", "--environment", "dev"]), @r"
    somenamespace/someproject (365), environment dev: yes
      aws/roles/365-dev gives arn:aws:iam::123456789012:role/gitlab-service-role

    auth/gitlab/role/aws admits the job
      it needs a JWT without `aud`, which GitLab's id_tokens always have: add bound_audiences
      + aws/sts/365-dev  arn:aws:iam::123456789012:role/gitlab-service-role
          update by rule 1 of gitlab-projects-aws-assumed-role (aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}})
      and, because its policies read metadata that project_path, the user_claim, does not fix, and that each login with the same project_path replaces, also:
      ~ aws/sts/365-prod  arn:aws:iam::123456789013:role/gitlab-service-role
          once another job has logged in as aws whose environment is prod
          update by rule 1 of gitlab-projects-aws-assumed-role (aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}})

    auth/gitlab/role/vault-provisioner refuses the job: project_id must be 7012, and the job's is 365
    ");
}

#[test]
fn the_first_thing_that_refused_is_named() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    let reason = |arguments: &[&str]| explain_json(&tool, arguments)["reason"].clone();
    for (arguments, expected) in [
        (
            &["--project", "365", "--environment", "prd"][..],
            "no mapping for environment prd of project 365; there is prod, dev",
        ),
        (
            &["--project", "365"],
            "no default mapping of project 365, for jobs without an environment",
        ),
        (
            &[
                "--project",
                "somenamespace/someprojet",
                "--environment",
                "dev",
            ],
            "the files have no project somenamespace/someprojet; there is somenamespace/someproject",
        ),
        (
            &[
                "--project",
                "365",
                "--environment",
                "dev",
                "--role",
                "vault-provisioner",
            ],
            "auth/gitlab/role/vault-provisioner refuses the job: project_id must be 7012, and the job's is 365",
        ),
        (
            &["--project", "365", "--environment", "dev", "--role", "wsa"],
            "there is no login role wsa; there is aws, vault-provisioner",
        ),
    ] {
        assert_eq!(reason(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn who_reaches_what_is_told_in_every_format() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    insta::assert_snapshot!(explain(&tool, &["--matrix"]), @r"
    any other project
      ? arn:aws:iam::123456789012:role/gitlab-service-role
          aws/roles/365-dev through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner, only if project_id is 7012
      ? arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner, only if project_id is 7012
    somenamespace/someproject, default
      ~ arn:aws:iam::123456789012:role/gitlab-service-role
          aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is dev
      ~ arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is prod
    somenamespace/someproject, dev
      + arn:aws:iam::123456789012:role/gitlab-service-role
          aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role
      ~ arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is prod
    somenamespace/someproject, prod
      ~ arn:aws:iam::123456789012:role/gitlab-service-role
          aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is dev
      + arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role
    ");
    insta::assert_snapshot!(explain(&tool, &["--matrix", "--format", "markdown"]), @r"
    | Job | | In AWS | Way |
    |---|---|---|---|
    | `any other project` | only if | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/roles/365-dev through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner, only if project_id is 7012` |
    | `any other project` | only if | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/roles/365-prod through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner, only if project_id is 7012` |
    | `somenamespace/someproject, default` | after others | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is dev` |
    | `somenamespace/someproject, default` | after others | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is prod` |
    | `somenamespace/someproject, dev` | yes | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role` |
    | `somenamespace/someproject, dev` | after others | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is prod` |
    | `somenamespace/someproject, prod` | after others | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/roles/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is dev` |
    | `somenamespace/someproject, prod` | yes | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role` |
    ");
    insta::assert_snapshot!(explain(&tool, &["--matrix", "--format", "mermaid"]), @r#"
    flowchart LR
      job0["any other project"]
      aws0(["arn:aws:iam::123456789012:role/gitlab-service-role"])
      job0 -. "only if project_id is 7012" .-> aws0
      aws1(["arn:aws:iam::123456789013:role/gitlab-service-role"])
      job0 -. "only if project_id is 7012" .-> aws1
      job1["somenamespace/someproject, default"]
      job1 -. "once another job has logged in as aws whose environment is dev" .-> aws0
      job1 -. "once another job has logged in as aws whose environment is prod" .-> aws1
      job2["somenamespace/someproject, dev"]
      job2 --> aws0
      job2 -. "once another job has logged in as aws whose environment is prod" .-> aws1
      job3["somenamespace/someproject, prod"]
      job3 -. "once another job has logged in as aws whose environment is dev" .-> aws0
      job3 --> aws1
    "#);
    insta::assert_snapshot!(explain(&tool, &["--arn", PROD]), @r"
    any other project
      ? arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner, only if project_id is 7012
    somenamespace/someproject, default
      ~ arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is prod
    somenamespace/someproject, dev
      ~ arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role, once another job has logged in as aws whose environment is prod
    somenamespace/someproject, prod
      + arn:aws:iam::123456789013:role/gitlab-service-role
          aws/roles/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role
    ");
    let matrix = explain_json(&tool, &["--matrix"]);
    assert_eq!(matrix["jobs"][2]["who"]["environment"], "dev");
    assert_eq!(matrix["jobs"][2]["reaches"][0]["identity"], DEV);
}

#[test]
fn a_plan_tells_who_gains_and_who_loses() {
    let (vault, mappings) = (Vault::start(), Mappings::article());
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    mappings.write(
        "projects/somenamespace/someproject.yaml",
        format!("project: somenamespace/someproject\nid: 365\nenvironments:\n  prod: {PROD}\n"),
    );
    let planned = stdout(&tool.plan().assert().code(2));
    let section = |text: &str| {
        let from = text.find("Access, by this change:").expect("a section");
        let (section, _) = text[from..].split_once("\n\n").expect("an end");
        section.to_owned()
    };
    insta::assert_snapshot!(section(&planned), @r"
    Access, by this change:
    - any other project: arn:aws:iam::123456789012:role/gitlab-service-role, which it had only if project_id is 7012
    + any other project: arn:aws:iam::123456789013:role/gitlab-service-role, only if project_id is 7012
    - somenamespace/someproject, default: arn:aws:iam::123456789012:role/gitlab-service-role, which it had once another job has logged in whose environment is dev
    + somenamespace/someproject, default: arn:aws:iam::123456789013:role/gitlab-service-role, once another job has logged in whose environment is prod
    - somenamespace/someproject, dev: arn:aws:iam::123456789012:role/gitlab-service-role
    + somenamespace/someproject, dev: arn:aws:iam::123456789013:role/gitlab-service-role, once another job has logged in whose environment is prod
    - somenamespace/someproject, prod: arn:aws:iam::123456789012:role/gitlab-service-role, which it had once another job has logged in whose environment is dev
    + somenamespace/someproject, prod: arn:aws:iam::123456789013:role/gitlab-service-role
    ");
}

#[test]
fn what_is_asked_is_data_in_every_format() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    let hostile = "x/\u{1b}[31m\n```\n/close\n<b>|`";
    for format in ["text", "markdown", "json", "mermaid"] {
        let answer = explain(&tool, &["--project", hostile, "--format", format]);
        assert!(!answer.contains('\u{1b}'), "{format}: {answer:?}");
        assert!(
            !answer.lines().any(|line| line.starts_with("/close")),
            "{format}: {answer}"
        );
        assert!(format != "mermaid" || !answer.contains('<'), "{answer}");
    }
    let markdown = explain(&tool, &["--project", hostile, "--format", "markdown"]);
    let fences = markdown.lines().filter(|line| line.starts_with("````"));
    assert_eq!(fences.count(), 2, "{markdown}");
}
