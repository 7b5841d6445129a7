//! What the settings of mappings may be: session tags, external ids, managed policies, and several roles.

use std::fs;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::load;
use crate::mappings::Loaded;
use crate::resource::{Address, AwsRole, Kind, Typed};

const PLATFORM: &str = r#"version: 1
secrets: {aws: {type: aws}}
mappings: {secrets: aws, role_name: "{project_id}-{environment}"}
"#;

/// A project with this mapping of `dev`.
fn folder(mapping: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("vault.yaml"), PLATFORM).unwrap();
    fs::create_dir_all(folder.path().join("projects/pay")).unwrap();
    let file = format!("project: pay/api\nid: 365\nenvironments:\n  dev: {mapping}\n");
    fs::write(folder.path().join("projects/pay/api.yaml"), file).unwrap();
    load(folder.path(), SystemTime::now())
}

const ARN: &str = "role_arn: 'arn:aws:iam::123456789012:role/x'";

fn role(mapping: &str) -> Value {
    let loaded = folder(mapping);
    let desired = loaded
        .desired
        .unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    let address = Address::of_role(Kind::AwsRole, "aws", "365-dev");
    let role = AwsRole::of(&desired.resources[&address]).expect("an AWS role");
    json!(role)
}

#[test]
fn placeholders_in_tags_stand_for_the_project_and_the_environment() {
    let mapping = format!(
        "{{{ARN}, external_id: pay, policy_arns: 'arn:aws:iam::aws:policy/ReadOnlyAccess', session_tags: \
         {{a: '{{project_id}}', b: '{{project_path}}:{{environment}}', c: plain}}}}"
    );
    let role = role(&mapping);
    assert_eq!(
        role["session_tags"],
        json!({"a": "365", "b": "pay/api:dev", "c": "plain"})
    );
    assert_eq!(role["external_id"], "pay");
    assert_eq!(
        role["policy_arns"],
        json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"])
    );
}

#[test]
fn what_aws_refuses_of_a_session_is_an_error_with_its_place() {
    let long = |count| "x".repeat(count);
    let many: Vec<String> = (0..51).map(|at| format!("t{at}: x")).collect();
    let policies: Vec<String> = (0..11)
        .map(|at| format!("'arn:aws:iam::aws:policy/P{at}'"))
        .collect();
    for (setting, told) in [
        (
            "session_tags: {a: '{project}'}".to_owned(),
            "there is no placeholder `{project}`",
        ),
        (
            "session_tags: {a: '{group_id}'}".to_owned(),
            "there is no placeholder `{group_id}`",
        ),
        ("session_tags: {a: 'x;y'}".to_owned(), "AWS takes no value"),
        (
            format!("session_tags: {{a: {}}}", long(257)),
            "more than 256 characters",
        ),
        (
            format!("session_tags: {{{}: x}}", long(129)),
            "more than 128 characters",
        ),
        ("session_tags: {'a;b': x}".to_owned(), "AWS takes no tag"),
        ("session_tags: {'aws:x': x}".to_owned(), "belongs to AWS"),
        (
            "session_tags: {Team: x, team: y}".to_owned(),
            "AWS treats the tags",
        ),
        (
            format!("session_tags: {{{}}}", many.join(", ")),
            "at most 50 tags",
        ),
        ("external_id: x".to_owned(), "AWS takes no external id"),
        ("external_id: 'a b'".to_owned(), "AWS takes no external id"),
        (
            "policy_arns: ReadOnlyAccess".to_owned(),
            "is not the ARN of a managed policy",
        ),
        (
            format!("policy_arns: [{}]", policies.join(", ")),
            "at most 10 managed policies",
        ),
    ] {
        let loaded = folder(&format!("{{{ARN}, {setting}}}"));
        let said: Vec<_> = loaded.diagnostics.iter().map(|one| &one.message).collect();
        assert!(
            said.iter().any(|said| said.contains(told)),
            "{told}: {said:?}"
        );
        assert!(loaded.desired.is_none());
    }
    for setting in [
        format!("session_tags: {{a: {}}}", long(256)),
        format!("session_tags: {{{}: 'Größe 1_.:/=+-@'}}", long(128)),
        "session_tags: {a: ''}".to_owned(),
    ] {
        role(&format!("{{{ARN}, {setting}}}"));
    }
}

#[test]
fn an_environment_has_one_role_or_several_and_not_both() {
    for (mapping, told) in [
        ("{roles: {}}".to_owned(), vec!["`roles` has no role"]),
        (
            format!("{{roles: {{a: {{{ARN}}}}}, max_sts_ttl: 1h}}"),
            vec!["`roles` has other keys beside it"],
        ),
        (
            format!("{{{ARN}, roles: {{a: {{{ARN}}}}}}}"),
            vec!["`roles` has other keys beside it"],
        ),
        (
            format!("{{roles: {{a: {{roles: {{b: {{{ARN}}}}}}}}}}}"),
            vec!["unknown key `roles`"],
        ),
        (
            format!("{{roles: {{'-a': {{{ARN}}}}}}}"),
            vec!["`-a` is not a role's name"],
        ),
    ] {
        let loaded = folder(&mapping);
        let said: Vec<_> = loaded.diagnostics.iter().map(|one| &one.message).collect();
        for told in told {
            assert!(
                said.iter().any(|said| said.contains(told)),
                "{mapping}: {said:?}"
            );
        }
        assert!(loaded.desired.is_none());
    }
}
