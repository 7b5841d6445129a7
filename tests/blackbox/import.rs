//! `import`: the files that it writes from a live Vault, after which a plan has nothing to change.

mod adopted;
mod comments;
mod environments;
mod generated;
mod groups;
mod into;

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::support::{GitLabDirectory, Mappings, Shared, Tool, Vault, stderr, stdout};

/// The policy of the article's projects, in the text of Terraform's `vault_policy_document`.
const TERRAFORM_POLICY: &str = r#"# Assume the role of the project's environment
path "aws/sts/{{identity.entity.aliases.ACCESSOR.metadata.project_id}}-{{identity.entity.aliases.ACCESSOR.metadata.environment}}" {
  capabilities = ["create", "update"]
}

# Assume the shared role of the GitLab tools
path "aws/sts/gitlab-tools" {
  capabilities = ["create", "update"]
}
"#;

/// A policy that a person wrote, with comments where rules have no place for them.
const HAND_WRITTEN: &str = r#"# Kept by DevOps

path "aws/sts/legacy" {
  # asked for in OPS-7
  capabilities = ["update"]
}
"#;

/// A server that these files were applied to, and a tool to import from it.
fn applied(mappings: &Mappings) -> (Vault, Tool) {
    let vault = Vault::start();
    let tool = Tool::new(&vault, mappings);
    tool.apply().assert().success();
    (vault, tool)
}

/// Imports into `imported` of the tool's folder.
fn import(tool: &Tool, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let import = ["import", "--out", "imported"];
    tool.run(import.iter().chain(arguments)).assert()
}

/// Plans the imported files; 0 says that nothing has to change.
fn plan_imported(tool: &Tool) -> assert_cmd::assert::Assert {
    let plan = ["plan", "--detailed-exitcode", "--mappings", "imported"];
    tool.run(plan).assert()
}

/// All imported files with their paths, without what differs between runs.
fn imported(tool: &Tool) -> String {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("imported")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(tool.home().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if tool.home().join(&path).is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(tool.home().join(&path)).unwrap();
                files.push(format!("==> {} <==\n{text}", path.display()));
            }
        }
    }
    files.sort();
    undated(&files.join("\n")).replace(Shared::jwks_url(), "https://git.example.com/-/jwks")
}

/// The text without the day on which something was adopted.
fn undated(text: &str) -> String {
    let mut parts = text.split("adopted 20");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        all + "adopted DATE" + &part["YY-MM-DD".len()..]
    })
}

/// A server with the article's configuration as Terraform's provider writes it.
fn terraformed() -> Vault {
    let vault = Vault::start();
    let root = &vault.root;
    let gitlab = json!({"type": "jwt", "description": "GitLab authentication via JWKS"});
    root.write("sys/auth/gitlab", &gitlab);
    let config = json!({
        "bound_issuer": "https://git.example.com", "default_role": "aws",
        "jwks_url": Shared::jwks_url(), "jwt_supported_algs": [], "jwt_validation_pubkeys": [],
        "oidc_client_id": "", "oidc_discovery_url": "", "provider_config": {},
    });
    root.write("auth/gitlab/config", &config);
    let role = json!({
        "role_type": "jwt", "user_claim": "project_path", "user_claim_json_pointer": false,
        "bound_audiences": [], "bound_claims_type": "string", "bound_subject": "",
        "bound_claims": {"iss": ["https://git.example.com"], "project_id": ["7012"]},
        "claim_mappings": {"project_id": "project_id", "environment": "environment"},
        "allowed_redirect_uris": [], "oidc_scopes": [], "verbose_oidc_logging": false,
        "clock_skew_leeway": 0, "expiration_leeway": 0, "not_before_leeway": 0, "max_age": 0,
        "token_explicit_max_ttl": 600, "token_policies": ["projects", "hand-written"],
        "token_type": "default", "token_bound_cidrs": [],
    });
    root.write("auth/gitlab/role/aws", &role);
    let accessor = root.read("sys/auth").unwrap()["gitlab/"]["accessor"].clone();
    let policy = TERRAFORM_POLICY.replace("ACCESSOR", accessor.as_str().unwrap());
    root.write("sys/policies/acl/projects", &json!({"policy": policy}));
    root.write(
        "sys/policies/acl/hand-written",
        &json!({"policy": HAND_WRITTEN}),
    );
    root.write(
        "sys/policies/acl/unrelated",
        &json!({"policy": HAND_WRITTEN}),
    );
    let aws = json!({
        "type": "aws", "description": "AWS Assumed roles",
        "config": {"default_lease_ttl": "1800s", "max_lease_ttl": "3600s"},
    });
    root.write("sys/mounts/aws", &aws);
    let config = json!({"access_key": "", "secret_key": "", "max_retries": -1, "region": ""});
    root.write("aws/config/root", &config);
    for (role, account) in [
        ("365-dev", 12),
        ("365-prod", 13),
        ("365", 12),
        ("gitlab-tools", 12),
    ] {
        let arn = format!("arn:aws:iam::1234567890{account}:role/gitlab-service-role");
        let role_of_aws = json!({"credential_type": "assumed_role", "role_arns": [arn]});
        root.write(&format!("aws/roles/{role}"), &role_of_aws);
    }
    vault
}

