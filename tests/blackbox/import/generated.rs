//! Roles and policies of every kind that a server takes, at random.

use std::cell::RefCell;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{import, plan_imported};
use crate::support::{Client, Mappings, Shared, Tool, Vault};

/// A text for people, in any language and on any number of lines.
fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[a-zA-Z ]{0,12}",
        "[a-z]{1,5}\n[a-z ]{0,8}\n?",
        "[: #'\"{}\\[\\],&*!|>%@`0-9-]{1,6}",
        select(vec![
            "Größe → 🦀",
            "null",
            "0365",
            "a\tb",
            " a ",
            "true",
            "日本語\n\n"
        ])
        .prop_map(str::to_owned),
        vec(any::<char>(), 1..6).prop_map(String::from_iter),
    ]
}

/// A claim's value: mostly one that GitLab's JWTs have.
fn claim() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        4 => vec(text(), 1..4).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => (0..999).prop_map(|number| json!([number])),
        1 => Just(json!({"nested": "x"})),
    ]
}

fn jwt_role() -> impl Strategy<Value = Value> {
    let claims = btree_map("[a-z_]{1,8}", claim(), 1..4);
    let mappings = btree_map("[a-z_/]{1,8}", "[a-z_]{1,8}", 0..4);
    let audiences = vec("https://[a-z]{1,6}[.]example[.]com", 0..3);
    let cidrs = select(vec![
        json!([]),
        json!(["10.0.0.0/8"]),
        json!("192.0.2.1/32"),
    ]);
    let token = (0..900, 0..900, vec("[a-zA-Z-]{1,6}", 0..3), cidrs);
    let kinds = (
        select(vec!["string", "glob"]),
        select(vec!["default", "service", "batch"]),
        any::<bool>(),
    );
    (claims, mappings, audiences, token, kinds).prop_map(
        |(claims, mappings, audiences, token, (claims_type, token_type, flag))| {
            json!({
                "role_type": "jwt", "user_claim": "project_id", "bound_claims": claims,
                "claim_mappings": mappings, "bound_audiences": audiences, "bound_claims_type": claims_type,
                "token_ttl": token.0, "token_explicit_max_ttl": token.1, "token_policies": token.2,
                "token_bound_cidrs": token.3, "token_type": token_type, "token_no_default_policy": flag,
                "expiration_leeway": token.0 - 1,
            })
        },
    )
}

fn aws_role() -> impl Strategy<Value = Value> {
    let arn = "arn:aws:iam::[0-9]{12}:role/[a-z]{1,8}";
    let assumed = (vec(arn, 1..3), 900..3600, option::of(3600..9000)).prop_map(|(arns, ttl, max)| {
        json!({"credential_type": "assumed_role", "role_arns": arns, "default_sts_ttl": ttl, "max_sts_ttl": max})
    });
    let mapping = arn.prop_map(|arn| json!({"credential_type": "assumed_role", "role_arns": arn}));
    let odd = text().prop_map(|arn| json!({"credential_type": "assumed_role", "role_arns": [arn]}));
    let document = text().prop_map(|sid| {
        let statement = json!({"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}"});
        format!("{:#}", json!({"Version": "2012-10-17", "Statement": [statement]}))
    });
    let user = (
        document.clone(),
        vec("[a-z]{1,5}", 0..3),
        btree_map("[a-z]{1,4}", text(), 0..2),
    )
        .prop_map(|(document, groups, tags)| {
            json!({"credential_type": "iam_user", "policy_document": document, "iam_groups": groups,
                   "iam_tags": tags, "user_path": "/team/"})
        });
    let federation = document.prop_map(
        |document| json!({"credential_type": "federation_token", "policy_document": document}),
    );
    let session = Just(json!({"credential_type": "session_token"}));
    prop_oneof![
        mapping.clone(),
        mapping,
        assumed,
        odd,
        user,
        federation,
        session
    ]
}

