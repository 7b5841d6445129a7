//! `explain` says what login and `aws/sts` really do.

mod all_jobs;
mod formats;
mod page;

use serde_json::{Value, json};

use super::support::{Mappings, Tool, Vault, id_token, stderr, stdout};

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
    let job = &answer["jobs"][0];
    assert_eq!(job["answer"], "yes");
    let said = |name: &str| {
        let mut ways = job["ways"].as_array().unwrap().iter();
        let way = ways.find(|way| way["aws_role"] == name).unwrap();
        way["after_login"]["who"].clone()
    };
    assert_eq!(said("aws/roles/365-dev"), Value::Null);
    assert_eq!(
        said("aws/roles/365-prod"),
        "project 365 (somenamespace/someproject), environment prod, any branch or tag"
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
fn what_a_job_could_get_is_explained() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    insta::assert_snapshot!(explain(&tool, &["--project", "somenamespace/someproject", "--environment", "dev"]), @"
    somenamespace/someproject (365), environment dev: yes
      aws/roles/365-dev gives arn:aws:iam::123456789012:role/gitlab-service-role
      + arn:aws:iam::123456789012:role/gitlab-service-role  [aws/sts/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role]
      ~ arn:aws:iam::123456789013:role/gitlab-service-role  [aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role; once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment prod, any branch or tag]
      it needs a JWT without `aud`, which GitLab's id_tokens always have: add bound_audiences
    Looked at: auth/gitlab (2 roles, 2 policies) in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has for a project id.
    ");
}

#[test]
fn the_first_thing_that_refused_is_named() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    let reason = |arguments: &[&str]| explain_json(&tool, arguments)["jobs"][0]["reason"].clone();
    for (arguments, expected) in [
        (
            &["--project", "365", "--environment", "prd"][..],
            "no mapping for environment prd of project 365; there is prod, dev",
        ),
        (
            &["--project", "365", "--no-environment"],
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
            "auth/gitlab/role/vault-provisioner refuses the job: it requires JWTs whose project_id is 7012",
        ),
    ] {
        assert_eq!(reason(arguments), expected, "{arguments:?}");
    }
}

#[test]
fn a_project_without_an_environment_is_a_question_about_all_its_jobs() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let text = explain(&tool, &["--project", "365"]);
    let headlines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("somenamespace/"))
        .collect();
    assert_eq!(
        headlines,
        [
            "somenamespace/someproject (365), environment dev: yes",
            "somenamespace/someproject (365), environment prod: only under conditions: protected refs only, deployments only",
            "somenamespace/someproject (365), no environment: yes",
        ]
    );
    let all = explain_json(&tool, &["--project", "365"]);
    let answers = all["jobs"].as_array().unwrap().iter();
    let answers: Vec<&Value> = answers.map(|job| &job["answer"]).collect();
    assert_eq!(answers, ["yes", "only_if", "yes"]);
    let one = explain_json(&tool, &["--project", "365", "--no-environment"]);
    assert_eq!(one["jobs"][0], all["jobs"][2]);
}

