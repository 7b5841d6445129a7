//! `validate`: every kind of mistake, as a developer sees it.

mod aws;
mod copies;
mod duplicates;
mod hostile;
mod jwt;
mod keys;
mod mounts;
mod newcomer;
mod other_mounts;
mod people;
mod place;
mod platform;
mod policies;
mod policy_files;
mod projects;
mod schema;

use crate::support::{Mappings, Tool, stderr, stdout};

/// A platform in which nothing is wrong.
const PLATFORM: &str = r#"version: 1
auth:
  gitlab:
    type: jwt
    config: {jwks_url: https://git.example.com/-/jwks}
    roles:
      aws:
        user_claim: project_id
        bound_audiences: [https://vault.example.com]
        bound_claims: {environment: dev, project_id: "365"}
        claim_mappings: {project_id: project_id}
        token_explicit_max_ttl: 10m
        token_policies: [aws]
secrets:
  aws:
    type: aws
    default_lease_ttl: 30m
    max_lease_ttl: 1h
    roles:
      tools: {role_arns: [arn:aws:iam::123456789012:role/tools]}
policies:
  aws:
    rules:
      - path: ${secrets.aws.path}/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.project_id}}-dev
        capabilities: [update]
      - {path: "${secrets.aws.path}/sts/tools", capabilities: [update]}
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
  allowed_accounts: ["123456789012"]
"#;

/// A project in which nothing is wrong.
const PROJECT: &str = "project: team/app
id: 365
environments:
  dev: arn:aws:iam::123456789012:role/app
";

/// Files in which nothing is wrong.
fn good() -> Mappings {
    let mappings = Mappings::of(PLATFORM);
    mappings.write("projects/team/app.yaml", PROJECT);
    mappings
}

#[test]
fn the_folder_is_found_from_inside_and_by_a_variable() {
    let mappings = good();
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(mappings.path(), home.path().join("mappings")).unwrap();
    let tool = Tool::offline(&Mappings::empty());
    let validate = || {
        let mut command = tool.run(["validate"]);
        command.env_remove("VAULT_PROVISIONER_MAPPINGS");
        command
    };
    let inside = home.path().join("a/b");
    std::fs::create_dir_all(&inside).unwrap();
    let run = validate().current_dir(&inside).assert().success();
    assert!(stdout(&run).contains("../../mappings"), "{}", stdout(&run));

    let path = mappings.path();
    let run = validate().env("VAULT_PROVISIONER_MAPPINGS", path).assert();
    assert!(stdout(&run.success()).contains(&path.display().to_string()));
    let run = validate()
        .env("VAULT_PROVISIONER_MAPPINGS", "")
        .current_dir(&inside)
        .assert();
    run.success();
    let run = validate().assert().failure();
    insta::assert_snapshot!(stderr(&run), @"
    error[missing-directory]: there is no such directory
    --> mappings
     = help: name the directory that holds vault.yaml with `--mappings`

    error: 1 error in the files; nothing was done
    For more about an error, run `vault-provisioner --explain CODE`.
    ");
}

/// What `validate` says of files with mistakes; they fail.
fn mistakes(mappings: &Mappings) -> String {
    let run = Tool::offline(mappings).run(["validate"]).assert().code(1);
    assert_eq!(stdout(&run), "");
    stderr(&run)
}

/// What `validate` says when a part of the platform is replaced, for each replacement.
fn mistakes_in_platform(changes: &[(&str, &str)]) -> String {
    changes
        .iter()
        .map(|(from, to)| {
            let mappings = good();
            replace_first(&mappings, "vault.yaml", from, to);
            mistakes(&mappings)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// What `validate` says when a part of the project's file is replaced, for each replacement.
fn mistakes_in_project(changes: &[(&str, &str)]) -> String {
    changes
        .iter()
        .map(|(from, to)| {
            let mappings = good();
            replace_first(&mappings, "projects/team/app.yaml", from, to);
            mistakes(&mappings)
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn replace_first(mappings: &Mappings, file: &str, from: &str, to: &str) {
    let text = mappings.read(file);
    assert!(text.contains(from), "{file} has no {from:?}:\n{text}");
    mappings.write(file, text.replacen(from, to, 1));
}
