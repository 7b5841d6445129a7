use super::*;
use crate::acl::{Capability, parse};

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn entity() -> Entity {
    Entity {
        id: "e1".to_owned(),
        name: "somenamespace/someproject".to_owned(),
        metadata: map(&[("k", "v"), ("empty", "")]),
        aliases: vec![Alias {
            mount_accessor: "auth_jwt_1".to_owned(),
            id: String::new(),
            name: "365".to_owned(),
            metadata: map(&[
                ("project_id", "365"),
                ("environment", ""),
                ("a.b", "dotted"),
            ]),
            custom_metadata: map(&[("team", "x")]),
        }],
        groups: vec![Group {
            id: "g1".to_owned(),
            name: "ops".to_owned(),
            metadata: map(&[("glob", "*")]),
        }],
    }
}

fn outcome(path: &str, entity: Option<&Entity>, allowed: AllowedInValues) -> String {
    let rules = parse(&format!("path \"{path}\" {{ capabilities = [\"read\"] }}")).unwrap();
    match template(&rules, entity, allowed).as_deref() {
        Ok([Templated::Rule(rule)]) => {
            assert!(rule.capabilities.contains(&Capability::Read));
            rule.path.to_string()
        }
        Ok([Templated::Dropped { directive }]) => format!("dropped: {directive}"),
        Err(error) => format!("error: {error}"),
        other => panic!("{other:?}"),
    }
}

/// Each of these is what OpenBao 2.7.2 does.
#[test]
fn puts_in_what_the_server_puts_in() {
    let entity = entity();
    for (path, expected) in [
        ("s/plain", "s/plain"),
        ("s/{{identity.entity.id}}", "s/e1"),
        ("s/{{ identity.entity.metadata.k }}/x", "s/v/x"),
        (
            "{{identity.entity.id}}{{identity.entity.metadata.k}}",
            "e1v",
        ),
        ("s/{{identity.entity.metadata.empty}}", "s/"),
        (
            "s/{{identity.entity.metadata.absent}}",
            "dropped: identity.entity.metadata.absent",
        ),
        (
            "s/{{identity.entity.metadata}}",
            "dropped: identity.entity.metadata",
        ),
        (
            "s/{{identity.entity.nope}}",
            "dropped: identity.entity.nope",
        ),
        ("s/{{identity.entity.aliases.auth_jwt_1.name}}", "s/365"),
        (
            "s/{{identity.entity.aliases.auth_jwt_1.id}}",
            "dropped: identity.entity.aliases.auth_jwt_1.id",
        ),
        (
            "s/{{identity.entity.aliases.auth_jwt_1.metadata.project_id}}-{{identity.entity.aliases.auth_jwt_1.metadata.environment}}",
            "s/365-",
        ),
        (
            "s/{{identity.entity.aliases.auth_jwt_1.metadata.a.b}}",
            "s/dotted",
        ),
        (
            "s/{{identity.entity.aliases.auth_jwt_1.custom_metadata.team}}",
            "s/x",
        ),
        (
            "s/{{identity.entity.aliases.auth_jwt_1}}",
            "dropped: identity.entity.aliases.auth_jwt_1",
        ),
        (
            "s/{{identity.entity.aliases.dead.name}}",
            "dropped: identity.entity.aliases.dead.name",
        ),
        ("s/{{identity.groups.ids.g1.name}}", "s/ops"),
        ("s/{{identity.groups.names.ops.id}}", "s/g1"),
        (
            "s/{{identity.groups.names.other.id}}",
            "dropped: identity.groups.names.other.id",
        ),
        ("s/{{Identity.entity.id}}", "dropped: Identity.entity.id"),
        ("s/{{foo}}", "dropped: foo"),
    ] {
        assert_eq!(
            outcome(path, Some(&entity), AllowedInValues::OPENBAO),
            expected
        );
    }
    assert_eq!(
        outcome("s/{{identity.entity.id}}", None, AllowedInValues::OPENBAO),
        "dropped: identity.entity.id"
    );
}

#[test]
fn a_value_that_would_widen_the_path_closes_the_token() {
    let entity = entity();
    let wildcards = AllowedInValues {
        slashes: false,
        wildcards: true,
    };
    let name = "s/{{identity.entity.name}}";
    let glob = "s/{{identity.groups.names.ops.metadata.glob}}";
    let name_refused = "error: {{identity.entity.name}} has the value \"somenamespace/someproject\", with a `/`, `*` or `+` that the server refuses";
    let glob_refused = "error: {{identity.groups.names.ops.metadata.glob}} has the value \"*\", with a `/`, `*` or `+` that the server refuses";
    for (path, allowed, expected) in [
        (name, AllowedInValues::OPENBAO, name_refused),
        (name, AllowedInValues::VAULT, "s/somenamespace/someproject"),
        (name, wildcards, name_refused),
        (glob, AllowedInValues::OPENBAO, glob_refused),
        (glob, AllowedInValues::VAULT, glob_refused),
        (glob, wildcards, "s/*"),
        (
            "s/+{{identity.groups.names.ops.metadata.glob}}",
            wildcards,
            "error: the path `s/+*` came out of a template: `+*` is forbidden in a path: `+` stands for a whole segment; write `+/*` or `*`",
        ),
    ] {
        assert_eq!(outcome(path, Some(&entity), allowed), expected);
    }
}

#[test]
fn the_first_directive_in_a_path_decides() {
    let entity = entity();
    let absent = "{{identity.entity.metadata.absent}}";
    let glob = "{{identity.groups.names.ops.metadata.glob}}";
    let outcome = |path: &str| outcome(path, Some(&entity), AllowedInValues::OPENBAO);
    assert!(outcome(&format!("s/{absent}/{glob}")).starts_with("dropped"));
    assert!(outcome(&format!("s/{glob}/{absent}")).starts_with("error"));
}
