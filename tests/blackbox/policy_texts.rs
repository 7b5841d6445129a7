//! Texts of policies: what servers refuse is refused by `validate`, and what means the same is no change.

use serde_json::json;

use crate::support::{Mappings, Tool, Vault, stderr};

/// Which of the two servers take a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Both,
    Neither,
    OpenBao,
    Vault,
    /// OpenBao takes it and reads it in its own way; `validate` refuses it, as HashiCorp Vault does.
    OpenBaoInItsWay,
}

const TEXTS: &[(&str, Takes)] = &[
    (r#"path "a" { capabilities = ["read"] }"#, Takes::Both),
    (
        r#"path "a" { capabilities = ["read"] capabilities = ["list"] }"#,
        Takes::OpenBaoInItsWay,
    ),
    (
        r#"path "a" { policy = "read" policy = "write" }"#,
        Takes::OpenBaoInItsWay,
    ),
    (
        r#"path "a" { min_wrapping_ttl = "1m" min_wrapping_ttl = "2m" }"#,
        Takes::OpenBaoInItsWay,
    ),
    (
        r#"path "a" { allowed_parameters = { x = [] x = [] } }"#,
        Takes::OpenBaoInItsWay,
    ),
    (
        r#"path "a" { allowed_parameters = { x = [] } allowed_parameters = {} }"#,
        Takes::OpenBaoInItsWay,
    ),
    (
        "name = \"x\"\nname = \"y\"\npath \"a\" {}",
        Takes::OpenBaoInItsWay,
    ),
    (
        r#"path "a" { capabilities = ["read"] policy = "read" }"#,
        Takes::Both,
    ),
    (
        r#"{"path": {"a": {"capabilities": ["read"], "capabilities": ["list"]}}}"#,
        Takes::Both,
    ),
    (
        "path \"a\" { capabilities = [\"read\"] }\npath \"a\" { capabilities = [\"list\"] }",
        Takes::Both,
    ),
    (r#"path "a" { capabilities = ["Read"] }"#, Takes::Neither),
    (r#"path "a" { capabilities = [1] }"#, Takes::Neither),
    (r#"path "a" { capabilities = null }"#, Takes::Neither),
    (r#"path "a" { capabilities = ["scan"] }"#, Takes::OpenBao),
    (r#"path "a" { capabilities = ["recover"] }"#, Takes::Vault),
    (
        r#"path "a" { allowed_parameters = { x = ["a", 1, -1.5, true, [1, "a"], {a = 1}] } }"#,
        Takes::Both,
    ),
    (
        r#"path "a" { allowed_parameters = { x = {a = 1} } }"#,
        Takes::Both,
    ),
    (
        r#"path "a" { allowed_parameters = { x = "a" } }"#,
        Takes::Neither,
    ),
    (r#"path "a" { allowed_parameters = [] }"#, Takes::Neither),
    (r#"path "a" { required_parameters = [1] }"#, Takes::Both),
    (
        r#"path "a" { required_parameters = [true] }"#,
        Takes::Neither,
    ),
    (r#"path "a" { required_parameters = "x" }"#, Takes::Neither),
    (r#"path "a" { min_wrapping_ttl = "x" }"#, Takes::Neither),
    (r#"path "a" { min_wrapping_ttl = "1d2h" }"#, Takes::Neither),
    (r#"path "a" { min_wrapping_ttl = true }"#, Takes::Neither),
    (r#"path "a" { min_wrapping_ttl = ["1m"] }"#, Takes::Neither),
    (r#"path "a" { min_wrapping_ttl = "500ms" }"#, Takes::Both),
    (r#"path "a" { min_wrapping_ttl = "-5s" }"#, Takes::Both),
    (r#"path "a" { min_wrapping_ttl = 1.5 }"#, Takes::Both),
    (r#"path "a" { min_wrapping_ttl = "" }"#, Takes::Both),
    (
        r#"path "a" { min_wrapping_ttl = "2m" max_wrapping_ttl = "1m" }"#,
        Takes::Neither,
    ),
    (r#"path "a" { comment = 5 }"#, Takes::Both),
    (r#"path "a" { unknown {} }"#, Takes::Neither),
    (r#"path "a+*" {}"#, Takes::Neither),
    (r#"path "a{{b" {}"#, Takes::Neither),
    (r#"path "a{{nope}}" {}"#, Takes::Both),
    (r#"path "//a//b" {}"#, Takes::Both),
    (r#"path "a" "b" { capabilities = ["read"] }"#, Takes::Both),
    (r#"path { capabilities = ["read"] }"#, Takes::Both),
    (r#"path = "a""#, Takes::Neither),
    ("name = 5\npath \"a\" {}", Takes::Both),
    ("foo = 1", Takes::Neither),
    (
        "path \"a\" { allowed_parameters = { x = [<<EOF\nread\nEOF\n] } }",
        Takes::Both,
    ),
    (
        "path \"a\" { capabilities = [<<EOF\nread\nEOF\n] }",
        Takes::Neither,
    ),
    ("path \"a\" { policy = <<EOF\nread\nEOF\n }", Takes::Neither),
    (
        "path \"a\" { min_wrapping_ttl = <<EOF\n5s\nEOF\n }",
        Takes::Neither,
    ),
    (r#"path "a" { min_wrapping_ttl = 0x10 }"#, Takes::Both),
    (r#"path "a" { capabilities = [0x10] }"#, Takes::Neither),
    (
        "path <<EOF\na\nEOF\n { capabilities = [\"read\"] }",
        Takes::Neither,
    ),
    (
        r#"path "a" { capabilities = ["list"] list_scan_response_keys_filter_path = "{{ .path }}{{ .key }}" }"#,
        Takes::OpenBao,
    ),
    (
        r#"path "a" { capabilities = ["list"] list_scan_response_keys_filter_path = "a" }"#,
        Takes::Neither,
    ),
    (
        r#"path "a" { capabilities = ["read"] list_scan_response_keys_filter_path = "{{ .key }}" }"#,
        Takes::Neither,
    ),
    (
        r#"path "a" { list_scan_response_keys_filter_path = "{{ .key }}" capabilities = ["scan"] }"#,
        Takes::Neither,
    ),
    (
        r#"path "a" { list_scan_response_keys_filter_path = "{{ .key }}" capabilities = ["scan", "list"] }"#,
        Takes::OpenBao,
    ),
    (r#"path "a" { mfa_methods = ["x"] }"#, Takes::Both),
    (r#"path "a" { mfa_methods = "x" }"#, Takes::Neither),
    (
        r#"path "a" { subscribe_event_types = ["*"] }"#,
        Takes::Vault,
    ),
    (
        r#"path "a" { subscribe_event_types = "x" }"#,
        Takes::Neither,
    ),
    (
        r#"path "a" { expiration = "2099-01-01T00:00:00Z" }"#,
        Takes::OpenBao,
    ),
    (r#"path "a" { expiration = "garbage" }"#, Takes::Neither),
    (r#"path "a" { pagination_limit = 5 }"#, Takes::OpenBao),
    (r#"path "a" { pagination_limit = "x" }"#, Takes::Neither),
    (
        r#"path "a" { control_group = { factor "x" { identity { group_names = ["a"] approvals = 1 } } } }"#,
        Takes::Vault,
    ),
    (
        r#"path "a" { control_group = { factor "x" {} } }"#,
        Takes::Neither,
    ),
    (
        r#"path "a" { control_group = { ttl = "x" } }"#,
        Takes::Neither,
    ),
    (r#"path "a" { control_group = "x" }"#, Takes::Neither),
    // Behind what rules can't hold.
    (
        "path \"a\" { mfa_methods = [\"x\"] }\npath \"b\" { capabilities = [\"nope\"] }",
        Takes::Neither,
    ),
    (
        r#"path "a" { mfa_methods = ["x"] capabilities = ["nope"] }"#,
        Takes::Neither,
    ),
    (
        r#"path "a" { min_wrapping_ttl = 0x10 capabilities = "read" }"#,
        Takes::Neither,
    ),
];

const NAMES: &[(&str, Takes)] = &[
    ("default", Takes::Both),
    ("team/a.b_c-d", Takes::Both),
    ("root", Takes::Neither),
    ("response-wrapping", Takes::Neither),
    ("control-group", Takes::OpenBaoInItsWay),
    ("a..b", Takes::OpenBaoInItsWay),
];

impl Takes {
    fn by(self, vault: &Vault) -> bool {
        match self {
            Self::Both => true,
            Self::Neither => false,
            Self::OpenBao | Self::OpenBaoInItsWay => vault.is_openbao(),
            Self::Vault => !vault.is_openbao(),
        }
    }

    /// Whether `validate`, which knows no server, has to refuse it.
    fn is_refused(self) -> bool {
        matches!(self, Self::Neither | Self::OpenBaoInItsWay)
    }
}

#[test]
fn validate_refuses_what_no_server_takes_and_nothing_else() {
    let vault = Vault::start();
    let mut files = "version: 1\npolicies:\n".to_owned();
    let mappings = Mappings::empty();
    for (number, (text, takes)) in TEXTS.iter().enumerate() {
        let answer = vault.root.request(
            "POST",
            &format!("sys/policies/acl/p{number}"),
            &json!({"policy": text}),
        );
        assert_eq!(answer.status < 300, takes.by(&vault), "{text}: {answer:?}");
        mappings.write(&format!("policies/p{number}.hcl"), text);
        files += &format!("  p{number}: {{file: policies/p{number}.hcl}}\n");
    }
    for (name, takes) in NAMES {
        let policy = json!({"policy": "path \"a\" {}"});
        let answer = vault
            .root
            .request("POST", &format!("sys/policies/acl/{name}"), &policy);
        assert_eq!(answer.status < 300, takes.by(&vault), "{name}: {answer:?}");
    }
    mappings.write("vault.yaml", &files);
    let told = stderr(&Tool::offline(&mappings).run(["validate"]).assert().code(1));
    for (number, (text, takes)) in TEXTS.iter().enumerate() {
        let is_told = told.contains(&format!("--> mappings/policies/p{number}.hcl:"));
        assert_eq!(is_told, takes.is_refused(), "{text}\n{told}");
    }
    for (name, takes) in NAMES {
        let platform = format!(
            "version: 1\npolicies:\n  {name}: {{rules: [{{path: a, capabilities: [read]}}]}}\n"
        );
        let run = Tool::offline(&Mappings::of(&platform))
            .run(["validate"])
            .output()
            .unwrap();
        assert_eq!(run.status.code() == Some(1), takes.is_refused(), "{name}");
    }
}

#[test]
fn a_comment_or_an_indent_is_not_a_change_in_any_text_that_vault_accepts() {
    let vault = Vault::start();
    let (mappings, mut files) = (Mappings::empty(), "version: 1\npolicies:\n".to_owned());
    let texts = TEXTS.iter().enumerate().filter(|(_, (text, takes))| {
        takes.by(&vault) && !takes.is_refused() && !text.starts_with('{')
    });
    for (number, (text, _)) in texts {
        mappings.write(&format!("policies/p{number}.hcl"), text);
        files += &format!("  p{number}: {{file: policies/p{number}.hcl}}\n");
        let other =
            format!("# Someone's\n\n{text}\n// remark\n").replace(" = ", "   =  /* well */ ");
        let path = format!("sys/policies/acl/p{number}");
        vault.root.write(&path, &json!({"policy": other}));
    }
    files += "  values:\n    rules:\n    - path: a\n      capabilities: [update]\n      \
              allowed_parameters: {x: [a, 1, -1.5, true, [1, a], {a: 1, b: [x]}], y: []}\n";
    mappings.write("vault.yaml", &files);
    let tool = Tool::new(&vault, &mappings);
    let plan = tool.plan_json();
    assert_eq!(
        plan["summary"],
        json!({"create": 1, "update": 0, "delete": 0}),
        "{plan:#}"
    );
    tool.apply().assert().success();
    tool.plan().assert().code(0);
}
