//! Roles that were written with the names that fields had in old Vaults, which servers still take.

use serde_json::{Value, json};

use crate::support::{Mappings, Tool, Vault};

/// A role that was written with an old name.
struct OldName {
    /// The field's name in the files.
    new: &'static str,
    /// Where the role is.
    path: &'static str,
    /// What the files have.
    files: &'static str,
    /// A write with the old name that is the same, if there is one.
    same: Option<Value>,
    /// A write with the old name that is something else.
    other: Value,
    /// The old name.
    old: &'static str,
}

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const VIEW_ONLY: &str = "arn:aws:iam::aws:policy/ViewOnlyAccess";
const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": []}"#;

fn old_names() -> Vec<OldName> {
    let jwt = |old: &'static str, new, path, files, same: Value, other: Value| OldName {
        new,
        path,
        files,
        same: Some(json!({ old: same })),
        other: json!({ old: other }),
        old,
    };
    let aws = |new, path, files, same, old: &'static str, other: &str| OldName {
        new,
        path,
        files,
        same,
        other: json!({ old: other }),
        old,
    };
    let role = "arn:aws:iam::123456789012:role/one";
    vec![
        jwt(
            "policies",
            "token_policies",
            "auth/gitlab/role/policies",
            "[One, two]",
            json!("two,one"),
            json!("three"),
        ),
        jwt(
            "ttl",
            "token_ttl",
            "auth/gitlab/role/ttl",
            "10m",
            json!(600),
            json!("5m"),
        ),
        jwt(
            "max_ttl",
            "token_max_ttl",
            "auth/gitlab/role/max-ttl",
            "1h",
            json!("1h"),
            json!(60),
        ),
        jwt(
            "period",
            "token_period",
            "auth/gitlab/role/period",
            "2h",
            json!(7200),
            json!("1h"),
        ),
        jwt(
            "num_uses",
            "token_num_uses",
            "auth/gitlab/role/num-uses",
            "3",
            json!(3),
            json!(4),
        ),
        jwt(
            "bound_cidrs",
            "token_bound_cidrs",
            "auth/gitlab/role/bound-cidrs",
            "[10.0.0.0/8]",
            json!("10.0.0.0/8"),
            json!("10.0.0.1"),
        ),
        aws(
            "role_arns",
            "aws/roles/role-arn",
            "{credential_type: assumed_role, role_arns: [arn:aws:iam::123456789012:role/one]}",
            Some(json!({ "arn": role })),
            "arn",
            "arn:aws:iam::123456789012:role/two",
        ),
        aws(
            "policy_arns",
            "aws/roles/policy-arn",
            "{credential_type: iam_user, policy_arns: [arn:aws:iam::aws:policy/ReadOnlyAccess]}",
            Some(json!({ "arn": READ_ONLY })),
            "arn",
            VIEW_ONLY,
        ),
        // It is two types of credentials at once, which no file can have.
        aws(
            "credential_type",
            "aws/roles/policy",
            "{credential_type: iam_user, policy_document: {Version: \"2012-10-17\", Statement: []}}",
            None,
            "policy",
            DOCUMENT,
        ),
    ]
}

/// The files with a role for each old name.
fn files(names: &[OldName]) -> String {
    let roles = |folder: &str, role: &dyn Fn(&OldName) -> String| -> String {
        let inside = names
            .iter()
            .filter_map(|name| Some((name, name.path.strip_prefix(folder)?)));
        let roles = inside.map(|(name, role_name)| format!("      {role_name}: {}\n", role(name)));
        roles.collect()
    };
    let jwt = roles("auth/gitlab/role/", &|name| {
        format!(
            "{{user_claim: sub, bound_subject: x, {}: {}}}",
            name.new, name.files
        )
    });
    let aws = roles("aws/roles/", &|name| name.files.to_owned());
    format!(
        "version: 1\nauth:\n  gitlab:\n    type: jwt\n    roles:\n{jwt}secrets:\n  aws:\n    type: aws\n    roles:\n{aws}"
    )
}

/// Writes a role anew, as an old client does.
fn write(vault: &Vault, name: &OldName, fields: &Value) {
    vault.root.delete(name.path);
    let mut body = fields.clone();
    if name.path.starts_with("auth/") {
        body["role_type"] = "jwt".into();
        body["user_claim"] = "sub".into();
        body["bound_subject"] = "x".into();
    }
    vault.root.write(name.path, &body);
}

#[test]
fn an_old_name_of_a_field_is_the_same_field() {
    let names = old_names();
    let (vault, mappings) = (Vault::start(), Mappings::of(&files(&names)));
    let tool = Tool::new(&vault, &mappings);
    tool.apply().assert().success();

    for name in &names {
        if let Some(same) = &name.same {
            write(&vault, name, same);
        }
    }
    let plan = tool.plan_json();
    assert_eq!(plan["changes"], json!([]), "the same");
    assert_eq!(plan["unmodelled"]["count"], 0, "{plan}");

    for name in &names {
        write(&vault, name, &name.other);
    }
    let plan = tool.plan_json();
    let changes = plan["changes"].as_array().unwrap();
    assert_eq!(changes.len(), names.len(), "{plan}");
    for name in &names {
        let mut changes = changes.iter();
        let change = changes.find(|change| change["path"] == name.path);
        let change = change.unwrap_or_else(|| panic!("{} by {}: {plan}", name.path, name.old));
        let fields = change["fields"].as_array().unwrap().iter();
        let fields: Vec<&str> = fields
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        assert_eq!(fields, [name.new], "{} by {}", name.path, name.old);
    }
    tool.apply().assert().success();
    tool.plan().assert().code(0);
    for name in &names {
        let role = vault.root.read(name.path).unwrap();
        assert!(
            role.get(name.old).is_none(),
            "a write clears the old name: {role}"
        );
    }
}
