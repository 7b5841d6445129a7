//! The files that an import writes, and what they are made of.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::resource::Address;
use crate::yaml::{self, NewFile};

/// An entry of a file, which may be about a resource.
pub(super) type ImportedEntry = yaml::NewEntry<Address>;

/// A value of a file.
pub(super) type ImportedValue = yaml::NewValue<Address>;

/// The files of a mappings folder, and the places of the resources in them.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) texts: BTreeMap<PathBuf, String>,
    pub(super) places: BTreeMap<PathBuf, Vec<(Range<usize>, Address)>>,
}

impl Files {
    pub(super) fn add(&mut self, path: PathBuf, file: NewFile<Address>) {
        self.texts.insert(path.clone(), file.text);
        self.places.insert(path, file.places);
    }

    /// A path that no other file has: this one, or with a number before its ending.
    pub(super) fn free(&self, folder: &str, name: &str, ending: &str) -> PathBuf {
        let numbered = |number: usize| match number {
            1 => PathBuf::from(format!("{folder}/{name}.{ending}")),
            _ => PathBuf::from(format!("{folder}/{name}-{number}.{ending}")),
        };
        let mut paths = (1..).map(numbered);
        let is_free = |path: &PathBuf| !self.texts.contains_key(path);
        paths.find(is_free).unwrap_or_default()
    }

    /// The resource that a place in a file is about.
    pub(super) fn about(&self, path: &Path, offset: usize) -> Option<&Address> {
        let innermost = self
            .places
            .get(path)?
            .iter()
            .filter(|(range, _)| range.contains(&offset))
            .min_by_key(|(range, _)| range.len());
        innermost.map(|(_, address)| address)
    }
}
