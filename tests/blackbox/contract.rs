//! The contract: whatever breaks an expectation gets in on the server too, and is neither planned nor applied.

mod power;

use serde_json::{Map, Value, json};

use crate::support::{Client, Mappings, Tool, Vault, id_token, stderr};

const VAULT: &str = "vault.yaml";
const PROD: &str = r#"version: 1
expect:
  - name: production
    roles: ["arn:aws:iam::123456789013:role/*"]
    only: {environment: prod, ref_protected: "true", project_id: ["365", "412"]}
"#;

/// A mistake in the files: a text of `vault.yaml`, and what stands in its place.
struct Mistake {
    what: &'static str,
    from: &'static str,
    to: &'static str,
}

const MISTAKES: [Mistake; 6] = [
    Mistake {
        what: "a bound is lost",
        from: "        protected_bound_claims: {ref_protected: \"true\", environment_action: start}\n",
        to: "",
    },
    Mistake {
        what: "a glob admits other environments",
        from: "bound_claims: {environment: \"{environment}\"}\n",
        to: "bound_claims: {environment: \"{environment}*\"}\n        bound_claims_type: glob\n",
    },
    Mistake {
        what: "another project's AWS role is in a policy for all",
        from: "${secrets.aws.path}/sts/gitlab-tools",
        to: "${secrets.aws.path}/sts/412-prod",
    },
    Mistake {
        what: "a template is followed by a wildcard",
        from: "metadata.project_id}}\n",
        to: "metadata.project_id}}*\n",
    },
    Mistake {
        what: "a path can be split in another place",
        from: "metadata.project_id}}\n",
        to: "metadata.project_id}}{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.user}}\n",
    },
    Mistake {
        what: "a policy is kept elsewhere",
        from: "token_policies: [aws]\n",
        to: "token_policies: [aws, breakglass]\n",
    },
];

fn with(mistake: &Mistake) -> Mappings {
    let mappings = Mappings::shipped();
    if mistake.to.contains("metadata.user") {
        let from = "claim_mappings: {project_id: project_id}\n        token_policies: [aws]";
        let to = "claim_mappings: {project_id: project_id, user_login: user}\n        token_policies: [aws]";
        mappings.replace(VAULT, from, to);
    }
    mappings.replace(VAULT, mistake.from, mistake.to);
    mappings
}

/// The messages of a run with `--log-format json` about the contract, without their times.
fn broken(tool: &Tool, command: &str) -> Vec<Value> {
    let run = tool.run([command, "--log-format", "json"]).assert().code(1);
    let lines = stderr(&run);
    let records = lines.lines().map(|line| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        record.as_object_mut().unwrap().remove("timestamp");
        record
    });
    records
        .filter(|record: &Value| record["code"] == "broken-expectation")
        .collect()
}

/// The JWTs of a message's notes, in their order, each with the role that it logs in with.
fn logins(record: &Value) -> Vec<(Map<String, Value>, String)> {
    let notes: Vec<&str> = record["notes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let claims = notes.iter().filter_map(|note| {
        let (_, json) = note.split_once(" the claims ")?;
        let mut read = serde_json::Deserializer::from_str(json).into_iter::<Map<String, Value>>();
        let mut claims = read.next()?.ok()?;
        for absent in ["environment", "sub"] {
            claims.entry(absent).or_insert(Value::Null);
        }
        Some(claims)
    });
    let roles = notes.iter().filter_map(|note| {
        let (_, role) = note.split_once(" with auth/gitlab/role/")?;
        let role = role.split([',', ' ']).next()?;
        Some(role.to_owned())
    });
    claims.zip(roles).collect()
}

fn log_in(vault: &Vault, (claims, role): &(Map<String, Value>, String)) -> Client {
    let jwt = id_token(&Value::Object(claims.clone()));
    let token = vault.log_in("gitlab", Some(role), &jwt);
    token.unwrap_or_else(|answer| panic!("{claims:?} as {role}: {answer:?}"))
}

/// Whether a token gets one of the production account's AWS roles.
fn gets_production(token: &Client) -> bool {
    ["365-prod", "412-prod"].iter().any(|role| {
        let path = format!("aws/sts/{role}");
        token.request("POST", &path, &json!({})).status == 200
    })
}

#[test]
fn each_counter_example_of_a_broken_expectation_gets_in() {
    let vault = Vault::start();
    let everything = json!({"policy": "path \"aws/sts/*\" { capabilities = [\"update\"] }"});
    vault.root.write("sys/policies/acl/breakglass", &everything);
    for mistake in &MISTAKES {
        let (what, mappings) = (mistake.what, with(mistake));
        let tool = Tool::new(&vault, &mappings);
        mappings.write("contract.yaml", PROD);
        let told = broken(&tool, "validate");
        assert_eq!(told.len(), 1, "{what}: {told:#?}");
        assert_eq!(broken(&tool, "plan"), told, "{what}");
        assert_eq!(broken(&tool, "apply"), told, "{what}");
        mappings.remove("contract.yaml");
        tool.apply().assert().success();
        let logins = logins(&told[0]);
        let token = log_in(&vault, &logins[0]);
        assert!(gets_production(&token), "{what}: {told:#?}");
    }
}

