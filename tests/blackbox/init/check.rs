//! `init --check`: the settings of the project in GitLab.

use serde_json::{Value, json};

use crate::support::{GitLabDirectory, Mappings, Shared, Tool, stderr, stdout};

/// In the registry of the second project.
const IMAGE: &str = "registry.example.com/ROOT/tools/image/cli@sha256:\
                     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A project whose settings are all as they have to be, and the project of its image.
fn company(role: u64, change: impl Fn(&mut Value)) -> GitLabDirectory {
    let mut settings = json!({
        "branches": [{"name": "main", "push": [0], "merge": [40]}],
        "approvals": {"reset_approvals_on_push": true, "merge_requests_author_approval": false},
        "approval_rules": [1],
        "variables": [
            {"key": "VAULT_PROVISIONER_IMAGE", "value": IMAGE},
            {"key": "GITLAB_TOKEN", "masked": true},
            {"key": "GITLAB_READ_TOKEN", "masked": true},
        ],
        "schedules": [{"ref": "refs/heads/main"}],
        "general": {
            "ci_allow_fork_pipelines_to_run_in_parent_project": false,
            "ci_pipeline_variables_minimum_override_role": "maintainer",
        },
    });
    change(&mut settings);
    GitLabDirectory::of(json!({"projects": [
        {"path": "devops/vault", "role": role, "protected": ["production"], "settings": settings},
        {"path": "tools/image", "role": role, "settings": {"tags": [".*"]}},
    ]}))
}

/// The tool with a token for these projects.
fn tool(gitlab: &GitLabDirectory) -> Tool {
    Tool::offline(&Mappings::empty()).with_env("GITLAB_TOKEN", gitlab.token("read_api"))
}

fn arguments(gitlab: &GitLabDirectory) -> Vec<String> {
    let url = Shared::gitlab("url");
    let id = gitlab.project(0).to_string();
    ["init", "--check", "--gitlab", url, "--project-id", &id]
        .map(Into::into)
        .into()
}

#[test]
fn what_is_wrong_and_what_gitlab_does_not_show_is_never_right() {
    type Change = fn(&mut Value);
    let cases: [(&str, u64, Change); 5] = [
        ("an image by a tag, and no tokens", 50, |settings| {
            settings["variables"] =
                json!([{"key": "VAULT_PROVISIONER_IMAGE", "value": "registry.example.com/a/b:1"}]);
        }),
        ("an unprotected branch", 50, |settings| {
            settings["branches"] = json!([{"name": "release/*"}])
        }),
        ("a project as GitLab makes it", 50, |settings| {
            *settings =
                json!({"branches": [{"name": "*", "push": [30], "merge": [30], "force": true}]});
        }),
        ("a token of a maintainer", 40, |_| {}),
        ("a token of a developer", 30, |_| {}),
    ];
    let mut told = String::new();
    for (case, role, change) in cases {
        let gitlab = company(role, change);
        let run = tool(&gitlab).run(arguments(&gitlab)).assert().code(1);
        let said = stdout(&run) + &stderr(&run);
        assert!(!said.contains("secret-value"), "{said}");
        told += &format!("# {case}\n{said}\n");
    }
    let filters = vec![
        (r"root-\d+", "ROOT"),
        (r"project(s?[ /])\d+", "project${1}N"),
    ];
    insta::with_settings!({filters => filters}, {
        insta::assert_snapshot!("what_init_check_says", told);
    });
}

#[test]
fn a_project_whose_settings_are_right_passes() {
    let gitlab = company(50, |_| {});
    let run = tool(&gitlab).run(arguments(&gitlab)).assert().code(0);
    let said = stdout(&run);
    assert!(
        said.ends_with("\n16 right, 0 wrong, 0 unknown. Not looked at: variables of groups and of the instance; who has which role.\n"),
        "{said}"
    );
}

#[test]
fn without_a_token_it_prints_the_list_to_tick() {
    let tool = Tool::offline(&Mappings::empty());
    let run = tool
        .run(["init", "--check", "--branch", "trunk"])
        .assert()
        .code(0);
    let said = stdout(&run);
    assert!(
        said.contains("[ ] trunk is protected\n      (Settings, Repository, Protected branches)"),
        "{said}"
    );
    assert!(!said.contains("[x]") && !said.contains("main "), "{said}");
}

#[test]
fn a_project_that_gitlab_does_not_show_is_an_error() {
    let gitlab = company(50, |_| {});
    let run = tool(&gitlab)
        .run([
            "init",
            "--check",
            "--gitlab",
            Shared::gitlab("url"),
            "--project-id",
            "1",
        ])
        .assert()
        .code(1);
    assert!(
        stderr(&run).contains("error[gitlab-refused]"),
        "{}",
        stderr(&run)
    );
    assert_eq!(stdout(&run), "");
}
