//! `init --openbao-init`: OpenBao sets itself up from the files, and nobody ever holds a root token.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::init;
use crate::support::{Mappings, Shared, Tool, Vault, id_token, stderr, stdout};

/// Writes a repository for the stand-in's GitLab, and prints its stanza to a file in it.
fn stanza(folder: &Path) -> (String, std::path::PathBuf) {
    let gitlab = Shared::jwks_url().strip_suffix("/-/jwks").unwrap();
    let tool = Tool::offline(&Mappings::empty());
    init(&tool, folder, gitlab).assert().code(0);
    let printed = tool.run(["init", "--openbao-init"]).arg(folder).assert();
    let text = stdout(&printed.code(0));
    let file = folder.join("initialize.hcl");
    fs::write(&file, &text).unwrap();
    (text, file)
}

#[test]
fn a_server_that_begins_with_the_files_needs_no_root_token() {
    // HashiCorp Vault has no such stanza.
    if std::env::var("VAULT_PROVISIONER_TEST_SERVER").is_ok_and(|kind| kind == "vault") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (_, file) = stanza(folder.path());
    let mut options = vec![format!("--initialize={}", file.display())];
    options.extend(Shared::aws_environment().map(|variable| format!("--env={variable}")));
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let vault = Vault::start_with(&options);
    assert_eq!(vault.root_token(), "");

    let mappings = folder.path().join("mappings");
    let gitlab = Shared::jwks_url().strip_suffix("/-/jwks").unwrap();
    let job = |claims: &[(&str, &str)]| {
        let mut all = json!({
            "iss": gitlab, "aud": "https://vault.example.com", "project_id": "7012", "ref": "main", "ref_type": "branch",
            "ref_protected": "true",
        });
        for (name, value) in claims {
            all[*name] = (*value).into();
        }
        let tool = Tool::new(&vault, &Mappings::empty()).without_env("VAULT_TOKEN");
        tool.with_env("VAULT_ID_TOKEN", &id_token(&all))
    };
    let run = |tool: &Tool, arguments: &[&str]| {
        let mut command = tool.run(arguments);
        command.arg("--mappings").arg(&mappings);
        command
    };
    let branch = job(&[("ref", "feature"), ("ref_protected", "false")]);
    let plan = ["plan", "--auth-role", "vault-provisioner-plan"];
    let planned = run(&branch, &plan).assert().code(0);
    assert!(
        stdout(&planned).starts_with("No changes."),
        "{}",
        stdout(&planned)
    );

    let add = ["add", "payments/api", "--id", "365", "--environment"];
    let dev = "dev=arn:aws:iam::123456789012:role/payments";
    run(&branch, &[&add[..], &[dev]].concat()).assert().code(0);
    let applied = run(&job(&[]), &["apply", "--auto-approve"])
        .assert()
        .code(0);
    assert!(
        stdout(&applied).contains("Applied: 1 created"),
        "{}",
        stdout(&applied)
    );

    let developer = job(&[("project_id", "365"), ("environment", "dev")]);
    let credentials = ["credentials", "--project-id", "365", "--environment", "dev"];
    let session = developer.run(credentials).assert().code(0);
    assert!(
        stdout(&session).contains("\"SessionToken\""),
        "{}",
        stderr(&session)
    );
}

#[test]
fn the_stanza_says_what_it_makes_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (text, _) = stanza(folder.path());
    let (comment, stanza) = text.split_once("\ninitialize ").unwrap();
    insta::assert_snapshot!(comment, @"
    # For OpenBao's configuration: what it makes at its first start, before anyone can log in, and never again. Then it revokes the
    # root token that it worked with, so nobody ever holds one: https://openbao.org/docs/configuration/self-init/
    #
    # Makes 1 auth mount, 1 secrets mount, 1 JWT config, 7 policies, 7 JWT roles; the content of secrets engines is left to the pipeline.
    # Needs a `seal` by which OpenBao unseals itself, an AWS engine (a plugin, which `plugin_directory` or a `plugin` stanza provides),
    # and that GitLab answers at `jwks_url`. Have a way in for administrators too: another request, or another auth method.
    ");
    for made in [
        "sys/auth/gitlab",
        "auth/gitlab/role/vault-provisioner\"",
        "sys/policies/acl/aws-dev",
    ] {
        assert!(stanza.contains(made), "{made}: {stanza}");
    }
    assert!(!stanza.contains("= \"aws/"), "{stanza}");
}

#[test]
fn without_files_it_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let tool = Tool::offline(&Mappings::empty());
    let run = tool
        .run(["init", "--openbao-init"])
        .arg(folder.path())
        .assert()
        .code(1);
    assert!(
        stderr(&run).contains("error[missing-directory]"),
        "{}",
        stderr(&run)
    );
}
