//! `add` with settings, for groups, for jobs without an environment, and by address.

use super::{FILE, good, with_file};
use crate::support::{Mappings, Tool, stderr, stdout};

const ARN: &str = "arn:aws:iam::123456789012:role/app";

fn run(mappings: &Mappings, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let all = [&["add"], arguments].concat();
    Tool::offline(mappings).run(all).assert()
}

#[test]
fn an_address_is_read_as_the_path_that_it_leads_to() {
    let environment = format!("dev={ARN}");
    for (address, file, path) in [
        ("https://git.example.com/team/app", FILE, "team/app"),
        ("https://git.example.com/team/app.git", FILE, "team/app"),
        ("git@git.example.com:team/app.git", FILE, "team/app"),
        (
            "https://git.example.com/team/sub/deep/app/-/settings/ci_cd#js-x",
            "projects/team/sub/deep/app.yaml",
            "team/sub/deep/app",
        ),
    ] {
        let mappings = good();
        run(
            &mappings,
            &[address, "--id", "7", "--environment", &environment],
        )
        .success();
        let text = mappings.read(file);
        assert!(text.starts_with(&format!("project: {path}\n")), "{text}");
        let again = run(
            &mappings,
            &[path, "--id", "7", "--environment", &environment],
        );
        assert!(stdout(&again.success()).contains("nothing to do"));
    }
    let refused = run(
        &good(),
        &[
            "https://git.example.com",
            "--id",
            "7",
            "--environment",
            &environment,
        ],
    );
    refused.code(1);
}

#[test]
fn a_project_that_has_a_file_keeps_its_number() {
    let mappings = with_file(&format!(
        "project: team/app\nid: 7\nenvironments:\n  dev: {ARN}\n"
    ));
    let staging = format!("staging={ARN}");
    for project in ["team/app", "Team/App", "https://git.example.com/team/app"] {
        run(&mappings, &[project, "--environment", &staging]).success();
    }
    let text = format!("project: team/app\nid: 7\nenvironments:\n  dev: {ARN}\n  staging: {ARN}\n");
    assert_eq!(mappings.read(FILE), text);
    let other = run(&mappings, &["team/other", "--environment", &staging]).code(1);
    assert!(stderr(&other).contains("error[no-project-id]"));
}

#[test]
fn the_path_of_a_gitlab_below_a_path_is_not_part_of_a_projects_path() {
    let environment = format!("dev={ARN}");
    let address = "https://git.example.com/gitlab/team/app/-/issues";
    let flags = ["add", address, "--id", "7", "--environment", &environment];
    let adds_to_app = |tool: Tool, mappings: &Mappings, more: &[&str]| {
        tool.run(flags.iter().chain(more)).assert().success();
        assert!(mappings.read(FILE).starts_with("project: team/app\n"));
    };
    // The files say where GitLab is, or the job, or the option.
    let mappings = good();
    mappings.append(
        "vault.yaml",
        "auth: {gitlab: {type: jwt, config: {jwks_url: 'https://git.example.com/gitlab/-/jwks'}}}\n",
    );
    adds_to_app(Tool::offline(&mappings), &mappings, &[]);
    for name in ["CI_SERVER_URL", "CI_API_V4_URL"] {
        let mappings = good();
        let url = match name {
            "CI_SERVER_URL" => "https://git.example.com/gitlab",
            _ => "https://git.example.com/gitlab/api/v4",
        };
        adds_to_app(Tool::offline(&mappings).with_env(name, url), &mappings, &[]);
    }
    let mappings = good();
    let option = ["--gitlab-url", "https://git.example.com/gitlab/"];
    adds_to_app(Tool::offline(&mappings), &mappings, &option);
}

