//! `add`: a developer's new mapping.

mod refused;
mod settings;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use assert_cmd::assert::Assert;

use crate::support::{Mappings, Tool, stderr, stdout};

const FILE: &str = "projects/team/app.yaml";

fn good() -> Mappings {
    Mappings::of(
        r#"version: 1
secrets:
  aws: {type: aws}
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
  allowed_accounts: ["123456789012"]
"#,
    )
}

fn with_file(text: &str) -> Mappings {
    let mappings = good();
    mappings.write(FILE, text);
    mappings
}

/// A run of `add`; in an argument, `@` stands for the beginning of an ARN.
fn add(mappings: &Mappings, project: &str, id: &str, environments: &[&str]) -> Assert {
    let mut arguments = vec!["add".to_owned(), project.into(), "--id".into(), id.into()];
    for environment in environments {
        let environment = environment.replace('@', "arn:aws:iam::123456789012:role/");
        arguments.extend(["--environment".into(), environment]);
    }
    Tool::offline(mappings).run(arguments).assert()
}

/// What is said of an addition that fails, which leaves the folder as it was.
fn refused(mappings: &Mappings, project: &str, id: &str, environments: &[&str]) -> String {
    let before = files(mappings);
    let run = add(mappings, project, id, environments).code(1);
    assert_eq!(stdout(&run), "");
    assert_eq!(files(mappings), before);
    stderr(&run)
}

