use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

const ARTICLE: &str = r#"# The project's own role in this environment
path "aws/sts/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}" {
  capabilities = ["create", "update"]
}

# Shared tools
path "aws/sts/gitlab-tools" {
  capabilities = ["create", "update"]
}
"#;

fn outcome(text: &str) -> String {
    match parse(text) {
        Ok(rules) => serde_json::to_string(&rules).unwrap(),
        Err(error) => format!("{:?} {error}", error.kind),
    }
}

fn table(texts: &[&str]) -> String {
    texts
        .iter()
        .map(|text| format!("{text}\n=> {}\n\n", outcome(text)))
        .collect()
}

#[test]
fn reads_what_terraform_writes_and_writes_it_back() {
    let rules = parse_lossless(ARTICLE).unwrap();
    assert_eq!(render(&rules), ARTICLE);
}

#[test]
fn reads_every_form_that_the_server_takes() {
    let texts = [
        r#"path "a" { capabilities = ["read"] }"#,
        r#"path a.b-c { capabilities = [,"read",,"list",] }"#,
        r#""path" "a" { "capabilities" = ["read"], policy = "write", }"#,
        "path \"a\"\n{ capabilities\n=\n[\"read\"] } path \"b\" {}",
        r#"path "a" { policy = "deny" }"#,
        "# only a comment",
        "name = \"ignored\"\r\n# CRLF\r\npath \"a\" { comment = [1] }\r\n",
        "// c\n/* d */ path /* e */ \"a\" /* f */ { # g\n capabilities /**/ = /* h */ [ /* i */ \"read\" /* j */ , # k\n ] // l\n}",
        r#"path "a" { min_wrapping_ttl = 60 max_wrapping_ttl = "1h30m" }"#,
        r#"path "a" { min_wrapping_ttl = 0 max_wrapping_ttl = "2d" }"#,
        r#"path "a" { allowed_parameters { x = [] "y" = [1, true, "z*"] } denied_parameters = {} required_parameters = ["A"] }"#,
        r#"path "a${"x\n"}" {}"#,
        "path \"a${\"x\n\"}\" {}",
        r#"path "\"\\\x41\u00e9\U0001F600\101\u0024{" {}"#,
        r#"{"path": {"a": {"capabilities": ["read",]}, "a": {"policy": "write"}}}"#,
        r#" {"path": {"a\"": {"capabilities": [], "allowed_parameters": {"x": ["1", 2]}}}, "name": "n"}"#,
        "{}",
    ];
    assert_snapshot!(table(&texts));
}

#[test]
fn refuses_what_the_server_refuses_and_says_where() {
    let texts = [
        r#"path "a" = { capabilities = ["read"] }"#,
        r#"path "a" { capabilities = ["READ"] }"#,
        r#"path "a" { description = "x" }"#,
        r#"path "a" { Capabilities = ["read"] }"#,
        r#"path "a" { capabilities = "read" }"#,
        r#"path "a" { capabilities = [true] }"#,
        r#"path "a" { capabilities = ["read" "list"] }"#,
        r#"path "a" { capabilities: ["read"] }"#,
        r#"path "a" { capabilities = ["read"],, }"#,
        r#"path "a" { capabilities = ["read"] };"#,
        r#"path "a" { capabilities = ["read"]"#,
        r#"path "a" { capabilities = "#,
        r#"path "a" { policy = "admin" }"#,
        r#"path "a" { allowed_parameters = { x = "a" } }"#,
        r#"path "a" { min_wrapping_ttl = "5m" max_wrapping_ttl = 60 }"#,
        r#"path "a+*" {}"#,
        r#"path "a{{b" {}"#,
        r#"path "a}}" {}"#,
        r#"path "{{a}} {{b}}}}" {}"#,
        r#"path "a${b" {}"#,
        r#"path "a\q" {}"#,
        "path \"a\n\" {}",
        "path 'a' {}",
        "\u{feff}path \"a\" {}",
        "# ok\npath \"a\" {}\nfoo = 1",
        "path \"a\" {} /* open",
        "path \"a\" {}\n# b\0",
        "path \"a\" {} / x",
        "}",
        r#"{"path": {"a": {"capabilities": ["read"]}}} x"#,
        r#"{"path": {"a": {"capabilities" = ["read"]}}}"#,
        r#"{"path": {"a": {"capabilities": ["\q"]}}}"#,
        r#"{"path": nil}"#,
    ];
    assert_snapshot!(table(&texts));
}

