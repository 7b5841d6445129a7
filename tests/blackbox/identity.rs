//! `identity: watch`: `drift` reports entities and groups with policies that reach an AWS role of the files.

use serde_json::{Value, json};

use crate::support::{Client, GitLab, Mappings, Tool, Vault, field, id_token, stdout};

const EVERYTHING: &str = r#"path "aws/sts/*" { capabilities = ["update"] }"#;

/// The shipped files with a line more, applied; the tool, and the same as the pipeline's job.
fn watched(identity: &str) -> (Vault, Mappings, Tool, Tool) {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    mappings.append("vault.yaml", identity);
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let policy = json!({"policy": EVERYTHING});
    vault.root.write("sys/policies/acl/breakglass", &policy);
    let claims = json!({"project_id": "7012", "project_path": "devops/vault-provisioner"});
    let job = Tool::new(&vault, &mappings)
        .without_env("VAULT_TOKEN")
        .with_env("VAULT_ID_TOKEN", &id_token(&claims))
        .with_env("VAULT_AUTH_ROLE", "vault-provisioner-plan");
    (vault, mappings, tool, job)
}

/// The token of a project's job without an environment, and its entity.
fn log_in(vault: &Vault, project: &str) -> (Client, String) {
    let jwt = id_token(&json!({"project_id": project, "environment": null}));
    let token = vault.log_in("gitlab", Some("aws"), &jwt).unwrap();
    let own = vault
        .root
        .write("auth/token/lookup", &json!({"token": token.token}));
    let entity = field(&own["data"], "entity_id").to_owned();
    (token, entity)
}

fn gets_production(token: &Client) -> bool {
    token.request("POST", "aws/sts/365-prod", &json!({})).status == 200
}

fn drift(tool: &Tool, code: i32) -> Value {
    let run = tool.run(["drift", "--format", "json"]).assert().code(code);
    serde_json::from_str(&stdout(&run)).unwrap()
}

/// What drift reports about identity: what has policies, and what these reach.
fn told(tool: &Tool) -> Vec<(String, usize)> {
    let report = drift(tool, 2);
    assert_eq!(report["changes"], json!([]));
    let powers = report["identity"].as_array().unwrap().iter();
    let told = powers.map(|power| {
        let reached = power["identities"].as_array().unwrap().len();
        (field(power, "what").to_owned(), reached)
    });
    told.collect()
}

#[test]
fn an_entity_with_a_policy_that_reaches_an_aws_role_is_drift() {
    let (vault, mappings, tool, job) = watched("identity: watch\n");
    let clean = stdout(&job.run(["drift"]).assert().code(0));
    assert!(
        clean.contains("; other mounts and policies, tokens, AWS."),
        "{clean}"
    );
    let (token, entity) = log_in(&vault, "777");
    let path = format!("identity/entity/id/{entity}");
    vault.root.write(
        &path,
        &json!({"name": "deployer", "policies": ["default", "not-there"]}),
    );
    assert_eq!(drift(&job, 0)["identity"], json!([]));

    vault
        .root
        .write(&path, &json!({"policies": ["breakglass"]}));
    assert!(gets_production(&token));
    assert_eq!(told(&job), [("entity deployer".to_owned(), 6)]);
    let text = stdout(&job.run(["drift"]).assert().code(2));
    assert!(text.starts_with("No changes, but Vault holds 1 entity or group with policies that reach AWS roles of the files.\n"), "{text}");
    let line = format!(
        "warning[foreign-identity]: {path}: the policies of entity deployer (breakglass) reach arn:aws:iam::"
    );
    assert!(text.contains(&line), "{text}");
    // A plan does not look.
    let plan = job.plan_json();
    assert_eq!(plan["identity"], Value::Null);

    mappings.replace(
        "vault.yaml",
        "identity: watch\n",
        "identity: {except: [deployer]}\n",
    );
    let excepted = stdout(&job.run(["drift"]).assert().code(0));
    assert!(
        excepted.contains("what `identity.except` names"),
        "{excepted}"
    );
    mappings.replace("vault.yaml", "identity: {except: [deployer]}\n", "");
    tool.apply().assert().success();
    let unwatched = stdout(&job.run(["drift"]).assert().code(0));
    assert!(
        unwatched.contains("other mounts and policies, identity, tokens, AWS"),
        "{unwatched}"
    );
}