#[test]
fn a_counter_example_that_takes_another_login_gets_in_after_it() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    let mapped = "claim_mappings: {project_id: project_id}\n        token_policies: [aws]";
    let mapped_too = "claim_mappings: {project_id: project_id, environment: environment}\n        token_policies: [aws]";
    mappings.replace(VAULT, mapped, mapped_too);
    let path = "metadata.project_id}}\n";
    mappings.replace(
        VAULT,
        path,
        "metadata.project_id}}-{{identity.entity.aliases.${auth.gitlab.accessor}.metadata.environment}}\n",
    );
    mappings.write(
        "contract.yaml",
        "version: 1\nexpect: [{name: production, roles: [\"arn:aws:iam::123456789013:role/*\"], only: {environment: prod}}]\n",
    );
    let tool = Tool::new(&vault, &mappings);
    let told = broken(&tool, "validate");
    mappings.remove("contract.yaml");
    tool.apply().assert().success();
    let logins = logins(&told[0]);
    assert_eq!(logins.len(), 2, "{told:#?}");
    let token = log_in(&vault, &logins[0]);
    assert!(!gets_production(&token));
    log_in(&vault, &logins[1]);
    assert!(gets_production(&token), "{told:#?}");
}

#[test]
fn what_vault_holds_besides_the_files_breaks_the_contract_too() {
    let (vault, mappings) = (Vault::start(), Mappings::shipped());
    mappings.append(VAULT, "unmanaged: {jwt_roles: [legacy-*]}\n");
    mappings.write("contract.yaml", PROD);
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();
    let legacy = |policy: &str| {
        let role = json!({
            "role_type": "jwt", "user_claim": "project_id", "bound_claims": {"project_id": "365"},
            "bound_audiences": "https://vault.example.com", "claim_mappings": {"project_id": "project_id"},
            "token_policies": [policy],
        });
        vault.root.write("auth/gitlab/role/legacy-x", &role);
    };
    legacy("not-there");
    tool.plan().assert().success();
    for policy in ["aws-prod", "elsewhere"] {
        let everything = json!({"policy": "path \"aws/sts/*\" { capabilities = [\"update\"] }"});
        vault.root.write("sys/policies/acl/elsewhere", &everything);
        legacy(policy);
        let told = broken(&tool, "plan");
        let told: Vec<&Value> = told
            .iter()
            .filter(|record| record["file"].is_string())
            .collect();
        assert_eq!(told.len(), 1, "{policy}: {told:#?}");
        let token = log_in(&vault, &logins(told[0])[0]);
        assert!(gets_production(&token), "{policy}: {told:#?}");
        tool.run(["apply", "--auto-approve"]).assert().code(1);
    }
    tool.run(["validate"]).assert().success();
    tool.run(["drift"]).assert().success();
    vault.root.delete("auth/gitlab/role/legacy-x");
    tool.plan().assert().success();
    let blind = r#"path "*" { capabilities = ["create", "read", "update", "list", "sudo"] }
path "auth/gitlab/role" { capabilities = ["deny"] }
path "auth/gitlab/role/" { capabilities = ["deny"] }"#;
    vault
        .root
        .write("sys/policies/acl/blind", &json!({ "policy": blind }));
    let token = json!({"policies": ["blind"]});
    let token = vault.root.write("auth/token/create", &token)["auth"]["client_token"].clone();
    let tool = tool.with_env("VAULT_TOKEN", token.as_str().unwrap());
    let told = broken(&tool, "plan");
    assert!(
        told[0]["message"]
            .as_str()
            .unwrap()
            .contains("unknown whether `only` holds"),
        "{told:#?}"
    );
}

#[test]
fn a_job_reaches_the_named_roles_of_its_environment_unless_it_does_not_deploy() {
    for (claims, role, is_met) in [
        ("ref_protected: \"true\"", "deploy", true),
        ("ref_protected: \"true\"", "read", true),
        ("ref_protected: \"true\"", "other", false),
        (
            "ref_protected: \"true\", environment_action: start",
            "deploy",
            true,
        ),
        (
            "ref_protected: \"true\", environment_action: verify",
            "deploy",
            false,
        ),
        (
            "ref_protected: \"true\", environment_action: [start, verify]",
            "deploy",
            false,
        ),
        ("ref_protected: \"false\"", "deploy", false),
    ] {
        let mappings = Mappings::shipped();
        mappings.replace(
            "projects/somenamespace/website.yaml",
            "prod: arn:aws:iam::123456789013:role/website",
            "prod: {roles: {deploy: 'arn:aws:iam::123456789013:role/website-deploy', read: 'arn:aws:iam::123456789013:role/website-read'}}",
        );
        mappings.append(
            "contract.yaml",
            &format!("  - name: deploys\n    job: {{project: somenamespace/website, environment: prod, claims: {{{claims}}}}}\n    reaches: ['arn:aws:iam::123456789013:role/website-{role}']\n"),
        );
        let run = Tool::offline(&mappings).run(["validate"]).assert();
        assert_eq!(run.get_output().status.success(), is_met, "{claims} {role}");
    }
}

#[test]
fn a_job_of_a_review_app_is_named_as_gitlab_names_its_environment() {
    for (environment, is_met) in [
        ("review/feature-x", true),
        // The entry's own name stands for every name that GitLab has for it.
        ("review", true),
        ("reviews/x", false),
    ] {
        let mappings = Mappings::shipped();
        mappings.append(
            "projects/somenamespace/website.yaml",
            "  review: arn:aws:iam::123456789012:role/review\n",
        );
        mappings.append(
            "contract.yaml",
            &format!("  - name: reviews\n    job: {{project: somenamespace/website, environment: {environment}}}\n    reaches: ['arn:aws:iam::123456789012:role/review']\n"),
        );
        let run = Tool::offline(&mappings).run(["validate"]).assert();
        assert_eq!(run.get_output().status.success(), is_met, "{environment}");
    }
}
