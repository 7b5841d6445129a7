//! Rules that no policy should have, each added to a policy that every project has.

use super::{Edit, PLATFORM, check, load, names, render};

/// Rules with `deny`, and the lints that they are for.
const DENYING: [(&str, &[&str]); 36] = [
    ("/v1/aws/sts/365", &["dead-rule"]),
    ("v1/aws/sts/365", &["dead-rule"]),
    ("aws/sts/**", &["dead-rule"]),
    ("aws//sts/365", &["dead-rule"]),
    ("aws/sts/365+", &["dead-rule"]),
    ("aws/+x/365", &["dead-rule"]),
    (
        "aws/sts/{{identity.entity.aliases.gitlab.metadata.project_id}}",
        &["dead-rule"],
    ),
    ("aws/sts/{{token.metadata.project_id}}", &["dead-rule"]),
    ("aws/sts/{{ALIAS.projectid}}", &["dead-rule"]),
    ("aws/sts/{{identity.entity.metadata.}}", &["dead-rule"]),
    (
        "aws/sts/{{identity.entity.aliases.${auth.gitlab.accessor}.claims.project_id}}",
        &["dead-rule"],
    ),
    ("aws/sts/365 ", &["dead-rule"]),
    ("aws/sts/{{identity.groups.names.ops}}", &["dead-rule"]),
    ("aws/sts/365%2Fprod", &["dead-rule"]),
    ("aws/./sts/365", &["dead-rule"]),
    ("aws/sts/../roles/365", &["dead-rule"]),
    ("aws/roles?list=true", &["dead-rule"]),
    ("aws/sts/365-prdo", &["dead-rule"]),
    ("aws/creds/366", &["dead-rule"]),
    ("/aws/static-creds/mail", &["dead-rule"]),
    ("other/sts/366", &[]),
    ("secret/100%", &[]),
    ("aws/sts/366*", &[]),
    ("aws/sts/365-prod", &[]),
    ("aws/+/365-prod", &[]),
    ("aws/sts/365*", &["outranked-deny"]),
    ("aws/sts/365-*", &[]),
    ("aws/st*", &["outranked-deny"]),
    ("+/sts/+", &["outranked-deny"]),
    ("+/creds/+", &[]),
    ("aws/sts/{{identity.entity.id}}", &[]),
    (
        "aws/sts/{{ identity.entity.aliases.${auth.gitlab.accessor}.name }}",
        &["unreachable-mapping"],
    ),
    ("aws/sts/{{ALIAS.role}}", &[]),
    ("secret/{{identity.groups.names.ops.id}}", &[]),
    ("secret/{{time.now.plus.1h}}", &[]),
    ("secret/metadata/*", &[]),
];

/// Rules with `update` from which everything can be reached.
const POWERS: [&str; 42] = [
    "/sys/policies/acl/x",
    "sys/policy/x",
    "sys/+/x",
    "sys/policies/+/x",
    "identity/group/name/*",
    "identity/group-alias",
    "identity/entity/merge",
    "identity/entity/name/{{identity.entity.name}}",
    "identity/entity/id/{{identity.entity.id}}",
    "identity/alias/id/*",
    "identity/persona",
    "+/entity/id/+",
    "auth/token/create/x",
    "auth/token/roles/*",
    "auth/approle/role/*",
    "auth/approle/role/admin",
    "auth/approle/role/admin/policies",
    "auth/userpass/users/+",
    "auth/userpass/users/admin/password",
    "auth/kubernetes/config",
    "auth/aws/config/client",
    "sys/auth/x",
    "sys/mounts/x",
    "sys/remount",
    "sys/raw/core/mounts",
    "sys/plugins/catalog/*",
    "sys/plugins/catalog/auth/x",
    "sys/storage/raft/*",
    "sys/namespaces/team",
    "other/config/root",
    "corp/aws/config/*",
    "auth/corp/jwt/role/*",
    "auth/corp/eu/approle/role/x/policies",
    "auth/+/role/+/secret-id",
    "sys/auth/corp/x",
    "sys/mounts/corp/x",
    "sys/audit/corp/file",
    "sys/namespaces/team/a",
    "identity/oidc/role/x",
    "team/sys/policies/acl/x",
    "+/auth/gitlab/role/*",
    "sys/raw/sys/policy/team/x",
];

/// Rules with `update` that give no more than their own place.
const ORDINARY: [&str; 9] = [
    "secret/*",
    "secret/+/config/+",
    "database/config/*",
    "sys/mounts/corp/tune",
    "sys/auth/corp/tune",
    "auth/approle/role/app/secret-id",
    "auth/token/revoke-self",
    "sys/wrapping/unwrap",
    "cubbyhole/x",
];

#[test]
fn an_ordinary_rule_is_not_called_equivalent_to_root() {
    for path in ORDINARY {
        let (names, shown) = found(path, "update");
        assert!(
            !names.contains(&"root-like-path".to_owned()),
            "{path}\n{shown}"
        );
    }
}

/// The lints for the files with a rule more.
fn found(path: &str, capability: &str) -> (Vec<String>, String) {
    let rule = format!(
        "      - {{path: \"{path}\", capabilities: [{capability}]}}\n  vault-provisioner-plan: {{generated"
    );
    let edit: Edit = (
        PLATFORM,
        "  vault-provisioner-plan: {generated",
        rule.leak(),
    );
    let (_folder, loaded) = load(&[edit]);
    let found = check(&loaded);
    let names = names(&found).into_iter().map(str::to_owned).collect();
    (names, render(&found, &loaded.sources, false))
}

#[test]
fn a_rule_that_matches_nothing_is_found_and_no_other() {
    for (path, expected) in DENYING {
        let (names, shown) = found(path, "deny");
        assert_eq!(names, expected, "{path}\n{shown}");
    }
}

#[test]
fn a_rule_from_which_everything_can_be_reached_is_found_with_who_has_it() {
    for path in POWERS {
        let (names, shown) = found(path, "update");
        assert_eq!(names, ["root-like-path"], "{path}\n{shown}");
        assert!(
            shown.contains("every project gets it by this role"),
            "{path}\n{shown}"
        );
        let (names, shown) = found(path, "read");
        assert!(
            !names.contains(&"root-like-path".to_owned()),
            "{path}\n{shown}"
        );
    }
}
