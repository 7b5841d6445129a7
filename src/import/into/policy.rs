//! The text of a policy: its rules one by one, or its file as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::folder::{EditedFolder, LAYOUT};
use super::place::FilePlace;
use super::reconcile::reconcile;
use crate::acl::{self, Rule, Rules};
use crate::files::Edits;
use crate::import::fields;
use crate::import::policy::{References, with_escapes};
use crate::resource::Policy;
use crate::yaml::{EditedText, Step};

/// Brings a policy from what the files want to what Vault holds.
pub(super) fn edit(
    folder: &EditedFolder<'_>,
    edits: &mut Edits,
    place: &FilePlace,
    live: &Policy,
    wanted: &Policy,
) -> Result<BTreeSet<PathBuf>, String> {
    let desired = folder.loaded.desired.iter();
    let mounts = desired.flat_map(|desired| desired.resources.keys());
    let references = References::to(mounts, &folder.live.accessors);
    let mut changed = BTreeSet::new();
    let settings = (wanted.settings(), live.settings());
    if settings.0 != settings.1 {
        changed.extend(folder.in_file(edits, &place.file, |document| {
            reconcile(document, &place.steps(), &settings.0, &settings.1)
        })?);
    }
    if acl::same(&live.policy, &wanted.policy) {
        return Ok(changed);
    }
    let document = folder.document(edits, &place.file)?;
    let entry = document.at(&place.steps()).ok_or(LAYOUT)?;
    let file = entry.entry("file").and_then(|file| file.value.text());
    if let Some(file) = file {
        let text =
            references.put_into(&with_escapes(&live.policy).unwrap_or_else(|| live.policy.clone()));
        let file = Path::new(file).to_owned();
        edits.insert(file.clone(), text);
        changed.insert(file);
        return Ok(changed);
    }
    entry
        .entry("rules")
        .ok_or("its text is computed from the files")?;
    let (wanted, live) = (rules_of(&wanted.policy)?, rules_of(&live.policy)?);
    changed.extend(folder.in_file(edits, &place.file, |document| {
        edit_rules(document, place, &references, &wanted, &live)
    })?);
    Ok(changed)
}

fn rules_of(text: &str) -> Result<Rules, String> {
    acl::parse(text).map_err(|error| format!("rules can't hold it: {error}"))
}

/// Changes the rules whose paths both have, removes those that Vault lacks, and adds those that only Vault has.
fn edit_rules(
    document: &mut EditedText,
    place: &FilePlace,
    references: &References,
    wanted: &[Rule],
    live: &[Rule],
) -> Option<()> {
    let list = [&place.steps()[..], &[Step::Key("rules")]].concat();
    let by_path: BTreeMap<&str, &Rule> =
        live.iter().map(|rule| (rule.path.as_str(), rule)).collect();
    let known: BTreeSet<&str> = wanted.iter().map(|rule| rule.path.as_str()).collect();
    // A rule that stands for several, or a path that is there twice, has no place of its own.
    let has_places = document.at(&list)?.items().len() == wanted.len();
    if !has_places || by_path.len() != live.len() || known.len() != wanted.len() {
        return None;
    }
    for (index, wanted) in wanted.iter().enumerate().rev() {
        let item = [&list[..], &[Step::Item(index)]].concat();
        match by_path.get(wanted.path.as_str()) {
            Some(live) => reconcile(document, &item, &fields_of(wanted), &fields_of(live))?,
            None => document.remove(&item)?,
        }
    }
    for new in live
        .iter()
        .filter(|rule| !known.contains(rule.path.as_str()))
    {
        let mut rule = new.clone();
        rule.path = references.put_into(new.path.as_str()).try_into().ok()?;
        document.add_item(&list, &fields::rule(&rule))?;
    }
    Some(())
}

/// What a rule says, without its reason, which means nothing to Vault.
fn fields_of(rule: &Rule) -> Map<String, Json> {
    let rule = Rule {
        description: None,
        ..rule.clone()
    };
    match serde_json::to_value(rule) {
        Ok(Json::Object(fields)) => fields,
        _ => Map::new(),
    }
}
