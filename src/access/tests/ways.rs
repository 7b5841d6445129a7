//! Ways, on small configurations.

use serde_json::json;

use super::differences::differences;
use super::*;

/// Who reaches an AWS role: a line for each way, each unknown, and each policy that is not known.
pub(super) fn reaching(vault: &Vault, name: &str) -> Vec<String> {
    let configuration = Configuration::new(&vault.0, &Accessors::new());
    let ways = Ways::new(&configuration);
    let found = reachability(&ways, |identity| identity == arn(name), &Jwts::any());
    let names = ProjectNames::default();
    let unknown = found
        .unknown
        .iter()
        .map(|unknown| format!("! {}: {}", unknown.what, names.who(&unknown.jwts)));
    let ways = found.ways.iter().map(|way| {
        let role = way.through.name;
        let who = names.who(&way.jwts);
        match &way.after {
            None => format!("{role}: {who}"),
            Some(after) => format!("{role}: {who} AFTER {}", names.who(&after.jwts)),
        }
    });
    unknown.chain(ways).collect()
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

pub(super) fn bound(claims: serde_json::Value, policy: &str) -> serde_json::Value {
    json!({
        "user_claim": "project_id", "token_policies": [policy], "bound_claims": claims,
        "claim_mappings": {"project_id": "project_id"},
    })
}

pub(super) fn shipped() -> Vault {
    Vault::new()
        .login_role("aws-dev", bound(json!({"environment": "dev"}), "aws-dev"))
        .login_role(
            "aws-prod",
            bound(
                json!({"environment": "prod", "ref_protected": "true"}),
                "aws-prod",
            ),
        )
        .policy("aws-dev", &["aws/sts/<project_id>-dev: update"])
        .policy("aws-prod", &["aws/sts/<project_id>-prod: update"])
        .aws_roles(&["365-dev", "365-prod", "412-prod"])
}

#[test]
fn a_role_for_an_environment_that_no_file_names_grants_access() {
    let canary = shipped().login_role(
        "canary",
        bound(json!({"environment": "canary"}), "aws-prod"),
    );
    assert_eq!(
        reaching(&canary, "365-prod"),
        [
            "aws-prod: project 365, environment prod, protected refs only",
            "canary: project 365, environment canary, any branch or tag",
        ]
    );
    assert_eq!(
        differences(&shipped(), &canary),
        [
            "Gain 365-prod: project 365, environment canary, any branch or tag",
            "Gain 412-prod: project 412, environment canary, any branch or tag",
        ]
    );
}

#[test]
fn every_split_of_a_path_is_reported() {
    let vault = Vault::new()
        .login_role(
            "r",
            json!({
                "user_claim": "user_login", "token_policies": ["p"],
                "claim_mappings": {"ref": "ref", "environment": "environment"},
            }),
        )
        .policy("p", &["aws/sts/<ref>-<environment>: update"])
        .aws_role("1-a-b");
    let told = reaching(&vault, "1-a-b");
    assert!(
        told[0].contains("environment a-b") && told[0].contains("environment b"),
        "{told:?}"
    );
}

#[test]
fn a_deny_with_two_claims_is_negated_as_a_whole() {
    let vault = Vault::new()
        .login_role(
            "r",
            json!({
                "user_claim": "sub", "token_policies": ["p"],
                "claim_mappings": {"ref": "ref", "environment": "environment"},
            }),
        )
        .policy(
            "p",
            &["aws/sts/1-b: update", "aws/sts/<ref>-<environment>: deny"],
        )
        .aws_role("1-b");
    let told: Vec<String> = reaching(&vault, "1-b")
        .into_iter()
        .filter(|line| !line.contains(" AFTER "))
        .collect();
    let told = told.join("\n");
    assert!(
        told.contains("every environment except b, and jobs without one"),
        "{told}"
    );
    assert!(told.contains("any branch or tag other than 1"), "{told}");
}

#[test]
fn a_user_claim_from_another_claim_takes_over_the_alias() {
    let vault = Vault::new()
        .login_role("by-id", bound(json!({}), "p"))
        .login_role("by-ref", json!({
            "user_claim": "ref", "token_policies": ["root"], "claim_mappings": {"project_id": "project_id"},
        }))
        .policy("p", &["aws/sts/<project_id>: update"])
        .aws_role("365");
    let told = reaching(&vault, "365");
    assert!(
        told.iter().any(
            |line| line.starts_with("by-id: any project") && line.contains("AFTER project 365")
        ),
        "{told:?}"
    );
}

#[test]
fn what_a_login_fixes_needs_no_other_login() {
    assert!(
        reaching(&shipped(), "365-prod")
            .iter()
            .all(|line| !line.contains("AFTER"))
    );
}

/// After one login the role is given to a POST, after another one to a GET only, and the same jobs have both ways.
#[test]
fn each_other_login_is_reported_whatever_request_gives_the_role_after_it() {
    let role = |claims| {
        let mut role = bound(claims, "p");
        role["claim_mappings"] = json!({"environment": "environment", "tier": "tier"});
        role
    };
    let vault = Vault::new()
        .login_role("own", role(json!({"environment": "prod", "tier": "0"})))
        .login_role("other", role(json!({"tier": "365"})))
        .policy(
            "p",
            &[
                "aws/sts/365-<environment>: update",
                "aws/sts/<tier>-*: read",
            ],
        )
        .aws_role("365-dev");
    let told = reaching(&vault, "365-dev");
    let after = told
        .iter()
        .filter(|line| line.starts_with("own") && line.contains("AFTER"));
    assert_eq!(after.count(), 2, "{told:#?}");
}

#[test]
fn a_policy_that_is_not_known_may_allow_anything() {
    let mut role = bound(json!({"environment": "dev"}), "aws-dev");
    role["token_policies"] = json!(["aws-dev", "breakglass"]);
    let vault = shipped().login_role("aws-dev", role);
    assert_eq!(
        reaching(&vault, "412-prod")[0],
        "! policy breakglass: any project, environment dev, any branch or tag"
    );
    let told = differences(&shipped(), &vault);
    assert!(
        told[0].starts_with("Unknown : any project, environment dev"),
        "{told:?}"
    );
    assert_eq!(differences(&vault, &vault), [""; 0]);
}

#[test]
fn a_rule_that_cannot_be_read_leaves_the_others() {
    let text = r#"
        path "aws/sts/900-prod" { capabilities = ["update"] }
        path "x" { capabilities = ["read"] allowed_parameters = { "a" = [["b"]] } }
        path "aws/sts/901-prod" { capabilities = ["update"] expiration = "2030-01-01T00:00:00Z" }
    "#;
    let vault = Vault::new()
        .login_role("r", bound(json!({}), "p"))
        .with(Address::of_policy("p"), json!({"policy": text}))
        .aws_roles(&["900-prod", "901-prod", "902-prod"]);
    let any_job = "any project, any environment or none, any branch or tag";
    assert_eq!(reaching(&vault, "900-prod"), [format!("r: {any_job}")]);
    let unknown = reaching(&vault, "901-prod");
    assert!(unknown[0].starts_with("! rule 3 of p"), "{unknown:?}");
    assert_eq!(reaching(&vault, "902-prod"), [""; 0]);
}

#[test]
fn ids_of_two_issuers_are_kept_apart() {
    let vault = shipped()
        .with(
            Address::of_mount(Kind::JwtConfig, "gitlab"),
            json!({"bound_issuer": "https://a.example.com"}),
        )
        .with(Address::of_auth_mount("other"), json!({"type": "jwt"}))
        .with(
            Address::of_mount(Kind::JwtConfig, "other"),
            json!({"bound_issuer": "https://b.example.com"}),
        )
        .with(
            Address::of_role(Kind::JwtRole, "other", "all"),
            bound(json!({}), "q"),
        )
        .with(
            Address::of_policy("q"),
            json!({"policy": "path \"aws/sts/365-prod\" { capabilities = [\"update\"] }"}),
        );
    let configuration = Configuration::new(&vault.0, &Accessors::new());
    let names = ProjectNames::new(&Desired::default(), &[&configuration]);
    let ways = Ways::new(&configuration);
    let found = reachability(&ways, |identity| identity == arn("365-prod"), &Jwts::any());
    let told: Vec<String> = found.ways.iter().map(|way| names.who(&way.jwts)).collect();
    assert_eq!(
        told,
        [
            "project 365 of https://a.example.com, environment prod, protected refs only",
            "any project of https://b.example.com, any environment or none, any branch or tag",
        ]
    );
}

#[test]
fn the_server_is_a_condition_where_servers_differ() {
    let vault = Vault::new()
        .login_role(
            "r",
            json!({
                "user_claim": "ref", "token_policies": ["p"], "claim_mappings": {"ref": "ref"},
            }),
        )
        .policy("p", &["aws/sts/<ref>: update"])
        .aws_role("main");
    let told = reaching(&vault, "main").join("\n");
    assert!(told.contains("branch or tag main"), "{told}");
    assert!(
        told.contains('+') && told.contains("on Vault up to 2.0.0 only"),
        "{told}"
    );
}

#[test]
fn a_token_for_one_request_or_with_root_can_not_be_used() {
    for (field, value) in [
        ("token_num_uses", json!(1)),
        ("token_policies", json!(["root", "p"])),
    ] {
        let mut role = bound(json!({}), "p");
        role[field] = value;
        let vault = Vault::new()
            .login_role("r", role)
            .policy("p", &["aws/sts/365: update"])
            .aws_role("365");
        assert_eq!(reaching(&vault, "365"), [""; 0], "{field}");
    }
}

#[test]
fn openbao_refuses_a_value_also_in_a_rule_that_lacks_another() {
    let with_template = |path: &str| {
        let vault = Vault::new()
            .login_role(
                "r",
                json!({
                    "user_claim": "user_login", "token_policies": ["p"], "claim_mappings": {"ref": "ref"},
                }),
            )
            .policy("p", &["aws/sts/365: update", path])
            .aws_role("365");
        reaching(&vault, "365").join("\n")
    };
    let on_openbao = "without";
    assert!(with_template("x/<ref>-<team>: update").contains(on_openbao));
    assert!(!with_template("x/<team>-<ref>: update").contains(on_openbao));
}

#[test]
fn people_who_log_in_with_a_browser_are_unknown() {
    let people = json!({
        "role_type": "oidc", "user_claim": "email", "token_policies": ["people"],
        "claim_mappings": {"project_id": "project_id"},
    });
    let vault = shipped()
        .login_role("people", people)
        .policy("people", &["aws/sts/412-prod: update"]);
    let told = reaching(&vault, "412-prod");
    assert!(
        told.contains(&"! rule 1 of people by auth/gitlab/role/people: any project, any environment or none, any branch or tag".into()),
        "{told:?}"
    );
    // They replace the metadata of whoever has an alias with the same name.
    let told = reaching(&vault, "365-prod");
    assert!(
        told[0].starts_with(
            "! rule 1 of aws-prod by auth/gitlab/role/aws-prod: any project, environment prod"
        ),
        "{told:?}"
    );
}

#[test]
fn the_key_of_a_static_role_is_read() {
    let address = Address::of_role(Kind::AwsStaticRole, "aws", "mail");
    let fields = json!({"username": "mail-sender", "rotation_period": "24h"});
    let of = |capability: &str| {
        let vault = Vault::new()
            .login_role("r", bound(json!({}), "p"))
            .with(address.clone(), fields.clone())
            .policy("p", &[&format!("aws/static-creds/*: {capability}")]);
        let configuration = Configuration::new(&vault.0, &Accessors::new());
        let ways = Ways::new(&configuration);
        let found = reachability(&ways, |_| true, &Jwts::any());
        let identities = found.ways.iter().map(|way| way.identity.to_string());
        identities.collect::<Vec<_>>()
    };
    assert_eq!(
        of("read"),
        ["the access key of the IAM user mail-sender (aws/static-roles/mail)"]
    );
    assert_eq!(of("update"), [""; 0]);
}
