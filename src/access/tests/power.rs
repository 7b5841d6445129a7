//! Whoever may write what decides may give themselves anything, and so may a program that does.

use serde_json::json;

use super::differences::differences;
use super::ways::{bound, reaching, shipped};
use super::*;

#[test]
fn a_policy_that_can_write_the_configuration_may_give_anything() {
    let with_rules = |rules: &[&str]| {
        let role = bound(json!({"project_id": "7012"}), "admin");
        let vault = shipped().login_role("admin", role).policy("admin", rules);
        reaching(&vault, "365-prod").remove(0)
    };
    let unknown = "! policy admin: project 7012, any environment or none, any branch or tag";
    for rules in [
        &["sys/policies/acl/*: update"][..],
        &["sys/*: update", "sys/policies/*: deny"],
        &["auth/gitlab/role/aws-dev: create"],
        &["identity/entity/id/+: update"],
        &["identity/entity/id/{{identity.entity.id}}: update"],
        &["aws/roles/365-dev: update"],
    ] {
        assert_eq!(with_rules(rules), unknown, "{rules:?}");
    }
    for rules in [
        &["sys/policies/acl/*: read list"][..],
        &["sys/policies/acl/*: update", "sys/policies/acl/*: deny"],
        &["secret/*: update"],
        &["identity/lookup/entity: update"],
    ] {
        assert!(!with_rules(rules).starts_with('!'), "{rules:?}");
    }
}

/// What the policy `default` of OpenBao 2.7.2 and of Vault 1.21.1 and 2.0.3 lets every token write, and what it says of
/// the token's own entity.
const DEFAULT: [&str; 14] = [
    "auth/token/renew-self: update",
    "auth/token/revoke-self: update",
    "cubbyhole/*: create read update delete list",
    "identity/entity/id/{{identity.entity.id}}: read",
    "identity/entity/name/{{identity.entity.name}}: read",
    "identity/oidc/provider/+/authorize: read update",
    "sys/capabilities-self: update",
    "sys/control-group/request: update",
    "sys/leases/lookup: update",
    "sys/leases/renew: update",
    "sys/renew: update",
    "sys/tools/hash/*: update",
    "sys/wrapping/unwrap: update",
    "sys/wrapping/wrap: update",
];

#[test]
fn the_servers_own_default_policy_lets_nobody_write_what_decides() {
    let vault = shipped().policy("default", &DEFAULT);
    let told = reaching(&vault, "365-prod");
    assert!(!told[0].starts_with('!'), "{told:?}");
}

#[test]
fn the_pipelines_own_policies_may_write_the_configuration_for_protected_refs_of_a_named_project() {
    let address = Address::of_policy("admin");
    let unknown = |bounds: serde_json::Value| {
        let vault = shipped()
            .login_role("admin", bound(bounds, "admin"))
            .policy("admin", &["sys/policies/acl/*: update"]);
        let configuration = Configuration::new(&vault.0, &Accessors::new()).trusting([&address]);
        Ways::new(&configuration).unknown_everywhere().len()
    };
    for (bounds, count) in [
        (json!({"project_id": "7012", "ref_protected": "true"}), 0),
        (json!({"project_id": "7012"}), 1),
        (json!({"ref_protected": "true"}), 1),
    ] {
        assert_eq!(unknown(bounds.clone()), count, "{bounds}");
    }
}

#[test]
fn a_cel_role_may_allow_anything_to_every_job() {
    let address = Address::of_role(Kind::JwtCelRole, "gitlab", "backdoor");
    let program = json!({"cel_program": {"expression": "pb.Auth{policies: [\"backdoor\"]}"}});
    let vault = shipped().with(address, program);
    let told = reaching(&vault, "365-prod");
    assert_eq!(
        told[0],
        "! auth/gitlab/cel/role/backdoor: any project, any environment or none, any branch or tag"
    );
    assert!(
        differences(&shipped(), &vault)[0].starts_with("Unknown : any project"),
        "{:?}",
        differences(&shipped(), &vault)
    );
}
