//! Live -> files: writes what Vault holds, so that a plan of the files has no changes.
//!
//! A [`Draft`] makes the files. [`proof`] loads and plans them, and the draft writes each resource with a mistake or a
//! change in its next [`Form`], until there is none. So no rule of the files is repeated here, and an import that succeeds
//! has proved that a plan of its files has no changes.

mod fields;
mod paths;
mod platform;
mod policy;
mod projects;
mod proof;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

pub(crate) use paths::{PathsError, ProjectPaths};

use self::projects::Mappings;
use crate::files::{Folder, FolderError};
use crate::live::Discovery;
use crate::plan::Warning;
use crate::resource::{Address, Kind, Resource, Typed};
use crate::yaml::{self, NewFile};

/// An entry of a file, which may be about a resource.
type Entry = yaml::NewEntry<Address>;

/// A value of a file.
type Value = yaml::NewValue<Address>;

/// The result of an import.
#[derive(Debug)]
pub(crate) struct Imported {
    /// How many resources of each kind the files hold.
    pub(crate) counts: BTreeMap<Kind, usize>,
    /// How many projects have a file.
    pub(crate) projects: usize,
    /// How many of them have an invented path.
    pub(crate) without_path: usize,
    /// What the files don't hold, and why.
    pub(crate) left_out: BTreeMap<Address, String>,
    /// API paths that this server can't list: nothing there is in the files.
    pub(crate) unlistable: Vec<String>,
    /// The warnings of a plan of the files.
    pub(crate) warnings: Vec<Warning>,
}

/// Why there are no files.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// They can't be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A plan of the files changes what they leave out.
    #[error(
        "the files would change {0}, which they leave out; please report this, nothing was written"
    )]
    NotLeftAlone(Address),
    /// They have an error that belongs to no resource.
    #[error(
        "{file}:{line} would have an error: {message}; please report this, nothing was written"
    )]
    NotGood {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}

/// Writes files into the folder for which a plan has no changes.
///
/// # Errors
/// When a file can't be written, or the files have an error that belongs to no resource.
pub(crate) fn import(
    discovery: &Discovery,
    paths: &ProjectPaths,
    folder: &Folder,
) -> Result<Imported, ImportError> {
    let mut draft = Draft::new(discovery, paths);
    loop {
        let files = draft.files();
        folder.write(&files.texts)?;
        let proof = proof::of(&folder.path(), &files, &discovery.live)?;
        if proof.objections.is_empty() {
            return Ok(draft.imported(proof.warnings));
        }
        for (address, reason) in proof.objections {
            draft.object(address, reason)?;
        }
    }
}

/// How the files express a resource, from the best form to none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Form {
    /// A role as a project's mapping, a policy as rules, and everything else as it is.
    #[default]
    Short,
    /// A role with all its fields, a policy as a file of its text.
    Plain,
    /// Left out, so that a plan does not change it.
    LeftOut,
}

/// The files to write for what Vault holds.
#[derive(Debug)]
struct Draft<'d> {
    discovery: &'d Discovery,
    paths: &'d ProjectPaths,
    forms: BTreeMap<Address, Form>,
    left_out: BTreeMap<Address, String>,
}

impl<'d> Draft<'d> {
    fn new(discovery: &'d Discovery, paths: &'d ProjectPaths) -> Self {
        let mut draft = Self {
            discovery,
            paths,
            forms: BTreeMap::new(),
            left_out: BTreeMap::new(),
        };
        for (address, reason) in &discovery.unreadable {
            draft.leave_out(address.clone(), reason.clone());
        }
        for (address, resource) in &discovery.live.resources {
            if let Some(reason) = resource.unwritable() {
                draft.leave_out(address.clone(), reason.into());
            }
        }
        draft
    }

    fn files(&self) -> Files {
        let mappings = Mappings::of(self);
        let mut files = Files::default();
        platform::write(self, &mappings, &mut files);
        mappings.write(self.paths, &mut files);
        files
    }

