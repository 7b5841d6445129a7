//! Writes files that readers see complete or not at all.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::new_folder::{FolderError, failed};

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner only.
    Owner,
    /// Everyone whom the umask permits.
    Everyone,
}

impl Readers {
    fn permissions(self) -> Permissions {
        Permissions::from_mode(match self {
            Self::Owner => 0o600,
            Self::Everyone => 0o666,
        })
    }
}

/// Writes beside the file and renames, so that a reader sees the old file or the whole new one.
///
/// A symbolic link is followed; an existing file that is not regular, such as a pipe, is written to.
///
/// # Errors
/// When the folder is read-only or the disk is full; the file is then as it was.
pub(crate) fn write_whole(path: &Path, text: &[u8], readers: Readers) -> io::Result<()> {
    let there = fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return fs::write(path, text);
    }
    let staged = Staged::beside(path, text, readers)?;
    staged.file.persist(staged.target)?;
    Ok(())
}

/// Writes all of the files or none, each whole. Folders that do not exist yet are made.
///
/// # Errors
/// When one can't be written; the others are then as they were.
pub(crate) fn write_all(files: &BTreeMap<PathBuf, String>) -> Result<(), FolderError> {
    let mut staged = Vec::new();
    for (path, text) in files {
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let stage = |()| Staged::beside(path, text.as_bytes(), Readers::Everyone);
        staged.push(folder.and_then(stage).map_err(failed(path))?);
    }
    let mut written: Vec<(PathBuf, Option<Vec<u8>>)> = Vec::new();
    for Staged { file, target } in staged {
        let before = fs::read(&target).ok();
        if let Err(error) = file.persist(&target) {
            for (path, text) in &written {
                // There is nothing else to try when this fails too.
                let _ = match text {
                    Some(text) => write_whole(path, text, Readers::Everyone),
                    None => fs::remove_file(path),
                };
            }
            return Err(failed(&target)(error.error));
        }
        written.push((target, before));
    }
    Ok(())
}

/// The text of a file in a temporary file beside it.
struct Staged {
    file: NamedTempFile,
    /// The file, without symbolic links.
    target: PathBuf,
}

impl Staged {
    fn beside(path: &Path, text: &[u8], readers: Readers) -> io::Result<Self> {
        let there = fs::metadata(path).ok();
        let target = match &there {
            Some(_) => fs::canonicalize(path)?,
            None => path.to_owned(),
        };
        let folder = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        // A missing folder, and any other reason, without the name of a temporary file that nobody asked for.
        fs::metadata(folder)?;
        let mut file = tempfile::Builder::new()
            .permissions(readers.permissions())
            .tempfile_in(folder)
            .map_err(|error| io::Error::from(error.kind()))?;
        if let (Some(there), Readers::Everyone) = (there, readers) {
            file.as_file().set_permissions(there.permissions())?;
        }
        file.write_all(text)?;
        file.as_file().sync_all()?;
        Ok(Self { file, target })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_private_file_is_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        write_whole(&path, b"new", Readers::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_shared_file_keeps_its_mode_and_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        write_whole(&link, b"new", Readers::Everyone).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(mode(&path), 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn of_several_files_all_are_written_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "old").unwrap();
        let new = |names: [&str; 3]| names.map(|name| (at(name), "new".to_owned())).into();
        write_all(&new(["a", "b", "deeper/c"])).unwrap();
        for name in ["a", "b", "deeper/c"] {
            assert_eq!(fs::read(at(name)).unwrap(), b"new");
        }
        fs::write(at("a"), "old").unwrap();
        fs::remove_file(at("b")).unwrap();
        // A folder that is not empty can't be replaced by a file.
        assert!(write_all(&new(["a", "b", "deeper"])).is_err());
        assert_eq!(fs::read(at("a")).unwrap(), b"old");
        assert!(!at("b").exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/file");
        assert!(write_whole(&path, b"new", Readers::Everyone).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
