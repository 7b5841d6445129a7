//! Differences between small configurations.

use serde_json::json;

use super::super::changes::between;
use super::super::phrase::in_one_line;
use super::ways::{bound, shipped};
use super::*;

pub(super) fn differences(before: &Vault, after: &Vault) -> Vec<String> {
    let before = Configuration::new(&before.0, &Accessors::new());
    let after = Configuration::new(&after.0, &Accessors::new());
    let changes = between(&before, &after, &ProjectNames::default());
    let lines = changes.iter().map(|change| {
        let identities: Vec<&str> = change
            .identities
            .iter()
            .filter_map(|identity| identity.rsplit('/').next())
            .collect();
        let unknown = change.unknown.as_deref().unwrap_or_default();
        format!(
            "{:?} {}: {}{unknown}",
            change.change,
            identities.join(" "),
            in_one_line(&change.who)
        )
    });
    lines.collect()
}

#[test]
fn a_bound_that_is_replaced_is_a_loss_and_a_gain() {
    let released = shipped().login_role(
        "aws-prod",
        bound(json!({"environment": "prod", "ref": "rel"}), "aws-prod"),
    );
    let told = differences(&shipped(), &released);
    assert_eq!(
        told[0],
        "Gain 365-prod: project 365, environment prod, branch or tag rel, not protected"
    );
    assert!(
        told.iter().any(|line| line.starts_with("Loss 365-prod")),
        "{told:?}"
    );
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn renaming_roles_and_policies_changes_no_access() {
    let renamed = Vault::new()
        .login_role("jobs-dev", bound(json!({"environment": "dev"}), "jobs-dev"))
        .login_role(
            "aws-prod",
            bound(
                json!({"environment": "prod", "ref_protected": "true"}),
                "aws-prod",
            ),
        )
        .policy("jobs-dev", &["aws/sts/<project_id>-dev: update"])
        .policy("aws-prod", &["aws/sts/<project_id>-prod: update"])
        .aws_roles(&["365-dev", "365-prod", "412-prod"]);
    assert_eq!(differences(&shipped(), &renamed), [""; 0]);
}

#[test]
fn a_mapping_that_is_removed_is_a_loss() {
    let mut removed = shipped();
    removed
        .0
        .remove(&Address::of_role(Kind::AwsRole, "aws", "412-prod"));
    assert_eq!(
        differences(&shipped(), &removed),
        ["Loss 412-prod: project 412, environment prod, protected refs only"]
    );
}

/// Two roles lead to one IAM role, and one of them changes: those who have it by the other one do not split the description.
#[test]
fn a_way_that_does_not_change_does_not_split_what_is_said_of_another() {
    let with = |paths: serde_json::Value, levels: &str| {
        shipped()
            .login_role(
                "deploy",
                bound(
                    json!({"project_path": paths, "user_access_level": levels}),
                    "tools",
                ),
            )
            .login_role(
                "sub",
                json!({"user_claim": "sub", "bound_subject": "x", "token_policies": ["tools"]}),
            )
            .policy("tools", &["aws/sts/tools: update"])
            .aws_role("tools")
    };
    let before = with(json!(["a/a", "a/b"]), "owner");
    assert_eq!(
        differences(&before, &with(json!(["a/a", "a/c"]), "maintainer")),
        [
            "Gain tools: any project whose project_path is a/a or a/c, any environment or none, any branch or tag, \
             user_access_level is maintainer",
            "Loss tools: any project whose project_path is a/a or a/b, any environment or none, any branch or tag, \
             user_access_level is owner",
        ]
    );
    assert_eq!(
        differences(&before, &with(json!(["a/a", "a/b", "a/c"]), "owner")),
        [
            "Gain tools: any project whose project_path is a/c, any environment or none, any branch or tag, \
             user_access_level is owner",
        ]
    );
}

#[test]
fn other_keys_may_give_everything_to_others() {
    let with_keys = |config: serde_json::Value| {
        let mut config = config;
        config["bound_issuer"] = json!("https://git.example.com");
        shipped().with(Address::of_mount(Kind::JwtConfig, "gitlab"), config)
    };
    let jwks = with_keys(json!({"jwks_url": "https://git.example.com/-/jwks"}));
    assert_eq!(differences(&jwks, &jwks), [""; 0]);
    for other in [
        json!({"jwks_url": "https://git-b.example.com/-/jwks"}),
        json!({"jwks_url": "https://git.example.com/-/jwks", "jwks_ca_pem": "another CA"}),
        json!({"oidc_discovery_url": "https://git.example.com"}),
        json!({"jwks_pairs": [{"jwks_url": "https://git.example.com/-/jwks"}]}),
        json!({"jwt_validation_pubkeys": ["a key"]}),
    ] {
        let told = differences(&jwks, &with_keys(other.clone()));
        assert!(
            told[0].starts_with("Unknown : any project"),
            "{other} {told:?}"
        );
        assert!(
            told[0].ends_with("auth/gitlab/config: other keys than before sign the JWTs"),
            "{told:?}"
        );
        assert_eq!(told.len(), 1, "{other} {told:?}");
    }
}

#[test]
fn networks_that_come_may_give_a_role_to_others() {
    let from = |networks: &[&str]| {
        let mut role = bound(json!({"environment": "dev"}), "aws-dev");
        role["token_bound_cidrs"] = json!(networks);
        shipped().login_role("aws-dev", role)
    };
    let (one, two) = (from(&["10.0.0.0/8"]), from(&["10.0.0.0/8", "192.0.2.0/24"]));
    let expected = ["Unknown : any project, environment dev, any branch or tag\
         auth/gitlab/role/aws-dev: its tokens may be used from other networks than before"];
    for (before, after, is_told) in [
        (&one, &two, true),
        (&one, &from(&[]), true),
        (&one, &from(&["10.1.0.0/16"]), true),
        (&two, &one, false),
        (&from(&[]), &one, false),
        (&one, &one, false),
    ] {
        let expected: &[&str] = if is_told { &expected } else { &[] };
        assert_eq!(differences(before, after), expected);
    }
}