    /// Writes a resource in the next form, after an objection to the one that it has.
    fn object(&mut self, address: Address, reason: String) -> Result<(), ImportError> {
        match self.form(&address) {
            Form::Short if address.kind.has_short_form() => {
                self.forms.insert(address, Form::Plain);
            }
            Form::Short | Form::Plain => self.leave_out(address, reason),
            Form::LeftOut => return Err(ImportError::NotLeftAlone(address)),
        }
        Ok(())
    }

    fn leave_out(&mut self, address: Address, reason: String) {
        self.forms.insert(address.clone(), Form::LeftOut);
        self.left_out.insert(address, reason);
    }

    fn form(&self, address: &Address) -> Form {
        self.forms.get(address).copied().unwrap_or_default()
    }

    /// Whether the files hold it.
    fn has(&self, address: &Address) -> bool {
        self.discovery.live.resources.contains_key(address)
            && self.form(address) != Form::LeftOut
            && address.depends_on().is_none_or(|mount| self.has(&mount))
    }

    /// What the files hold of a kind, in the order of reports.
    fn all(&self, kind: Kind) -> impl Iterator<Item = (&'d Address, &'d Resource)> {
        let resources = self.discovery.live.resources.iter();
        resources.filter(move |(address, _)| address.kind == kind && self.has(address))
    }

    /// What the files hold of a type, in the order of reports.
    fn all_of<T: Typed + 'd>(&self) -> impl Iterator<Item = (&'d Address, &'d T)> {
        self.all(T::KIND)
            .filter_map(|(address, resource)| Some((address, T::of(resource)?)))
    }

    /// The mounts in the files that a kind can live in.
    fn mounts_of(&self, kind: Kind) -> impl Iterator<Item = (&'d Address, &'d Resource)> {
        let mounts = self.discovery.live.resources.iter();
        mounts.filter(move |(address, mount)| {
            let inside = Address::of_mount(kind, &address.mount);
            inside.depends_on().as_ref() == Some(address)
                && mount.holds(&inside)
                && self.has(address)
        })
    }

    /// What the files hold of a kind in a mount.
    fn inside(&self, kind: Kind, mount: &str) -> impl Iterator<Item = (&'d Address, &'d Resource)> {
        self.all(kind)
            .filter(move |(address, _)| address.mount == mount)
    }

    fn imported(self, warnings: Vec<Warning>) -> Imported {
        let mappings = Mappings::of(&self);
        let count = |kind: &Kind| (*kind, self.all(*kind).count());
        Imported {
            counts: Kind::ALL.iter().map(count).collect(),
            projects: mappings.projects.len(),
            without_path: mappings.without_path(self.paths),
            left_out: self.left_out,
            unlistable: self.discovery.live.unlisted.keys().cloned().collect(),
            warnings,
        }
    }
}

/// The files of a mappings folder, and the places of the resources in them.
#[derive(Debug, Default)]
struct Files {
    texts: BTreeMap<PathBuf, String>,
    places: BTreeMap<PathBuf, Vec<(Range<usize>, Address)>>,
}

impl Files {
    fn add(&mut self, path: PathBuf, file: NewFile<Address>) {
        self.texts.insert(path.clone(), file.text);
        self.places.insert(path, file.places);
    }

    /// A path that no other file has: this one, or with a number before its ending.
    fn free(&self, folder: &str, name: &str, ending: &str) -> PathBuf {
        let numbered = |number: usize| match number {
            1 => PathBuf::from(format!("{folder}/{name}.{ending}")),
            _ => PathBuf::from(format!("{folder}/{name}-{number}.{ending}")),
        };
        let mut paths = (1..).map(numbered);
        let is_free = |path: &PathBuf| !self.texts.contains_key(path);
        paths.find(is_free).unwrap_or_default()
    }

    /// The resource that a place in a file is about.
    fn about(&self, path: &Path, offset: usize) -> Option<&Address> {
        let places = self.places.get(path)?.iter();
        let around = places.filter(|(range, _)| range.contains(&offset));
        let innermost = around.min_by_key(|(range, _)| range.len());
        innermost.map(|(_, address)| address)
    }
}