#[test]
fn a_group_gives_its_policies_to_members_and_to_whoever_a_jwt_names() {
    let (vault, mappings, tool, job) = watched("identity: watch\n");
    let (token, entity) = log_in(&vault, "778");
    vault.root.write(
        &format!("identity/entity/id/{entity}"),
        &json!({"name": "member"}),
    );
    let inner = json!({"name": "inner", "member_entity_ids": [entity]});
    let inner = vault.root.write("identity/group", &inner)["data"]["id"].clone();
    let outer = json!({"name": "outer", "policies": ["breakglass"], "member_group_ids": [inner]});
    vault.root.write("identity/group", &outer);
    assert!(gets_production(&token));
    assert_eq!(told(&job), [("entity member".to_owned(), 6)]);
    vault.root.delete("identity/group/name/outer");
    drift(&job, 0);

    // A group of another system: its members are whoever has its name in `groups_claim`.
    mappings.replace(
        "vault.yaml",
        "        token_policies: [aws]\n",
        "        token_policies: [aws]\n        groups_claim: groups_direct\n",
    );
    tool.apply().assert().success();
    let group = json!({"name": "operators", "type": "external", "policies": ["breakglass"]});
    let group = vault.root.write("identity/group", &group)["data"]["id"].clone();
    let accessor = vault.root.read("sys/auth").unwrap()["gitlab/"]["accessor"].clone();
    let alias =
        json!({"name": "platform/operators", "mount_accessor": accessor, "canonical_id": group});
    vault.root.write("identity/group-alias", &alias);
    assert_eq!(told(&job), [("group operators".to_owned(), 5)]);
    let named = |groups: Value| {
        let jwt =
            id_token(&json!({"project_id": "779", "environment": null, "groups_direct": groups}));
        gets_production(&vault.log_in("gitlab", Some("aws"), &jwt).unwrap())
    };
    assert!(named(json!(["platform/operators"])) && !named(json!(["platform"])));
}

#[test]
fn what_of_identity_may_not_be_read_is_named() {
    let (vault, mappings, tool, job) = watched("");
    mappings.append("vault.yaml", "identity: watch\n");
    // The policy of the plan still lacks the paths, which only an administrator can add.
    let run = job.run(["drift"]).assert().code(2);
    let text = stdout(&run);
    for path in ["identity/entity/id (", "identity/group/id ("] {
        assert!(text.contains(path), "{path}: {text}");
    }
    tool.apply().assert().success();
    let text = stdout(&job.run(["drift"]).assert().code(0));
    assert!(!text.contains("identity/"), "{text}");

    // A policy that may not be read may allow anything.
    let policy = vault
        .root
        .read("sys/policies/acl/vault-provisioner-plan")
        .unwrap();
    let blind = field(&policy, "policy").replace("sys/policies/acl/+", "sys/policies/acl/none");
    vault
        .root
        .write("sys/policies/acl/blind", &json!({"policy": blind}));
    let token = vault
        .root
        .write("auth/token/create", &json!({"policies": ["blind"]}));
    let blind =
        Tool::new(&vault, &mappings).with_env("VAULT_TOKEN", field(&token["auth"], "client_token"));
    let (_, entity) = log_in(&vault, "777");
    let path = format!("identity/entity/id/{entity}");
    vault.root.write(
        &path,
        &json!({"name": "deployer", "policies": ["harmless"]}),
    );
    vault.root.write(
        "sys/policies/acl/harmless",
        &json!({"policy": "path \"secret/x\" { capabilities = [\"read\"] }"}),
    );
    drift(&job, 0);
    let text = stdout(&blind.run(["drift"]).assert().code(2));
    assert!(
        text.contains("(harmless) may reach anything (policy harmless: "),
        "{text}"
    );
}

#[test]
fn the_issue_about_drift_reports_identity() {
    let (vault, _mappings, _, job) = watched("identity: watch\n");
    let gitlab = GitLab::project();
    let job = gitlab.job(job);
    let run = |code| drop(job.run(["drift", "--open-issue"]).assert().code(code));
    run(0);
    let (_, entity) = log_in(&vault, "777");
    let path = format!("identity/entity/id/{entity}");
    vault
        .root
        .write(&path, &json!({"policies": ["breakglass"]}));
    run(2);
    let issue = gitlab.open_issue();
    assert!(
        field(&issue, "description").contains("! warning[foreign-identity]: identity/entity/id/"),
        "{issue}"
    );
    run(2);
    assert_eq!(gitlab.open_issue(), issue);
    vault.root.write(&path, &json!({"policies": []}));
    run(0);
    assert_eq!(gitlab.issues("closed").len(), 1);
}
