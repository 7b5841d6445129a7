//! What holds for every text, however broken.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Sources, has_errors, records, render};
use crate::yaml::{decode, parse};

const PLATFORM: &str = r#"
# The platform
version: 1
auth:
  gitlab:
    type: jwt
    config: {jwks_url: "https://git.example.com/-/jwks", default_role: aws}
    roles:
      'aws':
        bound_claims: {project_id: ["7012", ü], ref_protected: "true"}
        token_explicit_max_ttl: 10m
policies:
  x:
    rules:
      - path: ${secrets.aws.path}/sts/{{identity.entity.metadata.project_id}}
        capabilities: [create, update]
    text: |
      path "a" {}

      # end
"#;

/// Reads `text` as a whole file, down to the messages. All of it must come to an end without a panic.
fn load(text: &str) -> (Option<Value>, Vec<Diagnostic>, String) {
    let mut sources = Sources::default();
    let file = sources.add("mappings/vault.yaml", text);
    let mut diagnostics = Vec::new();
    let node = parse(text, file, &mut diagnostics);
    let value = node.and_then(|node| {
        let mut filled = node.replace_texts(
            &|text| text.contains("{e}").then(|| text.replace("{e}", "dev")),
            &mut diagnostics,
        );
        decode::<Value>(&mut filled, &mut diagnostics)
    });
    assert_eq!(
        records(&diagnostics, &sources).is_empty(),
        diagnostics.is_empty()
    );
    let rendered = render(&diagnostics, &sources, false);
    (value, diagnostics, rendered)
}

fn scalars() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300).prop_map(|number: f64| json!(number)),
        ".*".prop_map(Value::from),
        "[0-9a-z.+~:#{}*&!-]{0,6}".prop_map(Value::from),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    scalars().prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map("[^{}]*", inner, 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in r"[\PC\n\t]*|[\[\]{}:,\-?&*!|>'%@\x22# \n\tab1~ü]{0,60}") {
        let (value, diagnostics, rendered) = load(&text);
        prop_assert!(value.is_some() || has_errors(&diagnostics));
        prop_assert!(!rendered.contains(|c: char| c.is_control() && c != '\n'));
    }

    #[test]
    fn a_broken_file_is_read_or_refused(
        from in 0..PLATFORM.chars().count(),
        removed in 0_usize..20,
        inserted in r"[\[\]{}:,\-?&*!|>'%@\x22# \n\tab1~ü]{0,8}",
    ) {
        let mut characters: Vec<char> = PLATFORM.chars().collect();
        let to = characters.len().min(from + removed);
        characters.splice(from..to, inserted.chars());
        let (value, diagnostics, _) = load(&characters.into_iter().collect::<String>());
        prop_assert!(value.is_some() || has_errors(&diagnostics));
    }

    /// JSON is YAML, so whatever is written as JSON comes back as it was.
    #[test]
    fn json_is_read_as_it_was_written(value in values()) {
        let (read, diagnostics, rendered) = load(&serde_json::to_string_pretty(&value).unwrap());
        prop_assert!(diagnostics.is_empty(), "{}", rendered);
        prop_assert_eq!(read, Some(value));
    }

    #[test]
    fn a_key_that_stands_twice_is_always_refused(
        values in vec(scalars(), 2..6),
        key in "[^{}]{0,10}",
    ) {
        let key = serde_json::to_string(&key).unwrap();
        let lines: String = values.iter().map(|value| format!("{key}: {value}\n")).collect();
        let (_, diagnostics, _) = load(&lines);
        let duplicates = diagnostics.iter().filter(|d| d.code.name() == "duplicate-key").count();
        prop_assert_eq!(duplicates, values.len() - 1);
    }
}
