//! What the files own, leave alone and remove: no two of these may meet.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Span};
use crate::mappings::loaded::PlatformFile;
use crate::mappings::platform::Removed;
use crate::mappings::unmanaged;
use crate::resource::{Kind, MountType, Table, UnmanagedKey};
use crate::value::MountTypeName;
use crate::yaml::{Entry, Node, Value, key_span, value_span};

/// Mounts and policies that Vault itself needs.
const RESERVED: [(&str, &[&str]); 3] = [
    ("auth", &["token"]),
    (
        "secrets",
        &["agent-registry", "auth", "cubbyhole", "identity", "sys"],
    ),
    ("policies", &["default", "root"]),
];

/// Whether Vault keeps the name, or the mount that it would lie in, for itself.
fn is_reserved(section: &str, name: &str) -> bool {
    let first = name.split('/').next().unwrap_or_default();
    RESERVED
        .iter()
        .any(|(of, names)| *of == section && names.contains(&first))
}

pub(super) fn check_mounts(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    for table in Table::ALL {
        check_paths(table.section(), &file.root, diagnostics);
        check_types(table, &file.root, diagnostics);
    }
}

/// Of a mount whose content is not managed, the files can hold the settings alone.
fn check_types(table: Table, root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let mounts = root.at([table.section()]).map(Node::entries);
    for mount in mounts.unwrap_or_default() {
        let Some(node) = mount.value.at(["type"]) else {
            if !mount.value.was_reported("type") && mount.value.value != Value::Invalid {
                diagnostics.push(without_type(mount));
            }
            continue;
        };
        let name = node.text().unwrap_or_default();
        match name.parse::<MountTypeName>() {
            Err(_) if node.value == Value::Invalid => {}
            Err(invalid) => diagnostics.push(
                Diagnostic::error(Code::InvalidValue, invalid.problem, node.span)
                    .with_help(invalid.help),
            ),
            Ok(name) => {
                if let Some((problem, help)) = refused_type(table, name.as_str()) {
                    diagnostics
                        .push(Diagnostic::error(Code::Mount, problem, node.span).with_help(help));
                }
            }
        }
        for (key, of) in keys_of_others(MountType { table, name }) {
            if let Some(entry) = mount.value.entry(key) {
                diagnostics.push(
                    Diagnostic::error(
                        Code::Mount,
                        format!("`{key}` is for mounts of type `{of}`"),
                        entry.key_span,
                    )
                    .with_secondary(node.span, "the type of this one")
                    .with_help(format!(
                        "remove it: of a mount of type `{name}`, only the settings are managed"
                    )),
                );
            }
        }
    }
}

fn without_type(mount: &Entry) -> Diagnostic {
    Diagnostic::error(
        Code::MissingKey,
        format!("the mount `{}` has no `type`", mount.key),
        mount.key_span,
    )
    .with_help("add `type: jwt` for logins of jobs, `type: aws` for credentials of AWS, or the type that it has")
}

/// The keys of kinds that can't live in such a mount, each with the type that they live in.
fn keys_of_others(mount: MountType<'_>) -> BTreeMap<&'static str, MountType<'static>> {
    let mut keys: BTreeMap<_, _> = Kind::ALL
        .iter()
        .filter_map(|kind| {
            let lives_in = kind.place().mount_type()?;
            (lives_in.table == mount.table && lives_in != mount).then_some((kind.key(), lives_in))
        })
        .collect();
    for kind in Kind::in_mount(mount) {
        keys.remove(kind.key());
    }
    keys
}

/// Why no file can have a mount of this type, if that is so.
fn refused_type(table: Table, name: &str) -> Option<(String, &'static str)> {
    let alias = match name {
        "kv-v1" | "generic" => Some("write `type: kv`"),
        "kv-v2" => Some("write `type: kv` and `options: {version: \"2\"}`"),
        _ => None,
    };
    match alias {
        Some(help) if table == Table::Secrets => {
            Some((format!("Vault mounts `{name}` with the type `kv`"), help))
        }
        _ if (MountType { table, name }).is_vaults_own() => Some((
            format!("mounts of type `{name}` belong to Vault itself"),
            "remove the mount",
        )),
        _ => None,
    }
}

fn check_paths(section: &str, root: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let Some(mounts) = root.at([section]) else {
        return;
    };
    for mount in mounts.entries() {
        let path = &mount.key;
        if is_reserved(section, path) {
            diagnostics.push(
                Diagnostic::error(
                    Code::Mount,
                    format!("the path `{path}` belongs to Vault itself"),
                    mount.key_span,
                )
                .with_help("write another path"),
            );
        }
        let outer = path
            .match_indices('/')
            .find_map(|(slash, _)| mounts.entry(&path[..slash]));
        if let Some(outer) = outer {
            diagnostics.push(
                Diagnostic::error(
                    Code::Mount,
                    format!(
                        "`{path}` would lie inside of `{}`, and Vault refuses that",
                        outer.key
                    ),
                    mount.key_span,
                )
                .with_secondary(outer.key_span, "the outer one")
                .with_help(format!(
                    "write a path that does not begin with `{}/`",
                    outer.key
                )),
            );
        }
    }
}

