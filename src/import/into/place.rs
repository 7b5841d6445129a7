//! Where the files declare a resource, or would.

use std::path::{Path, PathBuf};

use super::folder::EditedFolder;
use crate::files::PLATFORM;
use crate::import::environment_name::fitting;
use crate::mappings::platform::MappingRules;
use crate::mappings::{Loaded, ProjectFile};
use crate::resource::{Address, AwsRole, Typed};
use crate::value::ProjectId;
use crate::yaml::{EditedText, Step};

/// A place in the files: a file, and the keys in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePlace {
    /// The file, relative to the mappings folder.
    pub(super) file: PathBuf,
    /// The keys that lead to the entry.
    pub(super) keys: Vec<String>,
}

impl FilePlace {
    /// An entry of `vault.yaml`.
    pub(super) fn in_platform(keys: &[&str]) -> Self {
        Self {
            file: PLATFORM.into(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    /// The path of its value.
    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        self.keys.iter().map(|key| Step::Key(key)).collect()
    }
}

/// How mappings become roles, if this is a role of the engine that has these.
pub(super) fn rules_of<'l>(loaded: &'l Loaded, address: &Address) -> Option<&'l MappingRules> {
    let rules = loaded.platform.as_ref()?.platform.mappings.as_ref()?;
    let is_there = address.kind == AwsRole::KIND && rules.secrets.as_str() == address.mount;
    is_there.then_some(rules)
}

impl EditedFolder<'_> {
    /// The mapping that becomes this role.
    pub(super) fn mapping(&self, address: &Address) -> Option<FilePlace> {
        let rules = rules_of(&self.loaded, address)?;
        let mut roles = self.loaded.folder().roles(rules);
        let mapped = roles.find(|mapped| mapped.name == address.name)?;
        Some(FilePlace {
            file: self.relative(self.loaded.sources.path(mapped.file)),
            keys: mapped.keys.iter().map(|key| (*key).to_owned()).collect(),
        })
    }

    /// The entry of `vault.yaml` that declares a resource: its own, or the one that it is a copy of.
    pub(super) fn declared(&self, document: &EditedText, address: &Address) -> Option<FilePlace> {
        let keys = address.keys();
        let own = FilePlace::in_platform(&keys);
        if document.at(&own.steps()).is_some() {
            return Some(own);
        }
        let (name, section) = keys.split_last()?;
        let section = FilePlace::in_platform(section);
        let mut entries = document.at(&section.steps())?.entries().iter();
        let template = entries.find(|entry| {
            entry.value.entry("for_each").is_some() && fitting(&entry.key, name).is_some()
        })?;
        let mut place = section;
        place.keys.push(template.key.clone());
        Some(place)
    }

    /// The places that a mapping of a role with this name may have, and for a project without a file the project.
    pub(super) fn new_mappings(&self, address: &Address) -> Option<(ProjectId, Vec<Vec<String>>)> {
        let rules = rules_of(&self.loaded, address)?;
        let (id, environment) = rules.role_name.parts(&address.name)?;
        let id: ProjectId = id.parse().ok()?;
        let Some(environment) = environment else {
            return Some((id, vec![vec!["default".to_owned()]]));
        };
        let within = |keys: &[&str]| {
            let keys = std::iter::once("environments").chain(keys.iter().copied());
            keys.map(str::to_owned).collect::<Vec<_>>()
        };
        let mut all = vec![within(&[environment])];
        for (at, _) in environment.match_indices('-') {
            all.push(within(&[
                &environment[..at],
                "roles",
                &environment[at + 1..],
            ]));
        }
        Some((id, all))
    }

    /// The file of a project.
    pub(super) fn project_file(&self, id: ProjectId) -> Option<PathBuf> {
        let is_its = |file: &&ProjectFile| file.project.id == id;
        let file = self.loaded.projects.iter().find(is_its)?;
        Some(self.relative(self.loaded.sources.path(file.file)))
    }

    fn relative(&self, path: &str) -> PathBuf {
        let path = Path::new(path);
        path.strip_prefix(self.directory).unwrap_or(path).to_owned()
    }
}
