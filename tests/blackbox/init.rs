//! `init`: a configuration repository of one's own.

mod check;
mod openbao;
mod terminal;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::json;
use tempfile::TempDir;

use crate::support::{
    GitLabDirectory, Mappings, Shared, Tool, Vault, git, id_token, stderr, stdout,
};

const COMPANY: [&str; 6] = [
    "--vault",
    "https://vault.example.com",
    "--project-id",
    "7012",
    "--account",
    "123456789012",
];

/// A run of `init` in a folder, for a GitLab at this address.
fn init(tool: &Tool, folder: &Path, gitlab: &str) -> Command {
    let folder = folder.to_str().unwrap();
    let mut command = tool.run(["init", folder, "--gitlab", gitlab]);
    command.args(COMPANY);
    command
}

fn text_of(folder: &TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_new_repository_is_valid_at_once() {
    let (folder, tool) = (
        tempfile::tempdir().unwrap(),
        Tool::offline(&Mappings::empty()),
    );
    let run = init(&tool, folder.path(), "https://git.example.com")
        .assert()
        .code(0);
    let said = stdout(&run).replace(folder.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(said, @"
    DIR/.vscode/mappings.schema.json: written
    DIR/README.md: written
    DIR/.gitlab-ci.yml: written
    DIR/.gitlab/CODEOWNERS: written
    DIR/.vscode/settings.json: written
    DIR/mappings/contract.yaml: written
    DIR/mappings/vault.yaml: written

    Next:
      1. `vault-provisioner add PROJECT --id N --environment dev=ARN` maps the first project.
      2. In GitLab, protect the branch main, set the variables that .gitlab-ci.yml names, and add a schedule for drift. `vault-provisioner init --check` lists all that has to be set, and with a token says what is not.
      3. As an administrator of Vault, run `vault-provisioner apply` once. From then on, the pipeline of project 7012 logs in with its own JWT.
    ");
    let mappings = folder.path().join("mappings");
    let validate = ["validate", "--deny-warnings", "--mappings"];
    tool.run(validate).arg(&mappings).assert().code(0);
    let add = ["add", "payments/api", "--id", "365", "--environment"];
    tool.run(add)
        .args(["dev=arn:aws:iam::123456789012:role/payments", "--mappings"])
        .arg(&mappings)
        .assert()
        .code(0);
    tool.run(validate).arg(&mappings).assert().code(0);
    let schema = tool.run(["schema"]).assert().code(0);
    assert_eq!(
        stdout(&schema),
        text_of(&folder, ".vscode/mappings.schema.json")
    );
}

#[test]
fn a_new_repository_takes_every_form_of_a_mapping() {
    let (folder, tool) = (
        tempfile::tempdir().unwrap(),
        Tool::offline(&Mappings::empty()),
    );
    init(&tool, folder.path(), "https://git.example.com")
        .assert()
        .code(0);
    let projects = folder.path().join("mappings/projects/payments");
    fs::create_dir_all(&projects).unwrap();
    let arn = |name| format!("arn:aws:iam::123456789012:role/{name}");
    let (tools, review, deploy, read) = (arn("tools"), arn("review"), arn("deploy"), arn("read"));
    let project = format!(
        "project: payments/api\nid: 365\ndefault: {tools}\nenvironments:\n  review: {review}\n  prod: \
         {{roles: {{deploy: {deploy}, read: {read}}}}}\n"
    );
    fs::write(projects.join("api.yaml"), project).unwrap();
    let shared = arn("shared");
    let group = format!(
        "group: payments\nid: 72\nsubgroups: [73]\nenvironments:\n  dev: {{role_arn: {shared}, expires: \
         2999-12-31}}\n"
    );
    fs::write(projects.join("group.yaml"), group).unwrap();
    let mappings = folder.path().join("mappings");
    tool.run(["validate", "--deny-warnings", "--mappings"])
        .arg(&mappings)
        .assert()
        .code(0);
}

#[test]
fn its_pipeline_plans_and_applies_what_a_developer_adds() {
    let vault = Vault::start();
    let folder = tempfile::tempdir().unwrap();
    let mappings = folder.path().join("mappings");
    let tool = Tool::new(&vault, &Mappings::empty());
    let gitlab = Shared::jwks_url().strip_suffix("/-/jwks").unwrap();
    init(&tool, folder.path(), gitlab).assert().code(0);
    let run = |tool: &Tool, arguments: &[&str]| {
        let mut command = tool.run(arguments);
        command.arg("--mappings").arg(&mappings);
        command
    };
    run(&tool, &["apply", "--auto-approve"]).assert().code(0);

    let job = |claims| {
        let mut all = json!({
            "iss": gitlab, "aud": "https://vault.example.com", "project_id": "7012", "ref": "main",
            "ref_type": "branch", "ref_protected": "true",
        });
        for (name, value) in json!(claims).as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        let tool = Tool::new(&vault, &Mappings::empty()).without_env("VAULT_TOKEN");
        tool.with_env("VAULT_ID_TOKEN", &id_token(&all))
    };
    let branch = job(json!({"ref": "feature", "ref_protected": "false"}));
    let plan = ["plan", "--auth-role", "vault-provisioner-plan"];
    let planned = run(&branch, &plan).assert().code(0);
    assert!(
        stdout(&planned).starts_with("No changes."),
        "{}",
        stdout(&planned)
    );

    run(
        &tool,
        &[
            "add",
            "payments/api",
            "--id",
            "365",
            "--environment",
            "dev=arn:aws:iam::123456789012:role/payments",
        ],
    )
    .assert()
    .code(0);
    run(&branch, &["apply", "--auto-approve"]).assert().code(1);
    let main = job(json!({}));
    let applied = run(&main, &["apply", "--auto-approve"]).assert().code(0);
    assert!(
        stdout(&applied).contains("Applied: 1 created"),
        "{}",
        stdout(&applied)
    );
    assert!(vault.root.read("aws/roles/365-dev").is_some());
}

#[test]
fn nothing_that_is_there_changes() {
    let (folder, tool) = (
        tempfile::tempdir().unwrap(),
        Tool::offline(&Mappings::empty()),
    );
    fs::write(folder.path().join("README.md"), "Ours").unwrap();
    let run = init(&tool, folder.path(), "https://git.example.com")
        .assert()
        .code(0);
    assert!(stdout(&run).contains("README.md: there already, not changed"));
    assert_eq!(text_of(&folder, "README.md"), "Ours");

    let platform = text_of(&folder, "mappings/vault.yaml");
    fs::remove_file(folder.path().join(".gitlab-ci.yml")).unwrap();
    let again = init(&tool, folder.path(), "https://other.example.com")
        .assert()
        .code(1);
    assert!(
        stderr(&again).starts_with("error[folder-in-use]: "),
        "{}",
        stderr(&again)
    );
    assert_eq!(text_of(&folder, "mappings/vault.yaml"), platform);
    assert!(!folder.path().join(".gitlab-ci.yml").exists());
}

#[test]
fn without_a_terminal_it_names_what_it_needs() {
    let (folder, tool) = (
        tempfile::tempdir().unwrap(),
        Tool::offline(&Mappings::empty()),
    );
    let run = tool.run(["init"]).arg(folder.path()).assert().code(1);
    insta::assert_snapshot!(stderr(&run), @"
    error[missing-option]: init needs --vault, --gitlab, --project-id
    help: give these options, or run it on a terminal, where it asks
    For more about this error, run `vault-provisioner --explain missing-option`.
    ");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A folder that was cloned from GitLab.
fn cloned(origin: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["init", "--quiet"][..],
        &["remote", "add", "origin", origin],
    ] {
        git(folder.path(), arguments);
    }
    folder
}

#[test]
fn a_clone_says_where_gitlab_is_and_gitlab_the_projects_number() {
    let gitlab = GitLabDirectory::of(json!({"projects": [{"path": "devops/vault"}]}));
    let folder = cloned(&format!(
        "git@git.example.com:{}/devops/vault.git",
        gitlab.root()
    ));
    let tool = Tool::offline(&Mappings::empty());
    let vault = ["--vault", "https://vault.example.com"];
    let run = tool
        .run(["init", "--project-id", "7012"])
        .args(vault)
        .arg(folder.path())
        .assert()
        .code(0);
    let said = stderr(&run);
    assert!(
        said.contains("GitLab is https://git.example.com, by the remote origin."),
        "{said}"
    );
    let platform = text_of(&folder, "mappings/vault.yaml");
    assert!(
        platform.contains("bound_issuer: https://git.example.com\n"),
        "{platform}"
    );

    let folder = cloned(&format!(
        "git@git.example.com:{}/devops/vault.git",
        gitlab.root()
    ));
    let tool = tool.with_env("GITLAB_TOKEN", gitlab.token("read_api"));
    let url = Shared::gitlab("url");
    let run = tool
        .run(["init", "--gitlab", url])
        .args(vault)
        .arg(folder.path())
        .assert()
        .code(0);
    let id = gitlab.project(0).to_string();
    assert!(
        stderr(&run).contains(&format!("is the project {id}.")),
        "{}",
        stderr(&run)
    );
    assert!(text_of(&folder, "mappings/vault.yaml").contains(&format!("project_id: \"{id}\"")));
}

#[test]
fn a_token_goes_to_no_gitlab_that_only_a_clone_names() {
    let gitlab = GitLabDirectory::of(json!({"projects": [{"path": "devops/vault"}]}));
    let url = Shared::gitlab("url");
    let folder = cloned(&format!("{url}/{}/devops/vault.git", gitlab.root()));
    let tool = Tool::offline(&Mappings::empty()).with_env("GITLAB_TOKEN", gitlab.token("read_api"));
    let run = tool
        .run(["init", "--vault", "https://vault.example.com"])
        .arg(folder.path())
        .assert()
        .code(1);
    assert!(
        stderr(&run).contains("init needs --project-id"),
        "{}",
        stderr(&run)
    );
    assert_eq!(gitlab.requests(), [] as [&str; 0]);
}

#[test]
fn it_says_what_vault_is_and_what_is_mounted_there() {
    let vault = Vault::start();
    let tool = Tool::new(&vault, &Mappings::empty());
    let say = |tool: &Tool| {
        let folder = tempfile::tempdir().unwrap();
        let mut run = tool.run([
            "init",
            "--gitlab",
            "https://git.example.com",
            "--project-id",
            "7012",
        ]);
        let run = run
            .args(["--vault", vault.address()])
            .arg(folder.path())
            .assert()
            .code(0);
        stderr(&run)
    };
    let said = say(&tool);
    let program = if vault.is_openbao() {
        "OpenBao 2."
    } else {
        "HashiCorp Vault 1."
    };
    let first = format!("Vault at {}: {program}", vault.address());
    assert!(
        said.starts_with(&first) && said.contains(", cluster vault-cluster-"),
        "{said}"
    );
    assert!(
        said.ends_with("It has no mount of the types jwt and aws.\n"),
        "{said}"
    );

    let shipped = Mappings::shipped();
    Tool::new(&vault, &shipped).apply().assert().success();
    let said = say(&tool);
    assert!(
        said.contains(
            "there: auth/gitlab (jwt), aws (aws).\nThe files declare auth/gitlab and aws, and apply"
        ),
        "{said}"
    );
    let tool = tool.without_env("VAULT_TOKEN");
    let said = say(&tool);
    assert!(
        said.contains("Unknown is what is mounted there: there is no token"),
        "{said}"
    );
    vault.seal();
    let said = say(&tool);
    assert!(
        said.contains(", sealed.\nUnknown is what is mounted there"),
        "{said}"
    );
}