#[test]
fn an_empty_server_is_an_empty_file() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    insta::assert_snapshot!(stdout(&import(&tool, &[]).success()));
    assert_eq!(imported(&tool), "==> imported/vault.yaml <==\nversion: 1\n");
    plan_imported(&tool).code(0);
}

#[test]
fn what_terraform_wrote_is_imported_and_nothing_changes() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    let run = import(&tool, &[]).success();
    insta::assert_snapshot!("terraform_stdout", stdout(&run));
    assert_eq!(stderr(&run), "");
    insta::assert_snapshot!("terraform_files", imported(&tool));
    plan_imported(&tool).code(0);
}

#[test]
fn imported_files_make_another_vault_the_same() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    import(&tool, &[]).success();
    let files = imported(&tool);

    let other = Vault::start();
    let tool = tool
        .with_env("VAULT_ADDR", other.address())
        .with_env("VAULT_TOKEN", other.root_token());
    tool.run(["apply", "--auto-approve", "--mappings", "imported"])
        .assert()
        .success();
    plan_imported(&tool).code(0);
    fs::rename(tool.home().join("imported"), tool.home().join("first")).unwrap();
    import(&tool, &[]).success();
    assert_eq!(imported(&tool), files);
}

#[test]
fn an_access_key_is_named_by_variables_and_never_shown() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    vault
        .root
        .write("sys/mounts/team/aws", &json!({"type": "aws"}));
    let config = json!({"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI"});
    vault.root.write("team/aws/config/root", &config);
    // The person who imports has keys of their own, which must not get into Vault.
    let tool = Tool::new(&vault, &mappings).with_env("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE");
    let run = import(&tool, &["-v"]).success();
    let all = [stdout(&run), stderr(&run), imported(&tool)].concat();
    for secret in [
        "IOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI",
        "QH8DHBEXAMPLE",
        vault.root_token(),
    ] {
        assert!(!all.contains(secret), "{all}");
    }
    insta::assert_snapshot!("access_key", imported(&tool));
    plan_imported(&tool).code(0);
}

#[test]
fn what_no_file_can_hold_is_left_alone_and_never_deleted() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    let root = &vault.root;
    root.write("sys/auth/browser", &json!({"type": "oidc"}));
    let odd = |claims| json!({"role_type": "jwt", "user_claim": "sub", "bound_claims": claims});
    root.write(
        "auth/gitlab/role/boolean",
        &odd(json!({"ref_protected": true})),
    );
    root.write("auth/gitlab/role/fraction", &odd(json!({"a": 1.5})));
    root.write("auth/gitlab/role/nested", &odd(json!({"a": {"b": "c"}})));
    let role = json!({"credential_type": "assumed_role", "role_arns": ["nonsense"]});
    root.write("aws/roles/366-dev", &role);
    let role = json!({"credential_type": "federation_token", "policy_document": "[]"});
    root.write("aws/roles/list", &role);
    let literal = "path \"a/${auth.gitlab.accessor}\" { capabilities = [\"read\"] }";
    root.write("sys/policies/acl/literal", &json!({"policy": literal}));
    root.write("sys/policies/acl/a%20b", &json!({"policy": HAND_WRITTEN}));

    let tool = Tool::new(&vault, &mappings);
    let run = import(&tool, &["--policies", "*"]).success();
    insta::assert_snapshot!("left_alone_stdout", stdout(&run));
    insta::assert_snapshot!("left_alone_stderr", stderr(&run));
    plan_imported(&tool).code(0);
    tool.run(["apply", "--auto-approve", "--mappings", "imported"])
        .assert()
        .success();
    assert_eq!(
        root.list("auth/gitlab/role"),
        ["aws", "boolean", "fraction", "nested"]
    );
    assert_eq!(root.list("aws/roles").len(), 6);
}