pub(super) fn check_globs(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    for (_, unmanaged) in unmanaged::kinds() {
        let globs = file.root.at(["unmanaged", unmanaged.key]).map(Node::items);
        for node in globs.unwrap_or_default() {
            if let Some(Err(error)) = node.text().map(|text| unmanaged::glob(unmanaged, text)) {
                diagnostics.push(
                    Diagnostic::error(
                        Code::Glob,
                        format!("this is not a glob: {}", error.kind()),
                        node.span,
                    )
                    .with_help("write a name in which `*` stands for any text, such as `legacy-*`"),
                );
            }
        }
    }
}

/// A resource that is both managed and left alone would be neither.
pub(super) fn check_unmanaged(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let left_alone = file.platform.unmanaged.unmanaged();
    for (kind, unmanaged) in unmanaged::kinds() {
        let declared = declared(&file.root, kind);
        for entry in declared.filter(|entry| left_alone.covers(kind, &entry.key)) {
            diagnostics.push(
                Diagnostic::error(
                    Code::Unmanaged,
                    format!(
                        "the {} `{}` is managed here and left alone too",
                        kind.title(),
                        entry.key
                    ),
                    entry.key_span,
                )
                .with_secondary(
                    covering_span(&file.root, unmanaged, &entry.key),
                    "leaves it alone",
                )
                .with_help(format!(
                    "remove the {}, or narrow the glob under `unmanaged`",
                    kind.title()
                )),
            );
        }
    }
}

/// What the files declare of a kind.
fn declared(root: &Node, kind: Kind) -> impl Iterator<Item = &Entry> {
    let owners: Vec<&Node> = match kind.place().mount_type() {
        None => vec![root],
        Some(mount_type) => root
            .at([mount_type.table.section()])
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .map(|mount| &mount.value)
            .collect(),
    };
    owners.into_iter().flat_map(move |owner| {
        owner
            .at([kind.key()])
            .map(Node::entries)
            .unwrap_or_default()
    })
}

/// Where the glob under `unmanaged` stands that covers a name.
pub(super) fn covering_span(root: &Node, unmanaged: UnmanagedKey, name: &str) -> Span {
    let path = ["unmanaged", unmanaged.key];
    let globs = root.at(path).map(Node::items);
    let covers = |node: &&Node| {
        let glob = node
            .text()
            .and_then(|text| unmanaged::glob(unmanaged, text).ok());
        glob.is_some_and(|glob| glob.compile_matcher().is_match(name))
    };
    let covering = globs.unwrap_or_default().iter().find(covers);
    covering.map_or_else(|| value_span(root, path), |node| node.span)
}

pub(super) fn check_removed(file: &PlatformFile, diagnostics: &mut Vec<Diagnostic>) {
    let decoded = file
        .root
        .at(["removed"])
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter(|node| node.value != Value::Invalid);
    let mut first: BTreeMap<_, Span> = BTreeMap::new();
    for (removed, node) in file.platform.removed.iter().zip(decoded) {
        let (section, name) = named(removed);
        let span = node.entries().first().map_or(node.span, |e| e.value.span);
        if file.root.entry_at([section, name]).is_some() {
            diagnostics.push(
                Diagnostic::error(
                    Code::Removed,
                    format!("`{name}` is declared, and to be removed too"),
                    span,
                )
                .with_secondary(key_span(&file.root, [section, name]), "declared here")
                .with_help("remove one of the two"),
            );
        }
        if is_reserved(section, name) {
            diagnostics.push(
                Diagnostic::error(
                    Code::Removed,
                    format!("`{name}` belongs to Vault itself and can't be removed"),
                    span,
                )
                .with_help("remove this line"),
            );
        }
        if let Some(first) = first.get(&(section, name)) {
            diagnostics.push(
                Diagnostic::error(Code::Removed, format!("`{name}` is named twice"), span)
                    .with_secondary(*first, "first here")
                    .with_help("remove one of the two"),
            );
        } else {
            first.insert((section, name), span);
        }
    }
}

fn named(removed: &Removed) -> (&'static str, &str) {
    match removed {
        Removed::Auth(path) => ("auth", path.as_str()),
        Removed::Secrets(path) => ("secrets", path.as_str()),
        Removed::Policy(name) => ("policies", name.as_str()),
    }
}
