//! `vault.yaml`, and the policies' files beside it.

use super::fields::fields;
use super::policy::{self, PolicySource, References};
use super::projects::Mappings;
use super::{Draft, Entry, Files, Value};
use crate::resource::{Address, Kind, Resource};
use crate::yaml::{self, NewFile};

/// The configurations in a mount's entry, beside the mount's own settings and its roles.
const CONFIGS: [(&str, Kind); 3] = [
    ("config", Kind::JwtConfig),
    ("config", Kind::AwsRoot),
    ("lease", Kind::AwsLease),
];

const ROLES: [Kind; 2] = [Kind::JwtRole, Kind::AwsRole];

pub(super) fn write(draft: &Draft<'_>, mappings: &Mappings<'_>, files: &mut Files) {
    let version = vec![Entry::new("version", Value::Plain(1.into()))];
    let section = |key, kind| {
        let mounts = draft.all(kind);
        let entries = mounts.map(|(address, resource)| mount(draft, mappings, address, resource));
        named(key, entries.collect())
    };
    let sections = [
        version,
        section("auth", Kind::AuthMount),
        section("secrets", Kind::SecretsMount),
        named("policies", policies(draft, files)),
        named("mappings", mappings.rules()),
        named("unmanaged", unmanaged(draft)),
    ];
    files.add("vault.yaml".into(), yaml::write(&sections));
}

/// A section, unless nothing is in it.
fn named(key: &str, entries: Vec<Entry>) -> Vec<Entry> {
    match entries.as_slice() {
        [] => Vec::new(),
        _ => vec![Entry::new(key, entries)],
    }
}

fn mount(
    draft: &Draft<'_>,
    mappings: &Mappings<'_>,
    address: &Address,
    resource: &Resource,
) -> Entry {
    let is_inside = |kind: &Kind| kind.mount() == Some(address.kind);
    let mut entries = fields(address, resource);
    for (key, kind) in CONFIGS.into_iter().filter(|(_, kind)| is_inside(kind)) {
        let configs = draft.inside(kind, &address.mount);
        entries.extend(configs.map(|(address, config)| {
            Entry::new(key, fields(address, config)).about(address.clone())
        }));
    }
    for kind in ROLES.into_iter().filter(is_inside) {
        let roles = draft.inside(kind, &address.mount);
        let shared = roles.filter(|(address, _)| !mappings.has(address));
        let roles = shared.map(|(address, role)| {
            Entry::new(&address.name, fields(address, role)).about(address.clone())
        });
        entries.extend(named("roles", roles.collect()));
    }
    Entry::new(&address.mount, entries).about(address.clone())
}

fn policies(draft: &Draft<'_>, files: &mut Files) -> Vec<Entry> {
    let references = References::of(draft);
    let mut entries = Vec::new();
    for (address, resource) in draft.all(Kind::Policy) {
        let Resource::Policy(policy) = resource else {
            continue;
        };
        let entry = match policy::source(&policy.policy, draft.form(address), &references) {
            PolicySource::Rules(rules) => Entry::new("rules", rules),
            PolicySource::File { text, comment } => {
                let path = files.free("policies", &file_name(&address.name), "hcl");
                let entry = Entry::new("file", &*path.to_string_lossy());
                files.add(path, NewFile::whole(text, address.clone()));
                entry.with_comment(comment)
            }
        };
        entries.push(Entry::new(&address.name, vec![entry]).about(address.clone()));
    }
    entries
}

/// A policy's name in characters that every file system accepts.
fn file_name(policy: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '-'
        }
    };
    policy.chars().map(safe).collect()
}

/// The roles that are left out of mounts that the files own: otherwise apply would delete them.
fn unmanaged(draft: &Draft<'_>) -> Vec<Entry> {
    let keys = [("aws_roles", Kind::AwsRole), ("jwt_roles", Kind::JwtRole)];
    let entries = keys.into_iter().filter_map(|(key, kind)| {
        let in_our_mount = |address: &Address| {
            address.kind == kind && address.depends_on().is_some_and(|mount| draft.has(&mount))
        };
        let roles: Vec<_> = draft
            .left_out
            .iter()
            .filter(|(address, _)| in_our_mount(address))
            .collect();
        let names = roles
            .iter()
            .map(|(address, _)| Value::Text(globset::escape(&address.name)));
        let comment = roles
            .iter()
            .map(|(address, reason)| format!("{}: {reason}", address.name));
        let entry = Entry::new(key, Value::List(names.collect())).with_comment(comment);
        (!roles.is_empty()).then_some(entry)
    });
    entries.collect()
}
