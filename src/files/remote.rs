//! Where a clone came from.

use std::path::Path;

use super::git::Repository;

/// The address of the remote `origin` of the repository that a folder is in; none without a repository or a remote.
pub(crate) fn origin(folder: &Path) -> Option<String> {
    let address = Repository::of(folder).line(&["remote", "get-url", "origin"]);
    address.ok().filter(|address| !address.is_empty())
}