/// Texts that rules can hold, and texts that only a file can.
fn policy() -> impl Strategy<Value = String> {
    let comment = text().prop_map(|text| format!("# {}\n", text.replace(['\n', '\r'], "\n# ")));
    let capabilities = vec(
        select(vec!["create", "read", "update", "delete", "list", "deny"]),
        0..4,
    );
    let rule = (option::of(comment), "[a-z/+]{1,9}[*]?", capabilities).prop_map(
        |(comment, path, capabilities)| {
            format!(
                "{}path \"{path}\" {{\n  capabilities = {capabilities:?}\n}}\n",
                comment.unwrap_or_default()
            )
        },
    );
    let json = "[a-z/]{1,9}"
        .prop_map(|path| json!({"path": {path: {"capabilities": ["read"]}}}).to_string());
    let old = "[a-z/]{1,9}".prop_map(|path| format!("path \"{path}\" {{ policy = \"write\" }}"));
    let only_text = (rule.clone(), text())
        .prop_map(|(rule, comment)| format!("{rule}\n/* {} */\n", comment.replace("*/", "")));
    prop_oneof![
        vec(rule, 1..4).prop_map(|rules| rules.join("\n")),
        json,
        old,
        only_text,
        Just("path \"a/${b}/{c}\" { capabilities = [\"read\"] }".to_owned()),
    ]
}

/// Fills a server with what it takes of these, and says how much that is.
fn fill(root: &Client) -> usize {
    let runner = RefCell::new(TestRunner::deterministic());
    let accepted = RefCell::new(0);
    let write = |path: String, body: &Value| {
        let answer = root.request("POST", &path, body);
        *accepted.borrow_mut() += usize::from(answer.status < 300);
    };
    for (table, mount, r#type) in [
        ("auth", "gitlab", "jwt"),
        ("auth", "team/jwt", "jwt"),
        ("mounts", "aws", "aws"),
        ("mounts", "team/aws", "aws"),
    ] {
        let description = sample(&runner, &text());
        root.write(
            &format!("sys/{table}/{mount}"),
            &json!({"type": r#type, "description": description}),
        );
    }
    root.write(
        "auth/gitlab/config",
        &json!({"jwks_url": Shared::jwks_url()}),
    );
    root.write(
        "aws/config/lease",
        &json!({"lease": "30m", "lease_max": "1h"}),
    );
    for mount in ["gitlab", "team/jwt"] {
        for _ in 0..25 {
            let (name, role) = sample(
                &runner,
                &("[a-zA-Z0-9_]([a-z.-]{0,5}[a-z0-9_])?", jwt_role()),
            );
            write(format!("auth/{mount}/role/{name}"), &role);
        }
    }
    let name = prop_oneof![
        "[1-9][0-9]{0,2}(-[a-zA-Z]{1,5})?",
        "[a-zA-Z0-9_]([a-z.@-]{0,5}[a-z0-9_])?"
    ];
    for mount in ["aws", "team/aws"] {
        for _ in 0..25 {
            let (name, role) = sample(&runner, &(&name, aws_role()));
            write(format!("{mount}/roles/{name}"), &role);
        }
    }
    for _ in 0..30 {
        let (name, text) = sample(&runner, &("[a-zA-Z][a-z0-9_.-]{0,6}", policy()));
        write(format!("sys/policies/acl/{name}"), &json!({"policy": text}));
    }
    accepted.into_inner()
}

fn sample<S: Strategy>(runner: &RefCell<TestRunner>, strategy: &S) -> S::Value {
    strategy
        .new_tree(&mut runner.borrow_mut())
        .unwrap()
        .current()
}

#[test]
fn generated_roles_and_policies_are_imported_and_nothing_changes() {
    let (vault, mappings) = (Vault::start(), Mappings::empty());
    let accepted = fill(&vault.root);
    assert!(accepted > 100, "{accepted}");
    let tool = Tool::new(&vault, &mappings);
    import(&tool, &["--policies", "*"]).success();
    plan_imported(&tool).code(0);

    let other = Vault::start();
    let tool = tool
        .with_env("VAULT_ADDR", other.address())
        .with_env("VAULT_TOKEN", other.root_token());
    tool.run(["apply", "--auto-approve", "--mappings", "imported"])
        .assert()
        .success();
    plan_imported(&tool).code(0);
}
