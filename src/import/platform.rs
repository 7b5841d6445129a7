//! `vault.yaml`, and the policies' files beside it.

use super::fields::fields;
use super::policy::{self, PolicySource, References};
use super::projects::Mappings;
use super::{ByEnvironment, Draft, Files, Groups, ImportedEntry, ImportedValue, generated};
use crate::resource::{Address, Kind, Policy, Resource, Table};
use crate::yaml::{self, NewFile};

pub(super) fn write(
    draft: &Draft<'_>,
    shared: &ByEnvironment<'_>,
    mappings: &Mappings<'_>,
    groups: &Groups<'_>,
    files: &mut Files,
) {
    let elsewhere = Elsewhere {
        shared,
        mappings,
        groups,
    };
    let version = vec![ImportedEntry::new(
        "version",
        ImportedValue::Plain(1.into()),
    )];
    let section = |table: Table| {
        let mounts = draft.all(table.kind());
        let entries = mounts.map(|(address, resource)| mount(draft, &elsewhere, address, resource));
        named(table.section(), entries.collect())
    };
    let sections = [
        version,
        section(Table::Auth),
        section(Table::Secrets),
        named("policies", policies(draft, &elsewhere, files)),
        named("mappings", mappings.rules(draft, shared)),
        named("unmanaged", unmanaged(draft)),
    ];
    files.add("vault.yaml".into(), yaml::write(&sections));
}

/// What is not written resource by resource.
struct Elsewhere<'a, 'd> {
    shared: &'a ByEnvironment<'d>,
    mappings: &'a Mappings<'d>,
    groups: &'a Groups<'d>,
}

impl Elsewhere<'_, '_> {
    fn has(&self, address: &Address) -> bool {
        self.mappings.has(address) || self.shared.has(address) || self.groups.has(address)
    }
}

/// A section, unless nothing is in it.
fn named(key: &str, entries: Vec<ImportedEntry>) -> Vec<ImportedEntry> {
    match entries.as_slice() {
        [] => Vec::new(),
        _ => vec![ImportedEntry::new(key, entries)],
    }
}

fn mount(
    draft: &Draft<'_>,
    elsewhere: &Elsewhere<'_, '_>,
    address: &Address,
    resource: &Resource,
) -> ImportedEntry {
    let mut entries = draft.with_allowed(address, fields(address, resource));
    for kind in resource.mount_type().into_iter().flat_map(Kind::in_mount) {
        let inside = draft
            .inside(kind, &address.mount)
            .filter(|(address, _)| !elsewhere.has(address));
        if kind.place().is_listed() {
            let once = elsewhere.shared.of_mount(draft, kind, &address.mount);
            let inside = inside.map(|(address, resource)| {
                let entries = draft.with_allowed(address, fields(address, resource));
                ImportedEntry::new(&address.name, entries)
                    .about(address.clone())
                    .with_comment(elsewhere.groups.comment(address))
            });
            entries.extend(named(kind.key(), once.chain(inside).collect()));
        } else {
            let inside = inside.map(|(address, resource)| {
                ImportedEntry::new(kind.key(), fields(address, resource)).about(address.clone())
            });
            entries.extend(inside);
        }
    }
    ImportedEntry::new(&address.mount, entries).about(address.clone())
}

fn policies(
    draft: &Draft<'_>,
    elsewhere: &Elsewhere<'_, '_>,
    files: &mut Files,
) -> Vec<ImportedEntry> {
    let references = References::of(draft);
    let mut entries: Vec<_> = elsewhere.shared.policies(draft).collect();
    let policies = draft.all_of::<Policy>();
    for (address, policy) in policies.filter(|(address, _)| !elsewhere.has(address)) {
        let extent = draft
            .generated
            .as_ref()
            .map(|all| all.get(address).copied());
        if let Some(Some(extent)) = extent {
            let settings = fields(address, &policy.clone().into());
            let entry = std::iter::once(generated::entry(extent)).chain(settings);
            let entry = draft.with_allowed(address, entry.collect());
            entries.push(ImportedEntry::new(&address.name, entry).about(address.clone()));
            continue;
        }
        let comment = extent.and_then(|_| generated::comment(policy));
        let entry = match policy::source(&policy.policy, draft.form(address), &references) {
            PolicySource::Rules(rules) => ImportedEntry::new("rules", rules),
            PolicySource::File { text, comment } => {
                let path = files.free("policies", &file_name(&address.name), "hcl");
                let entry = ImportedEntry::new("file", &*path.to_string_lossy());
                files.add(path, NewFile::whole(text, address.clone()));
                entry.with_comment(comment)
            }
        };
        let settings = fields(address, &policy.clone().into());
        let entry = [entry].into_iter().chain(settings).collect::<Vec<_>>();
        let entry = draft.with_allowed(address, entry);
        let entry = ImportedEntry::new(&address.name, entry).about(address.clone());
        entries.push(entry.with_comment(comment.map(str::to_owned)));
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
fn unmanaged(draft: &Draft<'_>) -> Vec<ImportedEntry> {
    let mut keys: Vec<_> = Kind::ALL
        .iter()
        .copied()
        .filter_map(|kind| Some((kind.unmanaged()?.key, kind)))
        .collect();
    keys.sort_unstable();
    keys.into_iter()
        .filter_map(|(key, kind)| {
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
                .map(|(address, _)| ImportedValue::Text(globset::escape(&address.name)));
            let comment = roles
                .iter()
                .map(|(address, reason)| format!("{}: {reason}", address.name));
            let entry =
                ImportedEntry::new(key, ImportedValue::List(names.collect())).with_comment(comment);
            (!roles.is_empty()).then_some(entry)
        })
        .collect()
}