#[test]
fn knows_what_rules_cannot_hold() {
    let texts = [
        r#"path { capabilities = ["read"] }"#,
        r#"path = { capabilities = ["read"] }"#,
        r#"path "a" "b" { capabilities = ["read"] }"#,
        r#"path "a" { capabilities = ["read"] capabilities = ["list"] }"#,
        r#"path "a" { control_group = { factor "x" { identity { approvals = 1 } } } }"#,
        r#"path "a" { mfa_methods = ["x"] }"#,
        "path \"a\" { policy = <<EOF\nread\nEOF\n}",
        r#"path "a" { allowed_parameters = { x = [1.5] } }"#,
        r#"path "a" { allowed_parameters = { x = [0x10] } }"#,
        r#"path "a" { allowed_parameters = { x = [99999999999999999999] } }"#,
        r#"path "a" { allowed_parameters = { x = [["1"]] } }"#,
        r#"path "a" { allowed_parameters = { x = [] x = [] } }"#,
        r#"path "a" { min_wrapping_ttl = "500ms" }"#,
        r#"path "a" { min_wrapping_ttl = "1d2h" }"#,
        r#"path "\xff" {}"#,
        r#"{"path": [{"a": {"capabilities": ["read"]}}]}"#,
        r#"{"path": {"a": {}}}"#,
        r#"{"path": {}}"#,
        r#"{"path": {"a": {"allowed_parameters": {"x": ["1"]}}}}"#,
        r#"{"path": {"a": {"capabilities": [], "allowed_parameters": {"x": [true]}}}}"#,
    ];
    assert_snapshot!(table(&texts));
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("{ a = ", " }")] {
        let text = format!(
            "path \"a\" {{ b = {}1{} }}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        assert_eq!(parse(&text).unwrap_err().message, "nested too deep");
    }
}

#[test]
fn a_comment_right_above_a_rule_is_its_description() {
    let text =
        "# Header\n\n# One\n#   two\n#\n// three\npath \"a\" {}\n/* four */\npath \"b\" {}\n";
    let descriptions: Vec<_> = parse(text)
        .unwrap()
        .into_iter()
        .map(|rule| rule.description)
        .collect();
    assert_eq!(
        descriptions,
        [
            Some("One\n  two\n\nthree".to_owned()),
            Some("four".to_owned())
        ]
    );
}

#[test]
fn parsing_is_lossless_only_where_rules_hold_everything() {
    for kept in [
        ARTICLE,
        "path a { policy = \"read\" }",
        "{\"path\": {\"a\": {\"policy\": \"read\"}}}",
    ] {
        assert!(parse_lossless(kept).is_some(), "{kept}");
    }
    for lost in [
        "path \"a\" {}\n# at the end\n",
        "path \"a\" {}\n/* at\n the end */\n",
        "path \"a\" {\n# above a brace\n}",
        "path \"a\"\n# above a brace\n{}",
        "path \"a\" { capabilities = [\"read\"\n# above a comma\n, \"list\"] }",
        "path \"a\" {}\n# above a comma\n,",
        "# header\n\npath \"a\" {}",
        "path \"a\" {} # trailing",
        "path \"a\" {}\n# last",
        "path \"a\" {\n# inside\ncapabilities = []\n}",
        "path \"a\" {\n# inside\n}",
        "path \"a\" { capabilities = [\n# inside\n\"read\"] }",
        "path \"a\" { capabilities = [\"read\"\n# inside\n] }",
        "path\n# inside\n\"a\" {}",
        "/* same line */ path \"a\" {}",
        "path \"a\" { comment = \"kept nowhere\" }",
        "path \"a\" { allowed_parameters {\n# inside\nx = [] } }",
        "name = \"x\"",
        "path \"a\" { mfa_methods = [] }",
        "not a policy",
    ] {
        assert_eq!(parse_lossless(lost), None, "{lost}");
    }
}