/// Every file's path and text.
fn files(mappings: &Mappings) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![mappings.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(mappings.path()).unwrap();
                files.push((
                    name.display().to_string(),
                    fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn a_new_projects_file_says_what_comes_next() {
    let mappings = good();
    let environments = ["dev=@app", "prod=@path/app-prod"];
    let run = add(&mappings, "team/app", "365", &environments).success();
    insta::assert_snapshot!(stdout(&run), @"
    mappings/projects/team/app.yaml: new file
      + dev: arn:aws:iam::123456789012:role/app   (jobs ask aws/sts/365-dev)
      + prod: arn:aws:iam::123456789012:role/path/app-prod   (jobs ask aws/sts/365-prod)

    Next, check the files and open a merge request:
      vault-provisioner validate
      git add mappings/projects/team/app.yaml
    ");
    assert_eq!(stderr(&run), "");
    insta::assert_snapshot!(mappings.read(FILE), @"
    project: team/app
    id: 365
    environments:
      dev: arn:aws:iam::123456789012:role/app
      prod: arn:aws:iam::123456789012:role/path/app-prod
    ");
    Tool::offline(&mappings)
        .run(["validate"])
        .assert()
        .success();
}

#[test]
fn a_second_time_changes_nothing() {
    let mappings = good();
    add(&mappings, "team/app", "365", &["dev=@app"]).success();
    let before = files(&mappings);
    let run = add(&mappings, "team/app", "365", &["dev=@app"]).success();
    insta::assert_snapshot!(stdout(&run), @"mappings/projects/team/app.yaml has these mappings already; nothing to do.");
    assert_eq!(files(&mappings), before);
}

#[test]
fn a_mapping_gets_a_line_where_it_belongs_and_all_else_stays() {
    let cases = [
        "project: team/app\nid: 365\nenvironments:\n  dev: arn:aws:iam::123456789012:role/app\n",
        "# Ours\n\nproject: team/app # the shop\nid: 365\nenvironments:\n    # for everyone\n    dev: arn:aws:iam::123456789012:role/app   # by Jo\n\n# The builds\ndefault: arn:aws:iam::123456789012:role/build\n",
        "environments:\n  zz:\n    role_arn: arn:aws:iam::123456789012:role/app\n    # an hour\n    max_sts_ttl: 1h\n  aa: {role_arn: arn:aws:iam::123456789012:role/app}\nproject: team/app\nid: 365\n",
        "project: team/app\nid: 365\nenvironments: {dev: arn:aws:iam::123456789012:role/app} # short\n",
        "project: team/app\nid: 365\nenvironments: {}\n",
        "project: team/app\nid: 365\n",
        "project: team/app\nid: 365 # GitLab's\ndefault: arn:aws:iam::123456789012:role/build",
        "{project: team/app, id: 365}\n",
        "{\"project\": \"team/app\", \"id\": 365, \"environments\": {\n  \"dev\": \"arn:aws:iam::123456789012:role/app\"\n}}\n",
        "project: team/app\nid: 365\nenvironments:\n  dev: >-\n    arn:aws:iam::123456789012:role/app\ndefault: arn:aws:iam::123456789012:role/build\n",
        "project: team/app\nid: 365\nenvironments:\n  dev: arn:aws:iam::123456789012:role/app",
        "---\n  project: team/app\n  id: 365\n...\n",
        "project: team/app\nid: 365\nenvironments:\n\n\n  dev: arn:aws:iam::123456789012:role/app\n\n\n  # nothing more\n",
    ];
    let mut texts = String::new();
    for text in cases {
        let mappings = with_file(text);
        let environments = ["stage=@a,b", "1.5=@x"];
        add(&mappings, "team/app", "365", &environments).success();
        Tool::offline(&mappings)
            .run(["validate"])
            .assert()
            .success();
        texts += &format!("{}\n<end>\n", mappings.read(FILE));
    }
    insta::assert_snapshot!(texts, @r#"
    project: team/app
    id: 365
    environments:
      dev: arn:aws:iam::123456789012:role/app
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x

    <end>
    # Ours

    project: team/app # the shop
    id: 365
    environments:
        # for everyone
        dev: arn:aws:iam::123456789012:role/app   # by Jo
        stage: arn:aws:iam::123456789012:role/a,b
        "1.5": arn:aws:iam::123456789012:role/x

    # The builds
    default: arn:aws:iam::123456789012:role/build

    <end>
    environments:
      zz:
        role_arn: arn:aws:iam::123456789012:role/app
        # an hour
        max_sts_ttl: 1h
      aa: {role_arn: arn:aws:iam::123456789012:role/app}
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x
    project: team/app
    id: 365

    <end>
    project: team/app
    id: 365
    environments: {dev: arn:aws:iam::123456789012:role/app, stage: "arn:aws:iam::123456789012:role/a,b", "1.5": arn:aws:iam::123456789012:role/x} # short

    <end>
    project: team/app
    id: 365
    environments: {stage: "arn:aws:iam::123456789012:role/a,b", "1.5": arn:aws:iam::123456789012:role/x}

    <end>
    project: team/app
    id: 365
    environments:
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x

    <end>
    project: team/app
    id: 365 # GitLab's
    environments:
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x
    default: arn:aws:iam::123456789012:role/build
    <end>
    {project: team/app, id: 365, environments: {stage: "arn:aws:iam::123456789012:role/a,b", "1.5": arn:aws:iam::123456789012:role/x}}

    <end>
    {"project": "team/app", "id": 365, "environments": {
      "dev": "arn:aws:iam::123456789012:role/app", stage: "arn:aws:iam::123456789012:role/a,b", "1.5": arn:aws:iam::123456789012:role/x
    }}

    <end>
    project: team/app
    id: 365
    environments:
      dev: >-
        arn:aws:iam::123456789012:role/app
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x
    default: arn:aws:iam::123456789012:role/build

    <end>
    project: team/app
    id: 365
    environments:
      dev: arn:aws:iam::123456789012:role/app
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x
    <end>
    ---
      project: team/app
      id: 365
      environments:
        stage: arn:aws:iam::123456789012:role/a,b
        "1.5": arn:aws:iam::123456789012:role/x
    ...

    <end>
    project: team/app
    id: 365
    environments:


      dev: arn:aws:iam::123456789012:role/app
      stage: arn:aws:iam::123456789012:role/a,b
      "1.5": arn:aws:iam::123456789012:role/x


      # nothing more

    <end>
    "#);
}

/// Hidden files are not read, nor are folders with the name of a file.
#[test]
fn a_projects_file_has_a_name_under_which_it_is_read() {
    for (project, file) in [
        ("team/.dotfiles", "projects/team/-dotfiles.yaml"),
        ("team.yaml/app.yml", "projects/team-yaml/app-yml.yaml"),
        ("Docs.YML/app", "projects/Docs-YML/app.yaml"),
    ] {
        let mappings = good();
        add(&mappings, project, "7", &["dev=@dev"]).success();
        add(&mappings, project, "7", &["prod=@prod"]).success();
        let text = mappings.read(file);
        assert!(text.contains("dev:") && text.contains("prod:"), "{text}");
        let good = Tool::offline(&mappings)
            .run(["validate"])
            .assert()
            .success();
        assert!(stdout(&good).contains("1 project, 3 resources"));
    }
}

#[test]
fn line_breaks_of_windows_stay() {
    let mappings = with_file(
        "project: team/app\r\nid: 365\r\nenvironments:\r\n  dev: arn:aws:iam::123456789012:role/app\r\n",
    );
    add(&mappings, "team/app", "365", &["prod=@app"]).success();
    assert_eq!(mappings.read(FILE).matches("\r\n").count(), 5);
    assert_eq!(mappings.read(FILE).matches('\n').count(), 5);
}

#[test]
fn the_file_is_found_by_its_project_and_keeps_its_mode_and_links() {
    let mappings = good();
    mappings.write("projects/Team/App.yaml", "project: Team/App\nid: 365\n");
    let file = mappings.path().join("projects/Team/App.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o664)).unwrap();
    symlink("../vault.yaml", mappings.path().join("projects/link.txt")).unwrap();
    let run = add(&mappings, "team/app", "365", &["dev=@app"]).success();
    assert!(stdout(&run).starts_with("mappings/projects/Team/App.yaml: extended"));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o664
    );
    assert!(!mappings.path().join(FILE).exists());
}

#[test]
fn another_folder_is_part_of_what_comes_next() {
    let mappings = good();
    let tool = Tool::offline(&Mappings::empty());
    let folder = mappings.path().display().to_string();
    let run = tool
        .run([
            "add",
            "team/app",
            "--id",
            "365",
            "--environment",
            "dev=arn:aws:iam::123456789012:role/app",
            "--mappings",
            &folder,
        ])
        .assert()
        .success();
    let said = stdout(&run).replace(&folder, "FOLDER");
    assert!(
        said.contains("vault-provisioner --mappings FOLDER validate\n"),
        "{said}"
    );
    assert!(
        said.contains("git add FOLDER/projects/team/app.yaml\n"),
        "{said}"
    );
}
