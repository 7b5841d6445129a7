//! What exceeds a limit is reported as unknown, quickly, and is never silently cut off.

use serde_json::json;

use super::ways::reaching;
use super::*;
use crate::resource::{Policy, Typed};

/// A role that maps some claims, with policies of one rule each.
fn with_rules(claims: &[&str], rules: &[&str]) -> Vault {
    let mappings: BTreeMap<&str, &str> = claims.iter().map(|claim| (*claim, *claim)).collect();
    let names: Vec<String> = (0..rules.len()).map(|index| format!("p{index}")).collect();
    let role =
        json!({"user_claim": "project_id", "claim_mappings": mappings, "token_policies": names});
    let vault = Vault::new().login_role("r", role);
    rules
        .iter()
        .zip(&names)
        .fold(vault, |vault, (rule, name)| vault.policy(name, &[rule]))
}

fn is_unknown(vault: &Vault, name: &str) -> bool {
    let told = reaching(vault, name);
    told.iter()
        .any(|line| line.starts_with("! the policies of auth/gitlab/role/r: any project"))
}

/// The longest name that an AWS role can have.
fn long() -> String {
    "x".repeat(64)
}

#[test]
fn too_many_solutions_are_unknown() {
    let vault = with_rules(&["a", "b", "c", "d"], &["aws/sts/<a><b><c><d>: update"]);
    assert!(is_unknown(&vault.aws_role(&long()), &long()));
}

#[test]
fn a_search_without_a_solution_ends_too() {
    let claims = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let rules = [
        "aws/sts/*: update",
        "aws/sts/<a><b><c><d><e><f><g>z<h>: deny",
    ];
    assert!(is_unknown(
        &with_rules(&claims, &rules).aws_role(&long()),
        &long()
    ));
}

#[test]
fn a_condition_with_too_many_alternatives_is_unknown() {
    let rules = ["aws/sts/*: update", "aws/sts/<a>x<b>x<c>: deny"];
    let vault = with_rules(&["a", "b", "c"], &rules);
    let distinct: String = ('a'..='w').flat_map(|letter| [letter, 'x']).collect();
    assert!(is_unknown(&vault.aws_role(&distinct), &distinct));
}

#[test]
fn two_values_are_looked_at_whatever_the_length() {
    let rules = ["aws/sts/*: update", "aws/sts/<a>-<b>: deny"];
    let vault = with_rules(&["a", "b"], &rules);
    let name = "x-".repeat(31) + "x";
    assert!(!is_unknown(&vault.aws_role(&name), &name));
}

#[test]
fn a_path_of_many_segments_is_unknown_where_a_value_may_be_a_wildcard() {
    let engine = "a/b/c/d/e/f/g/h";
    let rule = format!("{engine}/+/<ref>: update");
    let vault = with_rules(&["ref"], &[rule.as_str()]).with(
        Address::of_role(Kind::AwsRole, engine, "x"),
        json!({"role_arns": ["arn:aws:iam::123456789012:role/x"]}),
    );
    assert!(is_unknown(&vault, "x"));
}

#[test]
fn too_many_restrictions_of_one_path_are_unknown() {
    let names = ["p0", "p1", "p2", "p3", "p4"];
    let role = json!({"user_claim": "project_id", "token_policies": names});
    let vault = Vault::new().login_role("r", role).aws_role("x");
    let vault = names.iter().fold(vault, |vault, name| {
        let text = format!(
            "path \"aws/sts/x\" {{ capabilities = [\"update\"] required_parameters = [\"{name}\"] }}"
        );
        vault.with(Address::of_policy(name), json!({"policy": text}))
    });
    assert!(is_unknown(&vault, "x"));
}

#[test]
fn a_policy_that_permits_special_characters_in_values_is_unknown_too() {
    let address = Address::of_policy("p0");
    for (rule, is_told) in [
        ("aws/sts/<ref>: update", true),
        ("aws/sts/x: update", false),
    ] {
        let mut vault = with_rules(&["ref"], &[rule]).aws_role("x");
        let known = Policy::of(&vault.0[&address]).unwrap();
        let permissive = Policy {
            allow_slashes_in_identity_templates: Some(true),
            ..known.clone()
        };
        vault.0.insert(address.clone(), permissive.into());
        let told = reaching(&vault, "x");
        let unknown = told
            .iter()
            .any(|line| line.starts_with("! policy p0: any project"));
        assert_eq!(unknown, is_told, "{told:?}");
    }
}
