//! The files as they are edited, and what they are edited for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnostic::Sources;
use crate::files::{Edits, MappingFiles};
use crate::import::ProjectPaths;
use crate::live::Live;
use crate::mappings::Loaded;
use crate::yaml::EditedText;

/// Why there is no edit.
pub(super) const LAYOUT: &str = "the layout of the file does not allow it; write it by hand";

/// A mappings folder that is edited.
pub(super) struct EditedFolder<'a> {
    /// Its path.
    pub(super) directory: &'a Path,
    /// The paths of projects.
    pub(super) paths: &'a ProjectPaths,
    /// What Vault holds.
    pub(super) live: &'a Live,
    /// The files on disk. Messages hide parts of theirs; these are whole.
    pub(super) files: MappingFiles,
    /// The files with the edits so far.
    pub(super) loaded: Loaded,
}

impl EditedFolder<'_> {
    /// The text of a file with the edits, if there is such a file.
    pub(super) fn text(&self, edits: &Edits, path: &Path) -> Option<String> {
        if let Some(text) = edits.get(path) {
            return Some(text.clone());
        }
        self.files.text_at(path)
    }

    /// A file of YAML with the edits.
    pub(super) fn document(&self, edits: &Edits, file: &Path) -> Result<EditedText, String> {
        let text = self.text(edits, file).ok_or("the file can't be read")?;
        let id = Sources::default().add("", "");
        Ok(EditedText::parse(text, id).ok_or("the file can't be read")?)
    }

    /// Edits a file of YAML.
    pub(super) fn in_file(
        &self,
        edits: &mut Edits,
        file: &Path,
        change: impl FnOnce(&mut EditedText) -> Option<()>,
    ) -> Result<BTreeSet<PathBuf>, String> {
        let mut document = self.document(edits, file)?;
        change(&mut document).ok_or(LAYOUT)?;
        edits.insert(file.to_owned(), document.into_text());
        Ok([file.to_owned()].into())
    }
}