#[test]
fn a_project_that_no_file_knows_depends_on_its_id() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    insta::assert_snapshot!(explain(&tool, &["--project", "team/moved"]), @"
    team/moved, any environment: depends on its id
      the files have no project team/moved; there is somenamespace/website, somenamespace/someproject
      it has the ways of project 365 (somenamespace/someproject) or 412 (somenamespace/website) if that is its id
    Every job of any project has: arn:aws:iam::123456789012:role/gitlab-tools  [aws/sts/gitlab-tools through auth/gitlab/role/aws by rule 2 of aws]
    Looked at: auth/gitlab (7 roles, 7 policies) in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has for a project id.
    ");
    let moved = explain_json(&tool, &["--project", "team/moved"]);
    assert_eq!(moved["jobs"][0]["depends_on_ids"], json!(["365", "412"]));
    insta::assert_snapshot!(explain(&tool, &["--project", "999"]), @"
    project 999, any environment: no AWS role of its own
      the files have no project 999; there is somenamespace/website, somenamespace/someproject
    Every job of any project has: arn:aws:iam::123456789012:role/gitlab-tools  [aws/sts/gitlab-tools through auth/gitlab/role/aws by rule 2 of aws]
    Looked at: auth/gitlab (7 roles, 7 policies) in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has for a project id.
    ");
}

#[test]
fn filters_work_with_every_question() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let rows = |arguments: &[&str]| {
        let matrix = explain_json(&tool, arguments);
        let rows = matrix["rows"].as_array().unwrap().iter();
        let who = rows.map(|row| row["who"].as_str().unwrap().to_owned());
        who.collect::<Vec<_>>()
    };
    for (arguments, expected) in [
        (
            &["--matrix", "--environment", "canary"][..],
            &[
                "any project, environment canary, any branch or tag",
                "project 365 (somenamespace/someproject), environment canary, any branch or tag",
            ][..],
        ),
        (
            // Vault compares the names of roles without regard to case.
            &["--matrix", "--environment", "prod", "--role", "AWS-Prod"],
            &[
                "project 365 (somenamespace/someproject), environment prod, protected refs only, deployments only",
                "project 412 (somenamespace/website), environment prod, protected refs only, deployments only",
            ],
        ),
        (
            &[
                "--matrix",
                "--ref-protected=false",
                "--environment",
                "prod",
                "--role",
                "aws-prod",
            ],
            &[],
        ),
    ] {
        assert_eq!(rows(arguments), expected, "{arguments:?}");
    }
    let ways = |arguments: &[&str]| {
        let answer = explain_json(&tool, arguments);
        let ways = answer["ways"].as_array().unwrap().iter();
        let who: Vec<String> = ways
            .map(|way| way["who"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(answer["nobody"], who.is_empty());
        who
    };
    let prod = "--account=123456789013";
    let of_365 = "project 365 (somenamespace/someproject), environment prod, protected refs only, deployments only";
    let of_412 = "project 412 (somenamespace/website), environment prod, protected refs only, deployments only";
    for (arguments, expected) in [
        (&[prod][..], &[of_365, of_412][..]),
        (&[prod, "--ref-protected"], &[of_365, of_412]),
        (&[prod, "--ref-protected=false"], &[]),
        (&[prod, "--environment", "dev"], &[]),
        (&[prod, "--no-environment"], &[]),
        (&[prod, "--role", "aws"], &[]),
        (&[prod, "--claim", "project_id=412"], &[of_412]),
        (
            &["--arn", "*:role/website", "--environment", "dev"],
            &["project 412 (somenamespace/website), environment dev, any branch or tag"],
        ),
        (&["--arn", "arn:aws:iam::*:role/admin"], &[]),
    ] {
        assert_eq!(ways(arguments), expected, "{arguments:?}");
    }
    let nobody = explain(&tool, &["--arn", "*:role/admin"]);
    assert!(
        nobody.starts_with("nobody can reach *:role/admin: no AWS role gives it\n"),
        "{nobody}"
    );
    assert!(nobody.contains("Not looked at: "), "{nobody}");
    // A question about some logins is no question about everyone.
    for filter in [
        ["--ref", "other"],
        ["--role", "aws"],
        ["--environment", "dev"],
        ["--claim", "project_id=1"],
    ] {
        let asked = [&["--account", "123456789013"][..], &filter].concat();
        let answer = explain(&tool, &asked);
        let expected =
            "no login that matches the filters can reach an IAM role of the account 123456789013\n";
        assert_eq!(
            answer.starts_with(expected),
            filter[0] != "--ref",
            "{filter:?} {answer}"
        );
    }
}

#[test]
fn an_invalid_question_is_an_error() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    let refused = |arguments: &[&str]| {
        let run = tool
            .run([&["explain"], arguments].concat())
            .assert()
            .code(1);
        assert_eq!(stdout(&run), "", "{arguments:?}");
        stderr(&run)
    };
    insta::assert_snapshot!(refused(&["--arn", "123456789012"]), @"
    error[nothing-to-explain]: `123456789012` is neither the ARN of an IAM role nor a glob over ARNs: `123456789012` is not the ARN of an IAM role: it does not begin with `arn:`; write `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 digits
    help: write `--arn arn:aws:iam::123456789012:role/NAME`, a glob such as `--arn '*:role/admin'`, or `--account 123456789012`
    For more about this error, run `vault-provisioner --explain nothing-to-explain`.
    ");
    insta::assert_snapshot!(refused(&["--arn", "arn:aws:iam::123456789012:role/gitlab-servce-role"]), @"
    error[nothing-to-explain]: no AWS role gives arn:aws:iam::123456789012:role/gitlab-servce-role; there is arn:aws:iam::123456789012:role/gitlab-service-role, arn:aws:iam::123456789013:role/gitlab-service-role
    help: correct the ARN, or ask with a glob who can reach any role like it, such as `--arn '*:role/NAME'`
    For more about this error, run `vault-provisioner --explain nothing-to-explain`.
    ");
    insta::assert_snapshot!(refused(&["--matrix", "--role", "wsa"]), @"
    error[nothing-to-explain]: there is no JWT role wsa; there is aws, vault-provisioner
    For more about this error, run `vault-provisioner --explain nothing-to-explain`.
    ");
    for arguments in [
        &["--account", "1234"][..],
        &["--matrix", "--environment", "dev", "--no-environment"],
        &["--matrix", "--arn", DEV],
        &["--environment", "dev"],
    ] {
        assert!(refused(arguments).starts_with("error"), "{arguments:?}");
    }
}

#[test]
fn a_plan_shows_who_gains_and_who_loses() {
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
    insta::assert_snapshot!(section(&planned), @"
    Access, by this change:
    + any project except 365 (somenamespace/someproject) or 7012, environment prod, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
          once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment prod, any branch or tag)
    + any project except 7012, every environment except prod, and jobs without one, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
          once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment prod, any branch or tag)
    - any project except 365 (somenamespace/someproject) or 7012, environment dev, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role
          which it had once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment dev, any branch or tag)
    - any project except 7012, every environment except dev, and jobs without one, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role
          which it had once another job with the same alias has logged in (project 365 (somenamespace/someproject), environment dev, any branch or tag)
    + project 365 (somenamespace/someproject), environment prod, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
    + project 7012, any environment or none, any branch or tag: arn:aws:iam::123456789013:role/gitlab-service-role
    - project 365 (somenamespace/someproject), environment dev, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role
    - project 7012, any environment or none, any branch or tag: arn:aws:iam::123456789012:role/gitlab-service-role
    ");
}
