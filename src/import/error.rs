//! Why an import fails.

use crate::files::FolderError;
use crate::resource::Address;

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
