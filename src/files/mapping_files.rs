//! Reads the files of a mappings directory: regular files inside it, of bounded size, in UTF-8 without hidden characters.

use std::path::{Path, PathBuf};

use super::read::{Edits, ReadError, Root};
use super::walk::{self, CONTRACT, PLATFORM, PROJECTS};
use crate::diagnostic::{Diagnostic, FileId, Sources, Span};
use crate::digest;

/// The path of a project's file without its ending. Hidden files and folders that look like files are not read, so that
/// their names are changed.
pub(crate) fn file_stem(project: &str) -> String {
    let visible = |segment: &str| {
        let ending = segment.to_ascii_lowercase();
        if segment.starts_with('.') || ending.ends_with(".yaml") || ending.ends_with(".yml") {
            segment.replace('.', "-")
        } else {
            segment.to_owned()
        }
    };
    project
        .split('/')
        .map(visible)
        .collect::<Vec<_>>()
        .join("/")
}

/// The same for a project: one with the name `group` gives way to the file of its group.
pub(crate) fn stem_of_project(path: &str) -> String {
    let stem = file_stem(path);
    match stem.rsplit_once('/') {
        Some((folder, name)) if name.eq_ignore_ascii_case("group") => format!("{folder}/-{name}"),
        _ => stem,
    }
}

/// The files of a mappings directory.
#[derive(Debug)]
pub(crate) struct MappingFiles {
    /// The texts, and the paths as messages show them.
    pub(crate) sources: Sources,
    /// `vault.yaml`, if it can be read.
    pub(crate) platform: Option<FileId>,
    /// `contract.yaml`, if it is there and can be read.
    pub(crate) contract: Option<FileId>,
    /// `projects/**/*.yaml` that can be read, by path.
    pub(crate) projects: Vec<FileId>,
    root: Root,
}

/// [`read`] of a directory that messages call by another name.
pub(crate) fn read_as(
    directory: &Path,
    name: &Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> MappingFiles {
    read_root(directory, name, &Edits::new(), diagnostics)
}

/// Reads `directory`, as if the edits were already written. Whatever cannot be read is reported and left out.
pub(crate) fn read(
    directory: &Path,
    edits: &Edits,
    diagnostics: &mut Vec<Diagnostic>,
) -> MappingFiles {
    read_root(directory, directory, edits, diagnostics)
}

fn read_root(
    directory: &Path,
    name: &Path,
    edits: &Edits,
    diagnostics: &mut Vec<Diagnostic>,
) -> MappingFiles {
    let mut files = MappingFiles {
        sources: Sources::default(),
        platform: None,
        contract: None,
        projects: Vec::new(),
        root: Root::new(directory, name, edits),
    };
    if let Err(error) = files.root.check() {
        files.report(Path::new(""), &error, diagnostics);
        return files;
    }
    let mut found = walk::walk(directory);
    for path in edits.keys().filter(|path| path.starts_with(PROJECTS)) {
        if let Err(at) = found.projects.binary_search(path) {
            found.projects.insert(at, path.clone());
        }
    }
    for (path, finding) in found.findings {
        let file = files.sources.add(files.root.display(&path), "");
        diagnostics.push(finding.diagnostic(Span::top(file)));
    }
    files.platform = files.load(&[PathBuf::from(PLATFORM)], diagnostics).pop();
    if files.root.has_entry(Path::new(CONTRACT)) {
        files.contract = files.load(&[PathBuf::from(CONTRACT)], diagnostics).pop();
    }
    files.projects = files.load(&found.projects, diagnostics);
    files
}

impl MappingFiles {
    /// A file's path in the mappings directory.
    pub(crate) fn relative(&self, file: FileId) -> &str {
        self.root.relative(self.sources.path(file))
    }

    /// The text of a file in the directory, if it can be read.
    pub(crate) fn text_at(&self, path: &Path) -> Option<String> {
        match self.sources.find(&self.root.display(path)) {
            Some(file) => Some(self.sources.text(file).to_owned()),
            None => self.root.read(path).ok(),
        }
    }

    /// A digest of the paths and texts of all files that were read, in hexadecimal: the same wherever the folder is.
    pub(crate) fn digest(&self) -> String {
        let read = self.sources.iter().filter(|(_, text)| !text.is_empty());
        digest::hex(
            read.flat_map(|(path, text)| [self.root.relative(path), text]),
            32,
        )
    }

    /// Reads a file that another one names, such as a policy's text, unless it was read before. `path` is relative to
    /// the mappings folder, and `at` is where it is named.
    pub(crate) fn read_referenced(
        &mut self,
        path: &str,
        at: Span,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<FileId> {
        let path = Path::new(path);
        let name = self.root.display(path);
        if let Some(file) = self.sources.find(&name) {
            return Some(file);
        }
        match self.root.read(path) {
            Ok(text) => Some(self.sources.add(name, text)),
            Err(error) => {
                diagnostics.push(error.diagnostic(at).with_label("named here"));
                None
            }
        }
    }

    fn load(&mut self, paths: &[PathBuf], diagnostics: &mut Vec<Diagnostic>) -> Vec<FileId> {
        let texts = self.root.read_all(paths);
        let mut loaded = Vec::with_capacity(paths.len());
        for (path, text) in paths.iter().zip(texts) {
            match text {
                Ok(text) => loaded.push(self.sources.add(self.root.display(path), text)),
                Err(error) => self.report(path, &error, diagnostics),
            }
        }
        loaded
    }

    fn report(&mut self, path: &Path, error: &ReadError, diagnostics: &mut Vec<Diagnostic>) {
        let (text, start, end) = error.excerpt();
        let file = self.sources.add(self.root.display(path), text);
        diagnostics.push(error.diagnostic(Span::new(file, start, end)));
    }
}
