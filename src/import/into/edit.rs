//! One edit: the files declare what Vault holds of one resource.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::folder::{EditedFolder, LAYOUT};
use super::place::FilePlace;
use super::policy;
use super::reconcile::reconcile;
use crate::files::{Edits, PLATFORM};
use crate::mappings;
use crate::plan::{Action, Change};
use crate::resource::{Address, Held, Policy, Resource, Typed};
use crate::value::ProjectId;
use crate::yaml::{self, EditedValue, NewEntry, Step};

/// How a role that only Vault has gets into the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddedAs {
    /// As a mapping of its project, where it has the name of one.
    Mapping,
    /// As a role in `vault.yaml`.
    Role,
}

/// Adds the edit for a change, and returns the files that it is in.
pub(super) fn edit(
    folder: &EditedFolder<'_>,
    edits: &mut Edits,
    change: &Change,
    form: AddedAs,
) -> Result<BTreeSet<PathBuf>, String> {
    let address = &change.address;
    match &change.action {
        Action::Create { .. } => {
            let place = declared(folder, edits, address)?;
            if place.keys != address.keys() && folder.mapping(address).is_none() {
                return Err(copy_of(&place));
            }
            folder.in_file(edits, &place.file, |document| {
                document.remove(&place.steps())
            })
        }
        Action::Update { before, after } => {
            let before = before.readable().ok_or("it can't be read")?;
            let place = declared(folder, edits, address)?;
            if let (Some(live), Some(wanted)) = (Policy::of(before), Policy::of(after)) {
                return policy::edit(folder, edits, &place, live, wanted);
            }
            update(folder, edits, address, &place, (after, before))
        }
        Action::Delete {
            before: Held::Readable(before),
        } => add(folder, edits, address, before, form),
        Action::Delete { .. } => Err("it can't be read".to_owned()),
    }
}

fn copy_of(place: &FilePlace) -> String {
    format!(
        "it is a copy of `{}`, which the files declare for all environments",
        place.keys.last().map_or("", String::as_str)
    )
}

/// Where the files declare a resource.
fn declared(
    folder: &EditedFolder<'_>,
    edits: &Edits,
    address: &Address,
) -> Result<FilePlace, String> {
    if let Some(place) = folder.mapping(address) {
        return Ok(place);
    }
    let document = folder.document(edits, Path::new(PLATFORM))?;
    let place = folder.declared(&document, address);
    place.ok_or_else(|| "it follows from other entries of the files".to_owned())
}

/// Brings the entry from what the files want to what Vault holds.
fn update(
    folder: &EditedFolder<'_>,
    edits: &mut Edits,
    address: &Address,
    place: &FilePlace,
    (wanted, live): (&Resource, &Resource),
) -> Result<BTreeSet<PathBuf>, String> {
    let is_mapping = folder.mapping(address).is_some();
    let fields = |resource: &Resource| {
        let fields = resource.written(address);
        if is_mapping {
            of_mapping(fields)
        } else {
            fields
        }
    };
    let (wanted, live) = (fields(wanted), fields(live));
    folder.in_file(edits, &place.file, |document| {
        let steps = place.steps();
        if document.at(&steps)?.text().is_some() {
            // A mapping that is an ARN alone.
            return document.set(&steps, entry_value(live));
        }
        let wanted: Map<String, Json> = wanted.into_iter().collect();
        reconcile(document, &steps, &wanted, &live.into_iter().collect())
    })
}

/// The fields of a role as its mapping has them.
fn of_mapping(fields: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let fields = fields
        .into_iter()
        .map(|(name, value)| match (name.as_str(), value) {
            ("role_arns", Json::Array(arns)) if arns.len() == 1 => (
                "role_arn".to_owned(),
                arns.into_iter().next().unwrap_or_default(),
            ),
            (_, value) => (name, value),
        });
    fields.collect()
}

/// A mapping's value: its ARN, where nothing else is set.
fn entry_value(fields: Vec<(String, Json)>) -> EditedValue {
    match fields.as_slice() {
        [(name, arn)] if name == "role_arn" => arn.clone().into(),
        _ => map(fields),
    }
}

fn map(fields: Vec<(String, Json)>) -> EditedValue {
    let fields = fields.into_iter();
    EditedValue::Map(
        fields
            .map(|(name, value)| NewEntry::new(name, value))
            .collect(),
    )
}

/// Puts what only Vault has into the files.
fn add(
    folder: &EditedFolder<'_>,
    edits: &mut Edits,
    address: &Address,
    live: &Resource,
    form: AddedAs,
) -> Result<BTreeSet<PathBuf>, String> {
    let fields = live.written(address);
    let new = (form == AddedAs::Mapping)
        .then(|| folder.new_mappings(address))
        .flatten();
    let Some((id, places)) = new else {
        let place = FilePlace::in_platform(&address.keys());
        return folder.in_file(edits, &place.file, |document| {
            document.set(&place.steps(), map(fields))
        });
    };
    let value = entry_value(of_mapping(fields));
    let Some(file) = folder.project_file(id) else {
        let keys = places.into_iter().next().unwrap_or_default();
        return new_project(folder, edits, id, keys, value);
    };
    // A name in parts is that of one of several roles, if the file has several of the environment.
    let text = folder.document(edits, &file)?;
    let roles = |keys: &&Vec<String>| {
        let keys: Vec<Step<'_>> = keys.iter().map(|key| Step::Key(key)).collect();
        keys.split_last()
            .is_some_and(|(_, roles)| roles.len() > 1 && text.at(roles).is_some())
    };
    let keys = places.iter().find(roles).or(places.first()).ok_or(LAYOUT)?;
    let place = FilePlace {
        file,
        keys: keys.clone(),
    };
    folder.in_file(edits, &place.file, |document| {
        document.set(&place.steps(), value)
    })
}

/// A file for a project that has none.
fn new_project(
    folder: &EditedFolder<'_>,
    edits: &mut Edits,
    id: ProjectId,
    keys: Vec<String>,
    value: EditedValue,
) -> Result<BTreeSet<PathBuf>, String> {
    let path = folder.paths.of(id).ok_or_else(|| {
        format!("no file has the project {id}, and its path is unknown: name it with `--projects`, or set GITLAB_TOKEN")
    })?;
    let file = PathBuf::from(mappings::place_of_project(path.as_str()));
    if folder.text(edits, &file).is_none() {
        let id = EditedValue::Plain(id.get().into());
        let entries = vec![
            NewEntry::new("project", path.as_str()),
            NewEntry::new("id", id),
        ];
        edits.insert(file.clone(), yaml::write(&[entries]).text);
    }
    let place = FilePlace { file, keys };
    folder.in_file(edits, &place.file, |document| {
        document.set(&place.steps(), value)
    })
}