#[test]
fn a_role_with_a_name_is_put_beside_the_others_of_its_environment() {
    let flags = |role| {
        let environment = "prod=arn:aws:iam::123456789012:role/app";
        [
            "team/app",
            "--id",
            "365",
            "--environment",
            environment,
            "--role",
            role,
        ]
    };
    let mappings = good();
    let first = run(&mappings, &flags("deploy")).success();
    assert!(
        stdout(&first).contains(&format!(
            "+ prod, role deploy: {ARN}   (jobs ask aws/sts/365-prod-deploy)"
        )),
        "{}",
        stdout(&first)
    );
    run(&mappings, &flags("read")).success();
    assert_eq!(
        mappings.read(FILE),
        format!(
            "project: team/app\nid: 365\nenvironments:\n  prod:\n    roles:\n      deploy: {ARN}\n      read: {ARN}\n"
        )
    );
    let again = run(&mappings, &flags("read")).success();
    assert!(stdout(&again).contains("nothing to do"));
    for (text, expected) in [
        (
            "project: team/app\nid: 365\nenvironments:\n  dev: ARN # theirs\n",
            "project: team/app\nid: 365\nenvironments:\n  dev: ARN # theirs\n  prod: {roles: {deploy: ARN}}\n",
        ),
        (
            "project: team/app\nid: 365\nenvironments: {prod: {roles: {read: ARN}}}\n",
            "project: team/app\nid: 365\nenvironments: {prod: {roles: {read: ARN, deploy: ARN}}}\n",
        ),
    ] {
        let mappings = with_file(&text.replace("ARN", ARN));
        run(&mappings, &flags("deploy")).success();
        assert_eq!(mappings.read(FILE), expected.replace("ARN", ARN));
    }
    // One role without a name leaves no place for another.
    let mappings = with_file(&format!(
        "project: team/app\nid: 365\nenvironments: {{prod: {ARN}}}\n"
    ));
    let refused = stderr(&run(&mappings, &flags("deploy")).code(1));
    assert!(
        refused.contains("already has another IAM role for `prod`"),
        "{refused}"
    );
}