#[test]
fn what_is_imported_can_be_chosen() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    for (table, path, r#type) in [
        ("auth", "other", "jwt"),
        ("auth", "people", "userpass"),
        ("mounts", "other-aws", "aws"),
    ] {
        vault
            .root
            .write(&format!("sys/{table}/{path}"), &json!({"type": r#type}));
    }
    let tool = Tool::new(&vault, &mappings);
    let chosen = [
        "--auth",
        "other/",
        "--secrets",
        "other-aws",
        "--policies",
        "UNRE*",
    ];
    import(&tool, &chosen).success();
    insta::assert_snapshot!("chosen", imported(&tool));
    plan_imported(&tool).code(0);
    for (globs, has_default) in [(vec!["*"], false), (vec!["*", "default"], true)] {
        fs::remove_dir_all(tool.home().join("imported")).unwrap();
        import(&tool, &[vec!["--policies"], globs].concat()).success();
        assert_eq!(
            imported(&tool).contains("  default:\n    rules:\n"),
            has_default
        );
        plan_imported(&tool).code(0);
    }

    let cases: [(&[&str], &str); 3] = [
        (
            &["--auth", "nothing"],
            "error[nothing-to-import]: nothing is mounted at sys/auth/nothing; `vault auth list` says what is\nFor more about this error, run `vault-provisioner --explain nothing-to-import`.\n",
        ),
        (
            &["--secrets", "sys"],
            "error[nothing-to-import]: sys/mounts/sys is of type `system`, which belongs to Vault itself; no file can hold it\nFor more about this error, run `vault-provisioner --explain nothing-to-import`.\n",
        ),
        (
            &["--policies", "nothing-*"],
            "error[nothing-to-import]: no policy is named nothing-*\nFor more about this error, run `vault-provisioner --explain nothing-to-import`.\n",
        ),
    ];
    for (arguments, message) in cases {
        let run = tool
            .run(["import", "--out", "other"].iter().chain(arguments))
            .assert()
            .code(1);
        assert_eq!(stderr(&run), message);
        assert!(!tool.home().join("other").exists());
    }
}

#[test]
fn projects_get_their_paths_from_gitlabs_list() {
    let (vault, mappings) = (terraformed(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    let list = json!([
        {"id": 365, "path_with_namespace": "somenamespace/someproject", "name": "Some project"},
        {"id": 366, "path_with_namespace": "somenamespace/other", "name": "Other"},
    ]);
    fs::write(tool.home().join("projects.json"), list.to_string()).unwrap();
    let run = import(&tool, &["--projects", "projects.json"]).success();
    insta::assert_snapshot!(stdout(&run));
    let file = tool
        .home()
        .join("imported/projects/somenamespace/someproject.yaml");
    insta::assert_snapshot!(undated(&fs::read_to_string(file).unwrap()));
    plan_imported(&tool).code(0);
}

#[test]
fn projects_get_their_paths_from_gitlab_where_there_is_a_token() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    vault.root.write("sys/mounts/aws", &json!({"type": "aws"}));
    let gitlab = GitLabDirectory::of(
        json!({"projects": [{"path": "api"}, {"path": "hidden", "hidden": true}]}),
    );
    for number in [0, 1] {
        let arn = format!("arn:aws:iam::123456789012:role/x{number}");
        let role = json!({"credential_type": "assumed_role", "role_arns": [arn]});
        vault
            .root
            .write(&format!("aws/roles/{}-dev", gitlab.project(number)), &role);
    }
    let tool = Tool::new(&vault, &mappings);
    let tool = tool
        .with_env("CI_API_V4_URL", Shared::gitlab("api_url"))
        .with_env("GITLAB_TOKEN", gitlab.token("read_api"));
    let run = import(&tool, &[]).success();
    let file = format!("imported/projects/{}/api.yaml", gitlab.root());
    assert!(tool.home().join(file).exists(), "{}", imported(&tool));
    let hidden = format!(
        "imported/projects/unknown/project-{}.yaml",
        gitlab.project(1)
    );
    assert!(tool.home().join(hidden).exists(), "{}", stdout(&run));
    plan_imported(&tool).code(0);

    // A GitLab that does not answer costs the names alone.
    fs::remove_dir_all(tool.home().join("imported")).unwrap();
    let run = tool
        .run(["import", "--out", "imported"])
        .env("CI_API_V4_URL", "http://127.0.0.1:9/api/v4")
        .assert()
        .success();
    let warning = "warning: some paths of projects and groups are unknown: no answer from GitLab";
    assert!(stderr(&run).contains(warning), "{}", stderr(&run));
    plan_imported(&tool).code(0);
}

#[test]
fn a_folder_with_files_is_not_touched_and_a_failure_leaves_nothing() {
    let mappings = Mappings::of("version: 1\n");
    let tool = Tool::offline(&mappings).with_env("VAULT_ADDR", "http://127.0.0.1:1");
    let import_to = |folder: &str| {
        let run = tool
            .run(["import", "--out", folder])
            .env("VAULT_TOKEN", "t")
            .assert()
            .code(1);
        stderr(&run)
    };
    assert_eq!(
        import_to("mappings"),
        "error[folder-in-use]: mappings is not empty; name a folder that does not exist yet\nFor more about this error, run `vault-provisioner --explain folder-in-use`.\n"
    );
    assert_eq!(
        import_to("."),
        "error[folder-in-use]: . can't be replaced; name a folder that does not exist yet\nFor more about this error, run `vault-provisioner --explain folder-in-use`.\n"
    );
    import_to("imported");
    let left = fs::read_dir(tool.home())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["mappings"]);
}

#[test]
fn an_empty_folder_is_filled() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    let tool = Tool::new(&vault, &mappings);
    fs::create_dir(tool.home().join("imported")).unwrap();
    import(&tool, &[]).success();
    plan_imported(&tool).code(0);
}
