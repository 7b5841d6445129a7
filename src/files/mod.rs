//! The mappings folder on disk: finds its files, reads them within bounds and inside the folder, and writes files whole.

mod find;
mod git;
mod history;
mod mapping_files;
mod new_folder;
mod read;
mod revision;
#[cfg(test)]
mod tests;
mod walk;
mod write;

pub(crate) use find::{nearest, path_in_repository};
pub(crate) use git::origin;
pub(crate) use history::History;
pub(crate) use mapping_files::{MappingFiles, file_stem, read, read_as, stem_of_project};
pub(crate) use new_folder::{FolderError, NewFolder};
pub(crate) use read::Edits;
pub(crate) use revision::{Commit, Revision, RevisionError, commit_of, history};
pub(crate) use walk::{PLATFORM, PROJECTS};
pub(crate) use write::{Readers, write_all, write_whole};