#[test]
fn renders_every_attribute_as_terraform_does() {
    let rules: Rules = serde_json::from_str(
        r#"[
          {"path": "a", "capabilities": ["update", "create"], "description": "First",
           "required_parameters": ["ttl"], "allowed_parameters": {"b": ["x", "y"], "a": []},
           "denied_parameters": {"c": [1, true]}, "min_wrapping_ttl": 60, "max_wrapping_ttl": 3600},
          {"path": "b", "capabilities": []}
        ]"#,
    )
    .unwrap();
    assert_snapshot!(render(&rules));
}

#[test]
fn text_from_outside_can_not_add_rules() {
    let path = |text: &str| PathPattern::try_from(text.to_owned()).unwrap();
    let mut rule = Rule::new(path("a\" {}\npath \"*\\${\"b}\t"), [Capability::Read]);
    rule.description = Some("one\npath \"x\" {}\r\ntwo\rpath \"y\" {}\u{1b}[31m\n".to_owned());
    let rules = vec![rule, Rule::new(path("${auth.gitlab.accessor}"), [])];
    assert_snapshot!(render(&rules));
    assert_eq!(parse(&render(&rules)).unwrap().len(), 2);
}

#[test]
fn spelling_does_not_change_the_meaning() {
    let policy =
        r#"path "a" { capabilities = ["read", "list"] } path "b" { capabilities = ["deny"] }"#;
    for same_text in [
        r#"path "b" { capabilities = ["deny"] } path "a" { capabilities = ["list", "read"] }"#,
        r#"path "/a" { policy = "read" } path "b" { capabilities = ["read", "deny"] min_wrapping_ttl = 5 }"#,
        "# c\npath \"a\" {\n  capabilities = [\"read\"]\n}\npath b { policy = \"deny\" }\npath \"a\" { capabilities = [\"list\"] }",
        r#"{"path": {"a": {"capabilities": ["read", "list", "list"]}, "b": {"policy": "deny"}}}"#,
        r#"path "a" { policy = "read" } path "b" { policy = "deny" } path "b" { policy = "write" }"#,
    ] {
        assert!(same(policy, same_text), "{same_text}");
    }
}

#[test]
fn spelling_does_not_change_the_meaning_of_parameters() {
    for (a, b) in [
        (
            "allowed_parameters { X = [\"1\", \"2\"] }",
            "allowed_parameters = { x = [\"2\", \"1\"] }",
        ),
        (
            "required_parameters = [\"A\", \"b\"]",
            "required_parameters = [\"B\", \"a\"]",
        ),
        ("allowed_parameters = {}", "required_parameters = []"),
        ("min_wrapping_ttl = \"1h\"", "min_wrapping_ttl = 3600"),
    ] {
        let [a, b] = [a, b].map(|attribute| format!("path \"a\" {{ {attribute} }}"));
        assert!(same(&a, &b), "{a} {b}");
    }
    let merged = |a: &str, b: &str| {
        same(
            &format!(
                "path \"a\" {{ allowed_parameters = {{ x = {a} }} }} path \"a\" {{ allowed_parameters = {{ x = {b} }} }}"
            ),
            "path \"a\" { allowed_parameters = { x = [\"1\", \"2\"] } }",
        )
    };
    assert!(merged("[\"1\"]", "[\"2\"]"));
    assert!(!merged("[\"1\"]", "[]"));
}

