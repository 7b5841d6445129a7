//! What `mappings.environments` makes of GitLab's names.

use std::fs;

use serde_json::{Value, json};

use crate::desired::Desired;
use crate::mappings::{Loaded, load};
use crate::resource::{Address, JwtRole, Kind, Typed};

const PLATFORM: &str = r#"version: 1
auth:
  gitlab:
    type: jwt
    config: {jwks_url: https://git.example.com/-/jwks, bound_issuer: https://git.example.com}
    roles:
      aws-{environment}:
        for_each: environments
        user_claim: project_id
        bound_audiences: [https://vault.example.com]
        bound_claims: {environment: "{environment}"}
        protected_bound_claims: {ref_protected: "true"}
        claim_mappings: {project_id: project_id}
        token_policies: ["aws-{environment}"]
secrets:
  aws: {type: aws}
policies:
  aws-{environment}:
    for_each: environments
    rules: [{path: "${secrets.aws.path}/sts/365-{environment}", capabilities: [update]}]
mappings:
  secrets: aws
  role_name: "{project_id}-{environment}"
"#;

/// A folder with these entries of `mappings.environments`, and a project with these environments.
fn folder(environments: &str, project: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    let platform = format!("{PLATFORM}{environments}\n");
    fs::write(folder.path().join("vault.yaml"), platform).unwrap();
    fs::create_dir_all(folder.path().join("projects/a")).unwrap();
    let project = format!("project: a/b\nid: 365\nenvironments:\n{project}\n");
    fs::write(folder.path().join("projects/a/b.yaml"), project).unwrap();
    load(folder.path(), std::time::SystemTime::now())
}

fn desired(environments: &str, project: &str) -> Desired {
    let loaded = folder(environments, project);
    let said = said(&loaded);
    loaded.desired.unwrap_or_else(|| panic!("{said:#?}"))
}

fn said(loaded: &Loaded) -> Vec<String> {
    let all = loaded.diagnostics.iter();
    all.map(|one| {
        format!(
            "{}: {}; {}",
            one.code,
            one.message,
            one.help.as_deref().unwrap_or("")
        )
    })
    .collect()
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

fn bounds(desired: &Desired, role: &str) -> Value {
    let address = Address::of_role(Kind::JwtRole, "gitlab", role);
    let resource = desired.resources.get(&address);
    let role = resource.and_then(JwtRole::of).expect("the role is there");
    json!([role.bound_claims, role.bound_claims_type])
}

#[test]
fn an_entry_makes_one_role_for_all_names_that_it_matches() {
    let desired = desired(
        r#"  environments: {dev: {}, review: {match: "review/*"}, prod: {match: [prod, Production, prod/eu-west-1], protected: true}}"#,
        &format!(
            "  review/$CI_COMMIT_REF_SLUG: {}\n  Production: {}",
            arn("r"),
            arn("p")
        ),
    );
    let roles = desired.mappings.keys().map(|role| role.name.as_str());
    assert_eq!(roles.collect::<Vec<_>>(), ["365-prod", "365-review"]);
    assert_eq!(
        bounds(&desired, "aws-dev"),
        json!([{"environment": ["dev"]}, "string"])
    );
    assert_eq!(
        bounds(&desired, "aws-review"),
        json!([{"environment": ["review/*"]}, "glob"])
    );
    assert_eq!(
        bounds(&desired, "aws-prod"),
        json!([{"environment": ["Production", "prod", "prod/eu-west-1"], "ref_protected": ["true"]}, "string"])
    );
    for policy in ["aws-dev", "aws-review", "aws-prod"] {
        assert!(
            desired.resources.contains_key(&Address::of_policy(policy)),
            "{policy}"
        );
    }
}

#[test]
fn the_name_of_an_entry_and_a_name_without_one_stand_for_themselves() {
    let desired = desired(
        r#"  environments: {review: {match: "review/*"}}"#,
        &format!("  review: {}\n  canary: {}", arn("r"), arn("c")),
    );
    let roles = desired.mappings.keys().map(|role| role.name.as_str());
    assert_eq!(roles.collect::<Vec<_>>(), ["365-canary", "365-review"]);
    assert_eq!(
        bounds(&desired, "aws-canary"),
        json!([{"environment": ["canary"]}, "string"])
    );
}

#[test]
fn a_name_that_vault_cannot_hold_says_which_entry_to_add() {
    for (name, entry) in [
        ("review/feature-x", r#"review: {match: review/*}"#),
        ("QA EU", "qa-eu: {match: QA EU}"),
        ("Pre-prod/x", "pre-prod: {match: Pre-prod/*}"),
        ("Live EU", "live-eu: {match: Live EU, protected: true}"),
        ("-x.", "x: {match: \"-x.\"}"),
        (
            "prod/eu-west-1",
            "prod-eu-west-1: {match: prod/eu-west-1, protected: true}",
        ),
    ] {
        let loaded = folder(
            "  environments: {prod: {}}",
            &format!("  \"{name}\": {}", arn("x")),
        );
        assert_eq!(
            said(&loaded),
            [format!(
                "environment: Vault can hold no role for an environment with the name `{name}`; \
                 add `{entry}` to `mappings.environments` in vault.yaml"
            )]
        );
        assert!(loaded.desired.is_none());
    }
}

#[test]
fn names_that_two_entries_match_are_errors() {
    let cases = [
        (
            r#"{a: {match: "x/*"}, b: {match: "*/y"}}"#,
            "environment: the environments `a` and `b` match the same names",
        ),
        (
            r#"{a: {match: [q, same]}, b: {match: same}}"#,
            "environment: the environments `a` and `b` match the same names",
        ),
        (
            r#"{prod-eu: {match: prod/eu}, other: {match: "prod-*"}}"#,
            "environment: the environments `prod-eu` and `other` match the same names",
        ),
        (
            r#"{prod: {protected: true}, any: {match: "*"}}"#,
            "environment: `any`, which is not protected, also matches names of the protected environment `prod`",
        ),
        (
            "{a: {match: []}}",
            "environment: the environment `a` matches no name in GitLab",
        ),
        (
            r#"{any: {match: "pr*"}}
  protected_environments: [prod]"#,
            "environment: the protected environment `prod` is one of those that `any` matches",
        ),
        (
            "{a: {match: /x}}",
            "invalid-value: GitLab has no environment whose name matches `/x`",
        ),
        (
            "{Dev: {}}",
            "for-each: the environment `Dev` has upper-case letters",
        ),
    ];
    for (environments, expected) in cases {
        let loaded = folder(&format!("  environments: {environments}"), "  {}");
        let said = said(&loaded);
        assert!(
            said.iter().any(|one| one.starts_with(expected)),
            "{environments}: {said:#?}"
        );
        assert!(loaded.desired.is_none(), "{environments}");
    }
}

#[test]
fn two_names_of_one_entry_in_one_file_are_an_error() {
    let loaded = folder(
        r#"  environments: {review: {match: "review/*"}}"#,
        &format!("  review/a: {}\n  review/b: {}", arn("a"), arn("b")),
    );
    assert!(
        said(&loaded)[0].starts_with("duplicate-role: this becomes the role `365-review`"),
        "{:?}",
        said(&loaded)
    );
}

#[test]
fn capitals_say_which_entry_to_add() {
    let loaded = folder("", &format!("  Production: {}", arn("p")));
    let said = said(&loaded);
    assert!(
        said.len() == 1 && said[0].ends_with(
            "add `production: {match: Production, protected: true}` to `mappings.environments` in vault.yaml"
        ),
        "{said:#?}"
    );
}

#[test]
fn a_role_that_compares_claims_as_they_are_cannot_have_a_glob() {
    let folder = tempfile::tempdir().unwrap();
    let platform = PLATFORM.replace(
        "user_claim:",
        "bound_claims_type: string\n        user_claim:",
    );
    let platform = platform + r#"  environments: {review: {match: "review/*"}}"#;
    fs::write(folder.path().join("vault.yaml"), platform).unwrap();
    let said = said(&load(folder.path(), std::time::SystemTime::now()));
    assert!(
        said[0].starts_with("for-each: an entry of `mappings.environments` has a glob"),
        "{said:#?}"
    );
}
