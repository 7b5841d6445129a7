//! A folder that appears complete or not at all: it is made beside its place, and moved there at the end.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A new folder that is not in its place yet. Dropping it removes the files.
#[derive(Debug)]
pub(crate) struct NewFolder {
    place: PathBuf,
    beside: TempDir,
}

/// Why a folder can't be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// There are files in its place.
    #[error("{} is not empty; name a folder that does not exist yet", .0.display())]
    NotEmpty(PathBuf),
    /// Its place has no name: `.`, `..` or `/`.
    #[error("{} can't be replaced; name a folder that does not exist yet", .0.display())]
    NoName(PathBuf),
    /// Reading or writing failed.
    #[error("can't write {}: {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl NewFolder {
    /// A folder for a path that does not exist, or is an empty folder.
    ///
    /// # Errors
    /// When the path is in use, or nothing can be written beside it.
    pub(crate) fn beside(place: &Path) -> Result<Self, FolderError> {
        let failed = failed(place);
        if place.file_name().is_none() {
            return Err(FolderError::NoName(place.to_owned()));
        }
        match fs::read_dir(place) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(FolderError::NotEmpty(place.to_owned()));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let parent = match place.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let beside = tempfile::Builder::new()
            .prefix(".import-")
            .tempdir_in(parent);
        Ok(Self {
            place: place.to_owned(),
            beside: beside.map_err(failed)?,
        })
    }

    /// The temporary path of its files.
    pub(crate) fn path(&self) -> PathBuf {
        self.beside.path().join("files")
    }

    /// Puts these files into it, and nothing else.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(crate) fn write(&self, texts: &BTreeMap<PathBuf, String>) -> Result<(), FolderError> {
        let folder = self.path();
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&folder)(error));
            }
            _ => {}
        }
        for (path, text) in texts {
            let path = folder.join(path);
            let parent = path.parent().unwrap_or(&folder);
            fs::create_dir_all(parent).map_err(failed(parent))?;
            fs::write(&path, text).map_err(failed(&path))?;
        }
        Ok(())
    }

    /// Moves it to its place.
    ///
    /// # Errors
    /// When something else has been put there meanwhile.
    pub(crate) fn publish(self) -> Result<(), FolderError> {
        match fs::remove_dir(&self.place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&self.place)(error));
            }
            _ => {}
        }
        fs::rename(self.path(), &self.place).map_err(failed(&self.place))
    }
}

pub(super) fn failed(path: &Path) -> impl Fn(io::Error) -> FolderError + Copy {
    move |error| FolderError::Io {
        path: path.to_owned(),
        error,
    }
}
