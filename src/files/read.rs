//! Reads one file within bounds, or explains why it cannot be used.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use thiserror::Error;

use crate::diagnostic::{Code, Diagnostic, Span, is_hidden};

/// A project's file has a few hundred bytes, and the largest `vault.yaml` far less than this.
pub(super) const MAX_BYTES: u64 = 8 << 20;

/// Why a file cannot be used.
#[derive(Debug, Error)]
pub(super) enum ReadError {
    #[error("there is no such file")]
    Missing,
    #[error("there is no such directory")]
    NoRoot,
    #[error("this is not a directory")]
    RootIsNoDirectory,
    #[error("this is a directory, not a file")]
    Directory,
    #[error("this is not a regular file")]
    Special,
    #[error("this path leads outside the mappings directory")]
    Outside,
    #[error("the file is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
    #[error("this is not UTF-8: byte {offset} is 0x{byte:02X}")]
    NotUtf8 {
        offset: usize,
        byte: u8,
        lossy: String,
    },
    #[error("the file holds the hidden character U+{:04X}", u32::from(*.character))]
    Hidden {
        offset: usize,
        character: char,
        text: String,
    },
    #[error("it cannot be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        // A socket can't be opened.
        if error.raw_os_error() == Some(libc::ENXIO) {
            return Self::Special;
        }
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            io::ErrorKind::IsADirectory => Self::Directory,
            _ => Self::Io(error),
        }
    }
}

impl ReadError {
    /// The error, shown at `span`.
    pub(super) fn diagnostic(&self, span: Span) -> Diagnostic {
        let (code, help) = match self {
            Self::Missing => (Code::MissingFile, "create it, or correct its name"),
            Self::NoRoot => (
                Code::MissingDirectory,
                "name the directory that holds vault.yaml with `--mappings`",
            ),
            Self::RootIsNoDirectory => (
                Code::NotADirectory,
                "name the directory that holds vault.yaml with `--mappings`",
            ),
            Self::Directory | Self::Special => (Code::NotAFile, "put a file in its place"),
            Self::Outside => (
                Code::Outside,
                "put the file into the mappings directory, and name it relative to that",
            ),
            Self::TooLarge => (Code::TooLarge, "split it into one file for each project"),
            Self::NotUtf8 { lossy, .. } if looks_like_utf16(lossy) => {
                (Code::NotUtf8, "save it as UTF-8; this looks like UTF-16")
            }
            Self::NotUtf8 { .. } => (Code::NotUtf8, "save it as UTF-8"),
            Self::Hidden {
                character: '\r', ..
            } => (
                Code::HiddenCharacter,
                "save the file with the line endings of Unix or Windows",
            ),
            Self::Hidden { .. } => (Code::HiddenCharacter, "remove it; a reviewer cannot see it"),
            Self::Io(_) => (Code::Unreadable, "check what it is and who may read it"),
        };
        Diagnostic::error(code, self.to_string(), span).with_help(help)
    }

    /// The part of the text that could be read, and the place of the mistake in it.
    pub(super) fn excerpt(&self) -> (&str, usize, usize) {
        match self {
            Self::NotUtf8 { offset, lossy, .. } => (
                lossy,
                *offset,
                offset + char::REPLACEMENT_CHARACTER.len_utf8(),
            ),
            Self::Hidden {
                offset,
                character,
                text,
            } => (text, *offset, offset + character.len_utf8()),
            _ => ("", 0, 0),
        }
    }
}

/// The new texts of files, which are not written yet, by their paths relative to the mappings directory.
pub(crate) type Edits = BTreeMap<PathBuf, String>;

/// The mappings directory.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    /// What messages call it.
    name: PathBuf,
    /// The path without symbolic links.
    real: OnceLock<PathBuf>,
    /// Texts in place of those on disk.
    edits: Edits,
}

impl Root {
    pub(super) fn new(path: &Path, name: &Path, edits: &Edits) -> Self {
        Self {
            path: path.to_owned(),
            name: name.to_owned(),
            real: OnceLock::new(),
            edits: edits.clone(),
        }
    }

