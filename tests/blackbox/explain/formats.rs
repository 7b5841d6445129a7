//! The formats of answers.

use super::{DEV, PROD, article, explain, explain_json};
use crate::support::{Mappings, Tool, stderr, stdout};

#[test]
fn who_reaches_what_is_shown_in_every_format() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    insta::assert_snapshot!(explain(&tool, &["--matrix"]), @"
    ! unknown: project 7012, any environment or none, any branch or tag through auth/gitlab/role/vault-provisioner may get anything by policy vault-provisioner, because it lets its holders write auth/gitlab/role/any
    any project except 365 (somenamespace/someproject) or 7012, environment dev, any branch or tag; or any project except 7012, every environment except dev, and jobs without one, any branch or tag
      ~ arn:aws:iam::123456789012:role/gitlab-service-role  [aws/sts/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role; once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment dev, any branch or tag]
    any project except 365 (somenamespace/someproject) or 7012, environment prod, any branch or tag; or any project except 7012, every environment except prod, and jobs without one, any branch or tag
      ~ arn:aws:iam::123456789013:role/gitlab-service-role  [aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role; once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment prod, any branch or tag]
    project 365 (somenamespace/someproject), environment dev, any branch or tag
      + arn:aws:iam::123456789012:role/gitlab-service-role  [aws/sts/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role]
    project 365 (somenamespace/someproject), environment prod, any branch or tag
      + arn:aws:iam::123456789013:role/gitlab-service-role  [aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role]
    project 7012, any environment or none, any branch or tag
      + arn:aws:iam::123456789012:role/gitlab-service-role  [aws/sts/365-dev through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner]
      + arn:aws:iam::123456789013:role/gitlab-service-role  [aws/sts/365-prod through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner]
    Looked at: auth/gitlab (2 roles, 2 policies) in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has for a project id.
    ");
    insta::assert_snapshot!(explain(&tool, &["--matrix", "--format", "markdown"]), @"
    | Who | In AWS | Way |
    |---|---|---|
    | unknown | `unknown: project 7012, any environment or none, any branch or tag through auth/gitlab/role/vault-provisioner may get anything by policy vault-provisioner, because it lets its holders write auth/gitlab/role/any` | |
    | `any project except 365 (somenamespace/someproject) or 7012, environment dev, any branch or tag; or any project except 7012, every environment except dev, and jobs without one, any branch or tag` | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/sts/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role; once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment dev, any branch or tag` |
    | `any project except 365 (somenamespace/someproject) or 7012, environment prod, any branch or tag; or any project except 7012, every environment except prod, and jobs without one, any branch or tag` | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role; once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment prod, any branch or tag` |
    | `project 365 (somenamespace/someproject), environment dev, any branch or tag` | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/sts/365-dev through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role` |
    | `project 365 (somenamespace/someproject), environment prod, any branch or tag` | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role` |
    | `project 7012, any environment or none, any branch or tag` | `arn:aws:iam::123456789012:role/gitlab-service-role` | `aws/sts/365-dev through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner` |
    | `project 7012, any environment or none, any branch or tag` | `arn:aws:iam::123456789013:role/gitlab-service-role` | `aws/sts/365-prod through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner` |

    `Looked at: auth/gitlab (2 roles, 2 policies) in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has for a project id.`
    ");
    insta::assert_snapshot!(explain(&tool, &["--matrix", "--format", "mermaid"]), @r##"
    flowchart LR
      unknown0["#33; unknown: project 7012, any environment or none, any branch or tag through auth/gitlab/role/vault-provisioner may get anything by policy vault-provisioner, because it lets its holders write auth/gitlab/role/any"]
      who0["any project except 365 #40;somenamespace/someproject#41; or 7012, environment dev, any branch or tag#59; or any project except 7012, every environment except dev, and jobs without one, any branch or tag"]
      aws0(["arn:aws:iam::123456789012:role/gitlab-service-role"])
      who0 -. "once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 #40;somenamespace/someproject#41;, environment dev, any branch or tag" .-> aws0
      who1["any project except 365 #40;somenamespace/someproject#41; or 7012, environment prod, any branch or tag#59; or any project except 7012, every environment except prod, and jobs without one, any branch or tag"]
      aws1(["arn:aws:iam::123456789013:role/gitlab-service-role"])
      who1 -. "once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 #40;somenamespace/someproject#41;, environment prod, any branch or tag" .-> aws1
      who2["project 365 #40;somenamespace/someproject#41;, environment dev, any branch or tag"]
      who2 --> aws0
      who3["project 365 #40;somenamespace/someproject#41;, environment prod, any branch or tag"]
      who3 --> aws1
      who4["project 7012, any environment or none, any branch or tag"]
      who4 --> aws0
      who4 --> aws1
      %% Looked at: auth/gitlab #40;2 roles, 2 policies#41; in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline#39;s own policies let it write#59; AWS trust policies#59; which path GitLab has for a project id.
    "##);
    insta::assert_snapshot!(explain(&tool, &["--arn", PROD]), @"
    ! unknown: project 7012, any environment or none, any branch or tag through auth/gitlab/role/vault-provisioner may get anything by policy vault-provisioner, because it lets its holders write auth/gitlab/role/any
    arn:aws:iam::123456789013:role/gitlab-service-role
      + project 365 (somenamespace/someproject), environment prod, any branch or tag  [aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role]
      + project 7012, any environment or none, any branch or tag  [aws/sts/365-prod through auth/gitlab/role/vault-provisioner by rule 13 of vault-provisioner]
      ~ any project except 365 (somenamespace/someproject) or 7012, environment prod, any branch or tag; or any project except 7012, every environment except prod, and jobs without one, any branch or tag; once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment prod, any branch or tag  [aws/sts/365-prod through auth/gitlab/role/aws by rule 1 of gitlab-projects-aws-assumed-role]
    Looked at: auth/gitlab (2 roles, 2 policies) in the files. Not looked at: other auth mounts and namespaces, identity, tokens, aliases whose names differ in case only, what the pipeline's own policies let it write; AWS trust policies; which path GitLab has for a project id.
    ");
    let matrix = explain_json(&tool, &["--matrix"]);
    let mut rows = matrix["rows"].as_array().unwrap().iter();
    let dev = rows.find(|row| row["who"].as_str().unwrap().contains("environment dev"));
    assert_eq!(dev.unwrap()["ways"][0]["identity"], DEV);
    insta::assert_snapshot!(explain(&tool, &["--matrix", "--format", "csv"]), @r#"
    kind,project_ids,projects,issuers,environments,who,identity,session_policy,aws_role,path,login_role,rules,condition,source,aws_role_at,login_role_at,rules_at,expires,sessions,last_use
    unknown,7012,,https://git.example.com,*,"project 7012, any environment or none, any branch or tag",,,,,auth/gitlab/role/vault-provisioner,policy vault-provisioner,it lets its holders write auth/gitlab/role/any,files,,,,,,
    after_login,*,*,https://git.example.com,*,"any project except 365 (somenamespace/someproject) or 7012, environment dev, any branch or tag; or any project except 7012, every environment except dev, and jobs without one, any branch or tag",arn:aws:iam::123456789012:role/gitlab-service-role,,aws/roles/365-dev,aws/sts/365-dev,auth/gitlab/role/aws,rule 1 of gitlab-projects-aws-assumed-role,"once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment dev, any branch or tag",files,mappings/projects/somenamespace/someproject.yaml:4,mappings/vault.yaml:12,mappings/vault.yaml:68,,,
    after_login,*,*,https://git.example.com,*,"any project except 365 (somenamespace/someproject) or 7012, environment prod, any branch or tag; or any project except 7012, every environment except prod, and jobs without one, any branch or tag",arn:aws:iam::123456789013:role/gitlab-service-role,,aws/roles/365-prod,aws/sts/365-prod,auth/gitlab/role/aws,rule 1 of gitlab-projects-aws-assumed-role,"once another job with the same project_path has logged in by auth/gitlab/role/aws: project 365 (somenamespace/someproject), environment prod, any branch or tag",files,mappings/projects/somenamespace/someproject.yaml:5,mappings/vault.yaml:12,mappings/vault.yaml:68,,,
    way,365,somenamespace/someproject,https://git.example.com,dev,"project 365 (somenamespace/someproject), environment dev, any branch or tag",arn:aws:iam::123456789012:role/gitlab-service-role,,aws/roles/365-dev,aws/sts/365-dev,auth/gitlab/role/aws,rule 1 of gitlab-projects-aws-assumed-role,,files,mappings/projects/somenamespace/someproject.yaml:4,mappings/vault.yaml:12,mappings/vault.yaml:68,,,
    way,365,somenamespace/someproject,https://git.example.com,prod,"project 365 (somenamespace/someproject), environment prod, any branch or tag",arn:aws:iam::123456789013:role/gitlab-service-role,,aws/roles/365-prod,aws/sts/365-prod,auth/gitlab/role/aws,rule 1 of gitlab-projects-aws-assumed-role,,files,mappings/projects/somenamespace/someproject.yaml:5,mappings/vault.yaml:12,mappings/vault.yaml:68,,,
    way,7012,,https://git.example.com,*,"project 7012, any environment or none, any branch or tag",arn:aws:iam::123456789012:role/gitlab-service-role,,aws/roles/365-dev,aws/sts/365-dev,auth/gitlab/role/vault-provisioner,rule 13 of vault-provisioner,,files,mappings/projects/somenamespace/someproject.yaml:4,mappings/vault.yaml:34,mappings/vault.yaml:115,,,
    way,7012,,https://git.example.com,*,"project 7012, any environment or none, any branch or tag",arn:aws:iam::123456789013:role/gitlab-service-role,,aws/roles/365-prod,aws/sts/365-prod,auth/gitlab/role/vault-provisioner,rule 13 of vault-provisioner,,files,mappings/projects/somenamespace/someproject.yaml:5,mappings/vault.yaml:34,mappings/vault.yaml:115,,,
    "#);
}

#[test]
fn what_is_asked_is_data_in_every_format() {
    let mappings = article();
    let tool = Tool::offline(&mappings);
    let hostile = "x/\u{1b}[31m\n```\n/close\n<b>|`";
    for format in ["text", "markdown", "json", "csv", "mermaid", "html"] {
        let answer = explain(&tool, &["--project", hostile, "--format", format]);
        assert!(!answer.contains('\u{1b}'), "{format}: {answer:?}");
        assert!(
            !answer.lines().any(|line| line.starts_with("/close")),
            "{format}: {answer}"
        );
        assert!(format != "mermaid" || !answer.contains('<'), "{answer}");
        assert!(format != "html" || !answer.contains("<b>"), "{answer}");
    }
    let markdown = explain(&tool, &["--project", hostile, "--format", "markdown"]);
    let fences = markdown.lines().filter(|line| line.starts_with("````"));
    assert_eq!(fences.count(), 2, "{markdown}");
}

#[test]
fn every_question_is_answered_in_every_format_with_what_was_not_looked_at() {
    let mappings = Mappings::shipped();
    let tool = Tool::offline(&mappings);
    let website = "arn:aws:iam::123456789012:role/website";
    for (question, expected) in [
        (&["--project", "412"][..], website),
        (&["--matrix"], website),
        (&["--arn", "*:role/website"], website),
        (&["--account", "123456789012"], website),
        (&["--arn", "*:role/admin"], "nobody can reach"),
        (
            &["--project", "412", "--role", "vault-provisioner"],
            "refuses the job",
        ),
    ] {
        for format in ["text", "markdown", "json", "csv", "mermaid", "html"] {
            let arguments = [&["explain", "--format", format], question].concat();
            let run = tool.run(arguments).assert().success();
            let (answer, note) = (stdout(&run), stderr(&run));
            let is_told = match (format, expected) {
                ("json", "nobody can reach") => answer.contains(r#""nobody": true"#),
                ("markdown", "nobody can reach") => answer.contains("| nobody |"),
                _ => answer.contains(expected),
            };
            assert!(is_told, "{question:?} {format}: {answer}");
            let scope = match format {
                "json" => answer.contains(r#""not_looked_at": "other auth mounts"#),
                "html" => answer.contains("<dt>Not looked at</dt><dd>other auth mounts"),
                "csv" => note.contains("Not looked at: other auth mounts"),
                _ => answer.contains("Not looked at: other auth mounts"),
            };
            assert!(scope, "{question:?} {format}: {answer}{note}");
        }
    }
}

#[test]
fn a_diagram_that_gitlab_would_not_draw_is_refused_with_what_to_ask_instead() {
    let mappings = Mappings::shipped();
    for id in 1000..1300 {
        let role = format!("arn:aws:iam::123456789012:role/{id}");
        mappings.write(
            &format!("projects/many/p{id}.yaml"),
            format!(
                "project: many/p{id}\nid: {id}\nenvironments:\n  dev: {role}\n  staging: {role}-s\n"
            ),
        );
    }
    let tool = Tool::offline(&mappings);
    let run = tool
        .run(["explain", "--matrix", "--format", "mermaid"])
        .assert()
        .code(1);
    assert_eq!(stdout(&run), "");
    let told = stderr(&run);
    assert!(
        told.contains("error[diagram-too-large]: GitLab draws a diagram of at most 500 lines and 50000 characters, and this one has 6"),
        "{told}"
    );
    assert!(told.contains("ask about less, with --project"), "{told}");
    let one = ["--project", "1000", "--format", "mermaid"];
    let diagram = explain(&tool, &one);
    assert!(diagram.starts_with("flowchart LR"), "{diagram}");
}
