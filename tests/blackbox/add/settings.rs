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