    /// A displayed path relative to the directory.
    pub(super) fn relative<'p>(&self, path: &'p str) -> &'p str {
        let relative = Path::new(path).strip_prefix(&self.name).ok();
        relative.and_then(Path::to_str).unwrap_or(path)
    }

    /// A path in the directory as the user would type it.
    pub(super) fn display(&self, relative: &Path) -> String {
        let path = if relative.as_os_str().is_empty() {
            self.name.clone()
        } else {
            self.name.join(relative)
        };
        path.display().to_string()
    }

    /// Checks that the directory exists.
    pub(super) fn check(&self) -> Result<(), ReadError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(ReadError::RootIsNoDirectory),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ReadError::NoRoot),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether there is something of this name: a link that leads nowhere too.
    pub(super) fn has_entry(&self, relative: &Path) -> bool {
        let entry = fs::symlink_metadata(self.path.join(relative));
        !matches!(entry, Err(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// The texts of files that the walk found, in the same order.
    pub(super) fn read_all(&self, paths: &[PathBuf]) -> Vec<Result<String, ReadError>> {
        paths.par_iter().map(|path| self.read_found(path)).collect()
    }

    /// The text of one file, without a byte order mark.
    pub(super) fn read(&self, relative: &Path) -> Result<String, ReadError> {
        if let Some(text) = self.edits.get(relative) {
            return Ok(text.clone());
        }
        let path = self.path.join(relative);
        self.check_inside(relative, &path)?;
        read(open(&path, 0)?)
    }

    /// Reads a file that the walk found. If it is not a link, it is inside the directory, so that its path need not be
    /// resolved again, which would take longer than reading it.
    fn read_found(&self, relative: &Path) -> Result<String, ReadError> {
        if self.edits.contains_key(relative) {
            return self.read(relative);
        }
        match open(&self.path.join(relative), libc::O_NOFOLLOW) {
            Err(error) if error.raw_os_error() == Some(libc::ELOOP) => self.read(relative),
            opened => read(opened?),
        }
    }

    /// Follows symbolic links only as long as they stay in the directory.
    fn check_inside(&self, relative: &Path, path: &Path) -> Result<(), ReadError> {
        let is_plain =
            |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !relative.components().all(is_plain) {
            return Err(ReadError::Outside);
        }
        if fs::canonicalize(path)?.starts_with(self.real()?) {
            Ok(())
        } else {
            Err(ReadError::Outside)
        }
    }

    fn real(&self) -> io::Result<&Path> {
        if let Some(real) = self.real.get() {
            return Ok(real);
        }
        let real = fs::canonicalize(&self.path)?;
        Ok(self.real.get_or_init(|| real))
    }
}

/// Opens a file; a pipe without waiting for its writer.
fn open(path: &Path, flags: i32) -> io::Result<File> {
    File::options()
        .read(true)
        .custom_flags(flags | libc::O_NONBLOCK)
        .open(path)
}

fn read(file: File) -> Result<String, ReadError> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(ReadError::Directory);
    }
    if !metadata.is_file() {
        return Err(ReadError::Special);
    }
    if metadata.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    // One byte more than the file has, to see its end without another look.
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let mut bytes = Vec::with_capacity(length + 1);
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    text(bytes)
}

fn text(bytes: Vec<u8>) -> Result<String, ReadError> {
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        ReadError::NotUtf8 {
            offset,
            byte: error.as_bytes()[offset],
            lossy: String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    match hidden_character(&text) {
        Some((offset, character)) => Err(ReadError::Hidden {
            offset,
            character,
            text,
        }),
        None => Ok(text),
    }
}

/// The first character that makes the file differ from what a reader sees. Emoji and some scripts need joiners.
fn hidden_character(text: &str) -> Option<(usize, char)> {
    let is_allowed = |at: usize, c: char| match c {
        '\n' | '\t' | '\u{200c}' | '\u{200d}' => true,
        '\r' => text[at..].starts_with("\r\n"),
        c => !is_hidden(c),
    };
    text.char_indices().find(|(at, c)| !is_allowed(*at, *c))
}

/// Text of the Latin script in UTF-16 has a zero in every second byte.
fn looks_like_utf16(lossy: &str) -> bool {
    lossy.starts_with("\u{fffd}\u{fffd}") && lossy.contains('\0')
}
