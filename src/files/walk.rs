//! Finds the project files, and files that are probably meant to be one.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, Span};

/// The platform's file.
pub(crate) const PLATFORM: &str = "vault.yaml";

/// The contract's file.
pub(super) const CONTRACT: &str = "contract.yaml";

/// The directory of the project files.
pub(crate) const PROJECTS: &str = "projects";

/// What is in a mappings directory. Paths are relative to it.
#[derive(Debug, Default)]
pub(super) struct FoundFiles {
    /// The project files, by path.
    pub(super) projects: Vec<PathBuf>,
    /// Everything to report.
    pub(super) findings: Vec<(PathBuf, WalkFinding)>,
}

/// Something in the directory that is not read.
#[derive(Debug)]
pub(super) enum WalkFinding {
    /// `.yml`, `.YAML`: almost the ending of a mapping file.
    Ending,
    /// A YAML file beside `vault.yaml`, where none is read.
    OutsideProjects,
    /// Anything else that is not a note.
    Ignored,
    /// A directory behind a symbolic link: it could lead outside, or in circles.
    LinkedDirectory,
    /// A directory with the name of a file.
    Directory,
    /// `projects` is there and is no directory.
    NotADirectory,
    /// A directory that cannot be listed.
    Unreadable(io::Error),
}

/// Lists everything below `root`, without opening a file.
pub(super) fn walk(root: &Path) -> FoundFiles {
    let mut found = FoundFiles::default();
    found.look_beside_projects(root);
    found.look_into(root, PathBuf::from(PROJECTS));
    found.findings.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

/// What a directory entry is, with symbolic links followed one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Directory,
    LinkedDirectory,
    /// A file, or something that reading will complain about.
    Other,
}

/// What a directory holds, in the order of the names.
fn list(root: &Path, directory: &Path) -> io::Result<Vec<(PathBuf, EntryKind)>> {
    let entries = fs::read_dir(root.join(directory))?;
    let named = entries.map(|entry| entry.map(|entry| (entry.file_name(), entry)));
    let mut named = named.collect::<io::Result<Vec<_>>>()?;
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    let kinds = named.into_iter().map(|(name, entry)| {
        let file_type = entry.file_type()?;
        let kind = if file_type.is_dir() {
            EntryKind::Directory
        } else if file_type.is_symlink() && entry.path().is_dir() {
            EntryKind::LinkedDirectory
        } else {
            EntryKind::Other
        };
        Ok((directory.join(name), kind))
    });
    kinds.collect()
}

/// A platform without any project has no `projects`.
fn is_optional(directory: &Path, error: &io::Error) -> bool {
    directory == Path::new(PROJECTS) && error.kind() == io::ErrorKind::NotFound
}

impl FoundFiles {
    fn look_beside_projects(&mut self, root: &Path) {
        // What cannot be listed shows when vault.yaml is read.
        for (path, kind) in list(root, Path::new("")).unwrap_or_default() {
            let is_file = kind == EntryKind::Other && !is_hidden(&path);
            let is_read = [PLATFORM, CONTRACT]
                .iter()
                .any(|name| path == Path::new(name));
            if !is_file || is_read {
                continue;
            }
            match Ending::of(&path) {
                Ending::Yaml => self.findings.push((path, WalkFinding::OutsideProjects)),
                Ending::AlmostYaml => self.findings.push((path, WalkFinding::Ending)),
                Ending::Note | Ending::Other => {}
            }
        }
    }

    /// Looks at all that is below a directory; the project files come in the order of their paths.
    fn look_into(&mut self, root: &Path, directory: PathBuf) {
        match list(root, &directory) {
            Ok(entries) => {
                for (path, kind) in entries {
                    self.look_at(root, path, kind);
                }
            }
            Err(error) if is_optional(&directory, &error) => {}
            Err(error) => self.findings.push((directory, WalkFinding::of_list(error))),
        }
    }

    fn look_at(&mut self, root: &Path, path: PathBuf, kind: EntryKind) {
        let ending = Ending::of(&path);
        if is_hidden(&path) {
            if ending == Ending::Yaml && kind == EntryKind::Other {
                self.findings.push((path, WalkFinding::Ignored));
            }
            return;
        }
        match (kind, ending) {
            (EntryKind::LinkedDirectory, _) => {
                self.findings.push((path, WalkFinding::LinkedDirectory))
            }
            (EntryKind::Directory, Ending::Yaml | Ending::AlmostYaml) => {
                self.findings.push((path, WalkFinding::Directory));
            }
            (EntryKind::Directory, _) => self.look_into(root, path),
            (EntryKind::Other, Ending::Yaml) => self.projects.push(path),
            (EntryKind::Other, Ending::AlmostYaml) => {
                self.findings.push((path, WalkFinding::Ending))
            }
            (EntryKind::Other, Ending::Other) => self.findings.push((path, WalkFinding::Ignored)),
            (EntryKind::Other, Ending::Note) => {}
        }
    }
}

/// How a file's name ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Yaml,
    AlmostYaml,
    /// `.md`, and names in capitals without an ending, such as CODEOWNERS: notes for people.
    Note,
    Other,
}

impl Ending {
    fn of(path: &Path) -> Self {
        let Some(ending) = path.extension().map(OsStr::to_string_lossy) else {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return if name.contains(char::is_lowercase) {
                Self::Other
            } else {
                Self::Note
            };
        };
        match ending.to_ascii_lowercase().as_str() {
            "yaml" if ending == "yaml" => Self::Yaml,
            "yaml" | "yml" => Self::AlmostYaml,
            "md" => Self::Note,
            _ => Self::Other,
        }
    }
}

/// By the convention of Unix: editors leave such files behind.
fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

impl WalkFinding {
    fn of_list(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotADirectory => Self::NotADirectory,
            _ => Self::Unreadable(error),
        }
    }

    pub(super) fn diagnostic(&self, span: Span) -> Diagnostic {
        match self {
            Self::Ending => Diagnostic::error(Code::FileName, "mapping files end in `.yaml`", span)
                .with_help("rename it; it is not read under this name"),
            Self::OutsideProjects => {
                Diagnostic::warning(Code::IgnoredFile, "this file is not read", span)
                    .with_help("move it below `projects` if it belongs to a project")
            }
            Self::Ignored => Diagnostic::warning(Code::IgnoredFile, "this file is not read", span)
                .with_help("rename it to end in `.yaml` if it is a project's file"),
            Self::LinkedDirectory => Diagnostic::error(
                Code::LinkedDirectory,
                "symbolic links to directories are not followed",
                span,
            )
            .with_help("move the files here"),
            Self::Directory => Diagnostic::error(
                Code::NotAFile,
                "this is a directory with the name of a file",
                span,
            )
            .with_help("rename it; a project's file is expected under this name"),
            Self::NotADirectory => {
                Diagnostic::error(Code::NotADirectory, "this is not a directory", span)
                    .with_help("put one file for each project into a directory of this name")
            }
            Self::Unreadable(error) => Diagnostic::error(
                Code::Unreadable,
                format!("this directory cannot be read: {error}"),
                span,
            ),
        }
    }
}