#[test]
fn settings_and_the_default_are_written_into_new_and_existing_files() {
    let dev = format!("dev={ARN}");
    let flags = [
        "team/app",
        "--id",
        "365",
        "--environment",
        &dev,
        "--default",
        ARN,
        "--expires",
        "2100-12-31",
        "--max-sts-ttl",
        "1h",
    ];
    let mappings = good();
    run(&mappings, &flags).success();
    insta::assert_snapshot!(mappings.read(FILE), @r#"
    project: team/app
    id: 365
    environments:
      dev:
        role_arn: arn:aws:iam::123456789012:role/app
        max_sts_ttl: 1h
        expires: "2100-12-31"
    default:
      role_arn: arn:aws:iam::123456789012:role/app
      max_sts_ttl: 1h
      expires: "2100-12-31"
    "#);
    for (text, expected) in [
        (
            "project: team/app\nid: 365\n",
            "project: team/app\nid: 365\nenvironments:\n  dev: {role_arn: ARN, max_sts_ttl: 1h, expires: \"2100-12-31\"}\ndefault: {role_arn: ARN, max_sts_ttl: 1h, expires: \"2100-12-31\"}\n",
        ),
        (
            "project: team/app\nid: 365\nenvironments:\n  prod: ARN # theirs\n# The end\n",
            "project: team/app\nid: 365\nenvironments:\n  prod: ARN # theirs\n  dev: {role_arn: ARN, max_sts_ttl: 1h, expires: \"2100-12-31\"}\ndefault: {role_arn: ARN, max_sts_ttl: 1h, expires: \"2100-12-31\"}\n# The end\n",
        ),
        (
            "{project: team/app, id: 365, environments: {dev: {role_arn: ARN, max_sts_ttl: 1h, expires: 2100-12-31}}}\n",
            "{project: team/app, id: 365, environments: {dev: {role_arn: ARN, max_sts_ttl: 1h, expires: 2100-12-31}}, default: {role_arn: ARN, max_sts_ttl: 1h, expires: \"2100-12-31\"}}\n",
        ),
    ] {
        let mappings = with_file(&text.replace("ARN", ARN));
        run(&mappings, &flags).success();
        assert_eq!(mappings.read(FILE), expected.replace("ARN", ARN));
        let again = run(&mappings, &flags).success();
        assert!(stdout(&again).contains("nothing to do"));
    }
    let mappings = with_file(&format!(
        "project: team/app\nid: 365\nenvironments: {{dev: {ARN}}}\n"
    ));
    let refused = stderr(&run(&mappings, &flags).code(1));
    assert!(
        refused.contains("team/app already has another IAM role for `dev`"),
        "{refused}"
    );
}

#[test]
fn a_group_has_a_file_of_its_own() {
    let (dev, prod) = (format!("dev={ARN}"), format!("prod={ARN}"));
    let mappings = good();
    let address = "https://git.example.com/groups/team/-/group_members";
    let first = run(
        &mappings,
        &[address, "--group", "--id", "72", "--environment", &dev],
    );
    assert!(stdout(&first.success()).contains("(jobs ask aws/sts/group-72-dev)"));
    run(
        &mappings,
        &["team", "--group", "--id", "72", "--environment", &prod],
    )
    .success();
    assert_eq!(
        mappings.read("projects/team/group.yaml"),
        format!("group: team\nid: 72\nenvironments:\n  dev: {ARN}\n  prod: {ARN}\n")
    );
    let no_project = run(&mappings, &["team", "--id", "72", "--environment", &dev]);
    let said = stderr(&no_project.code(1));
    assert!(said.contains("`team` is not a project's path"), "{said}");
    run(
        &mappings,
        &["team", "--group", "--id", "72", "--default", ARN],
    )
    .code(1);
}

/// A project with the name `group` and the file of its group would be one file.
#[test]
fn a_project_with_the_name_group_and_its_group_have_files_of_their_own() {
    let mappings = good();
    let environment = format!("dev={ARN}");
    let settings = ["--environment", &environment];
    run(
        &mappings,
        &[&["team/group", "--id", "7"], &settings[..]].concat(),
    )
    .success();
    run(
        &mappings,
        &[&["team", "--group", "--id", "8"], &settings[..]].concat(),
    )
    .success();
    run(
        &mappings,
        &[&["team/Group", "--id", "7"], &settings[..]].concat(),
    )
    .success();
    let project = mappings.read("projects/team/-group.yaml");
    assert!(
        project.starts_with("project: team/group\nid: 7\n"),
        "{project}"
    );
    let group = mappings.read("projects/team/group.yaml");
    assert!(group.starts_with("group: team\nid: 8\n"), "{group}");
}

#[test]
fn a_file_of_another_owner_in_the_place_of_a_new_one_is_left_alone() {
    let mappings = good();
    let text = format!("group: other\nid: 8\nenvironments:\n  dev: {ARN}\n");
    mappings.write(FILE, &text);
    let environment = format!("dev={ARN}");
    let arguments = ["team/app", "--id", "7", "--environment", &environment];
    let said = stderr(&run(&mappings, &arguments).code(1));
    assert!(
        said.contains("this file has the path that belongs to the file of team/app"),
        "{said}"
    );
    assert_eq!(mappings.read(FILE), text);
}

#[test]
fn a_day_that_is_over_or_near_is_a_warning() {
    let mappings = good();
    let environment = format!("dev = {ARN}");
    let day = ["--environment", &environment, "--expires", "2030-12-31"];
    for (now, code) in [
        ("2030-12-01T00:00:00Z", None),
        ("2030-12-20T00:00:00Z", Some("warning[expiring-mapping]")),
        ("2031-01-01T00:00:00Z", Some("warning[expired-mapping]")),
    ] {
        let project = format!("team/p{}", &now[..10]);
        let id = now[..4].to_owned() + &now[8..10];
        let arguments = [&[&*project, "--id", &id, "--now", now], &day[..]].concat();
        let told = stderr(&run(&mappings, &arguments).success());
        assert_eq!(
            told.matches("warning[").count(),
            usize::from(code.is_some()),
            "{now}: {told}"
        );
        assert!(told.contains(code.unwrap_or_default()), "{now}: {told}");
    }
}
