//! What each kind of resource lacks, by name: a new one is complete when nothing is named here.

use std::fs;

use serde_json::Value;

use crate::mappings::{Loaded, load, schema};
use crate::resource::{Address, Kind, Place};

const FIELDS: [&str; 4] = [
    include_str!("../../../tests/blackbox/fields/table.rs"),
    include_str!("../../../tests/blackbox/fields/table/aws.rs"),
    include_str!("../../../tests/blackbox/fields/table/jwt.rs"),
    include_str!("../../../tests/blackbox/fields/table/mounts.rs"),
];
const PAGE: &str = include_str!("../../../docs/files.md");

#[test]
fn no_kind_lacks_anything() {
    let lacking: Vec<String> = Kind::ALL
        .iter()
        .flat_map(|kind| {
            let lacks = lacks(*kind).into_iter();
            lacks.map(move |what| format!("{kind:?} lacks {what}"))
        })
        .collect();
    assert!(lacking.is_empty(), "\n{}", lacking.join("\n"));
}

/// What a kind lacks.
fn lacks(kind: Kind) -> Vec<String> {
    let mut lacks = Vec::new();
    let mut require = |has: bool, what: String| {
        if !has {
            lacks.push(what);
        }
    };
    let others = || Kind::ALL.iter().copied().filter(|other| *other != kind);
    let is_alone = |of: fn(Kind) -> String| others().all(|other| of(other) != of(kind));
    require(
        is_alone(|kind| kind.title().into()),
        "a title of its own".into(),
    );
    require(is_alone(path), "a path of its own".into());
    require(
        is_alone(place_in_files),
        "a key of its own in the files".into(),
    );
    let place = place_in_files(kind);
    match definition(kind) {
        None => require(
            false,
            format!("its field `{place}` in src/mappings/platform.rs"),
        ),
        Some(definition) => {
            require(
                FIELDS
                    .iter()
                    .any(|rows| rows.contains(&format!("(Kind::{definition}, "))),
                format!("rows for {definition} in tests/blackbox/fields/table/"),
            );
            require(
                PAGE.contains(&format!("`{}`", kind.key())),
                "its part of docs/files.md: UPDATE_DOCS=1 cargo test --test blackbox docs::".into(),
            );
        }
    }
    if kind.place().is_listed() {
        let address = Address::of_role(kind, "m", "a");
        let owns = |more: &str| {
            let loaded = loaded(&format!("version: 1\n{}{more}", mount_of(kind)));
            loaded.desired.is_some_and(|desired| desired.owns(&address))
        };
        require(
            owns(""),
            "its `insert_all` in `add_content` of src/mappings/platform.rs, without which it owns nothing".into(),
        );
        match kind.unmanaged() {
            None => require(false, "UNMANAGED".into()),
            Some(unmanaged) => {
                let key = unmanaged.key;
                require(
                    !owns(&format!("unmanaged: {{{key}: ['a*']}}\n")),
                    format!("the protection of `unmanaged.{key}`"),
                );
            }
        }
    }
    lacks
}

fn path(kind: Kind) -> String {
    let path = Address::of_role(kind, "m", "a").path();
    format!("{:?} {path}", kind.place().mount_type())
}

/// Where the files have it: `auth.*.roles`.
fn place_in_files(kind: Kind) -> String {
    match kind.place().mount_type() {
        Some(mount_type) => format!("{}.*.{}", mount_type.table.section(), kind.key()),
        None => kind.key().to_owned(),
    }
}

/// The name of the type that reads it, by the JSON Schema.
fn definition(kind: Kind) -> Option<String> {
    let schema = schema([].into_iter());
    let of = |owner: &str, key: &str| {
        let property = &schema["definitions"][owner]["properties"][key];
        reference(property).map(str::to_owned)
    };
    match kind.place() {
        Place::Mount(_) | Place::Named(_) => of("Platform", kind.key()),
        Place::Config(mount_type, _) | Place::Listed(mount_type, _) => {
            let owner = of("Platform", mount_type.table.section())?;
            of(&owner, kind.key())
        }
    }
}

/// The first definition that a schema refers to.
fn reference(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference.rsplit('/').next(),
            None => fields.values().find_map(reference),
        },
        Value::Array(items) => items.iter().find_map(reference),
        _ => None,
    }
}

/// The section of `vault.yaml` with a mount in which a kind lives.
fn mount_of(kind: Kind) -> String {
    let mount_type = kind.place().mount_type().unwrap();
    let section = mount_type.table.section();
    format!("{section}: {{m: {{type: {}}}}}\n", mount_type.name)
}

fn loaded(platform: &str) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("vault.yaml"), platform).unwrap();
    load(folder.path(), std::time::SystemTime::now())
}
