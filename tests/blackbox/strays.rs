//! An object of any kind that someone puts where the files have theirs, behind the tool's back: plan and drift show it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Feature, Mappings, Tool, Vault, iam_user, whole_stdout};

const FILES: &str = "\
version: 1
auth:
  gitlab:
    type: jwt
    config: {jwt_validation_pubkeys: [KEY]}
    roles:
      ours: {user_claim: sub, bound_subject: x, token_policies: [team-dev]}
secrets:
  aws:
    type: aws
    config: {region: eu-central-1}
    lease: {lease: 30m, lease_max: 1h}
policies:
  team-{environment}:
    for_each: environments
    rules: [{path: a, capabilities: [read]}]
mappings: {secrets: aws, role_name: \"{project_id}-{environment}\"}
";
const PROJECT: &str = "\
project: team/project
id: 365
environments: {dev: arn:aws:iam::123456789012:role/dev}
";

/// What is found of something that was put into Vault.
#[derive(Clone, Copy)]
enum Found {
    /// A change of the plan, which undoes it.
    Undone,
    /// It is reported, and no command deletes it.
    Told,
}

/// Something that someone puts into Vault.
struct Stray {
    /// Its kind, as `src/resource/kind.rs` has it.
    kind: &'static str,
    /// Where it is written.
    write: &'static str,
    /// What is written.
    body: Value,
    /// Where plans say that it is.
    path: &'static str,
    found: Found,
    /// What a server has that has such objects, and lists them.
    needs: Option<Feature>,
}

fn strays() -> Vec<Stray> {
    let stray = |kind, write, path, body| Stray {
        kind,
        write,
        body,
        path,
        found: Found::Undone,
        needs: None,
    };
    let at = |kind, path, body| stray(kind, path, path, body);
    let admin = "arn:aws:iam::123456789012:role/admin";
    let role = json!({"user_claim": "sub", "role_type": "jwt", "bound_subject": "y", "token_policies": "root-like"});
    let program = json!({"expression": "pb.Auth{policies: ['backdoor']}"});
    vec![
        stray(
            "AuthMount",
            "sys/mounts/auth/gitlab/tune",
            "sys/auth/gitlab",
            json!({"token_type": "batch"}),
        ),
        stray(
            "SecretsMount",
            "sys/mounts/aws/tune",
            "sys/mounts/aws",
            json!({"max_lease_ttl": "720h"}),
        ),
        at(
            "JwtConfig",
            "auth/gitlab/config",
            json!({"jwt_validation_pubkeys": [OTHER_KEY]}),
        ),
        at(
            "AwsRoot",
            "aws/config/root",
            json!({"sts_endpoint": "https://sts.example.com"}),
        ),
        at(
            "AwsLease",
            "aws/config/lease",
            json!({"lease": "100h", "lease_max": "200h"}),
        ),
        Stray {
            found: Found::Told,
            ..at(
                "Policy",
                "sys/policies/acl/team-x",
                json!({"policy": "path \"*\" { capabilities = [\"sudo\"] }"}),
            )
        },
        at("JwtRole", "auth/gitlab/role/stray", role),
        Stray {
            needs: Some(Feature::CelRoles),
            ..at(
                "JwtCelRole",
                "auth/gitlab/cel/role/stray",
                json!({"cel_program": program, "bound_audiences": ["a"]}),
            )
        },
        at(
            "AwsRole",
            "aws/roles/stray",
            json!({"credential_type": "assumed_role", "role_arns": admin}),
        ),
        Stray {
            needs: Some(Feature::StaticRoleLists),
            ..at(
                "AwsStaticRole",
                "aws/static-roles/stray",
                json!({"username": "stray-admin", "rotation_period": "24h"}),
            )
        },
    ]
}

const KEY: &str = include_str!("../fixtures/certificates/one.pub.pem");
const OTHER_KEY: &str = include_str!("../fixtures/certificates/two.pub.pem");

#[test]
fn the_table_has_every_kind() {
    let list = include_str!("../../src/resource/kind.rs");
    let (_, list) = list.split_once("$macro! {").unwrap();
    let (list, _) = list.split_once('}').unwrap();
    let kinds: BTreeSet<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
        .collect();
    let strays = strays();
    let tried: BTreeSet<&str> = strays.iter().map(|stray| stray.kind).collect();
    assert_eq!(tried, kinds);
}

#[test]
fn an_object_of_any_kind_behind_the_tools_back_is_in_plan_and_drift() {
    let vault = Vault::start();
    let mappings = Mappings::of(&FILES.replace("KEY", &json!(KEY).to_string()));
    mappings.write("projects/team/project.yaml", PROJECT);
    let tool = Tool::new(&vault, &mappings);
    iam_user("stray-admin");
    tool.apply().assert().success();
    tool.run(["drift"]).assert().code(0);
    for stray in strays() {
        let (kind, path) = (stray.kind, stray.path);
        let written = vault.root.request("POST", stray.write, &stray.body);
        if stray.needs.is_some_and(|feature| !vault.has(feature)) {
            // There is none such, or it is said that nobody can see it.
            let said = whole_stdout(&tool.run(["drift"]).assert().code(0));
            let folder = path.rsplit_once('/').unwrap().0;
            let is_hidden = said.starts_with(&format!(
                "No changes in what was read; 1 list could not be read: {folder}.\n"
            ));
            assert!(is_hidden || written.status == 404, "{kind}: {said}");
            continue;
        }
        assert!(written.status < 300, "{kind}: {written:?}");
        let plan = tool.plan_json();
        let section = match stray.found {
            Found::Undone => "changes",
            Found::Told => "foreign",
        };
        let found = plan[section].as_array().unwrap().iter();
        let found: Vec<&str> = found.map(|found| found["path"].as_str().unwrap()).collect();
        assert_eq!(found, [path], "{kind}: {plan}");
        tool.run(["drift"]).assert().code(2);
        match stray.found {
            Found::Undone => drop(tool.apply().assert().success()),
            Found::Told => vault.root.delete(path),
        }
        tool.run(["drift"]).assert().code(0);
    }
}