#[test]
fn the_meaning_differs_where_vault_sees_a_difference() {
    let policy = r#"path "a" { capabilities = ["read"] }"#;
    for other in [
        "",
        r#"path "b" { capabilities = ["read"] }"#,
        r#"path "A" { capabilities = ["read"] }"#,
        r#"path "a/" { capabilities = ["read"] }"#,
        r#"path "a*" { capabilities = ["read"] }"#,
        r#"path "//a" { capabilities = ["read"] }"#,
        r#"path "a" { capabilities = ["read", "list"] }"#,
        r#"path "a" { capabilities = ["read"] } path "b" { capabilities = [] }"#,
        r#"path "a" { capabilities = ["read"] allowed_parameters = { x = [] } }"#,
        r#"path "a" { capabilities = ["read"] max_wrapping_ttl = 1 }"#,
        r#"path "a" { capabilities = ["read"] mfa_methods = ["x"] }"#,
    ] {
        assert!(!same(policy, other), "{other}");
    }
    let verbatim = r#"path "a" { mfa_methods = ["x"] }"#;
    assert!(same(verbatim, verbatim));
    for alike in [
        "# why\npath  \"a\" {\n\tmfa_methods = [ \"x\", ] // here\n}\n",
        r#"path "a" { "mfa_methods" = ["x"] }"#,
    ] {
        assert!(same(verbatim, alike), "{alike}");
    }
    for other in [
        r#"path "a" { mfa_methods = ["y"] }"#,
        r#"path "a" { mfa_methods = ["x"] } path "b" {}"#,
        r#"path "a" { mfa_methods = [1] }"#,
        "path \"a\" { mfa_methods = [<<E\nx\nE\n] }",
    ] {
        assert!(!same(verbatim, other), "{other}");
    }
    let [both, one] = ["A = [\"1\"] a = [\"2\"]", "a = [\"2\"]"]
        .map(|names| format!("path \"a\" {{ allowed_parameters = {{ {names} }} }}"));
    assert!(!same(&both, &one));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/+*{}$\"\\\\#\n\r\t ]{0,12}",
        "\\PC{0,8}",
        any::<String>(),
        Just("${auth.gitlab.accessor}".to_owned()),
    ]
}

fn path() -> impl Strategy<Value = PathPattern> {
    text().prop_filter_map("Vault refuses the path", |text| {
        PathPattern::try_from(text).ok()
    })
}

/// The lines of a comment.
fn description() -> impl Strategy<Value = String> {
    proptest::collection::vec("[^\\p{Cc}\u{E123}]{0,12}", 1..4).prop_map(|lines| lines.join("\n"))
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let value = prop_oneof![
        any::<bool>().prop_map(ParameterValue::Bool),
        any::<i64>().prop_map(ParameterValue::Integer),
        text().prop_map(ParameterValue::Text),
    ];
    proptest::collection::btree_map(text(), proptest::collection::vec(value, 0..3), 0..3)
}

fn rule() -> impl Strategy<Value = Rule> {
    let capability = proptest::sample::select(Capability::ALL.to_vec());
    (
        path(),
        proptest::collection::btree_set(capability, 0..4),
        proptest::option::of(description()),
        proptest::collection::btree_set(text(), 0..3),
        parameters(),
        parameters(),
        proptest::option::of((1_u32.., 0_u32..100)),
    )
        .prop_map(
            |(path, capabilities, description, required, allowed, denied, ttl)| {
                let seconds = |seconds: u32| std::num::NonZeroU32::new(seconds);
                Rule {
                    path,
                    capabilities,
                    description,
                    required_parameters: required,
                    allowed_parameters: allowed,
                    denied_parameters: denied,
                    min_wrapping_ttl: ttl.and_then(|(min, _)| seconds(min)),
                    max_wrapping_ttl: ttl.and_then(|(min, more)| seconds(min.saturating_add(more))),
                }
            },
        )
}

proptest! {
    #[test]
    fn what_is_rendered_reads_back_as_the_same_rules(rules in proptest::collection::vec(rule(), 0..4)) {
        let text = render(&rules);
        prop_assert_eq!(parse_lossless(&text), Some(rules), "{}", text);
    }

    #[test]
    fn the_order_of_rules_has_no_meaning(mut rules in proptest::collection::vec(rule(), 0..4)) {
        let meaning = Meaning::of_rules(&rules);
        rules.reverse();
        prop_assert_eq!(Meaning::of_rules(&rules), meaning);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(path|name|capabilities|[{}\\[\\]=,:\"#/*\\\\$<0-9.\n a-z-]){0,40}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_json_makes_the_parser_panic(text in "[{]([{}\\[\\]:,\"\\\\ \n]|\"path\"|true|null|[0-9]){0,40}") {
        let _ = parse(&text);
    }
}
